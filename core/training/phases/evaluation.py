"""The evaluation of a phase: the scores of its checkpoints, and the choice of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.errors import LabtopError
from core.events import Reporter
from core.jobs.state.score_text import NEWEST
from core.training.phases.checkpoints import checkpoint_number
from core.training.phases.choice import choose
from core.training.phases.criteria import BENCHMARKS, Resolved
from core.training.phases.journal import EvalRecord, ScoreRecord, now
from core.training.phases.options import PhaseOptions
from core.training.phases.scoring import score, tie_margin
from core.training.phases.stages import Phase, WorkContext, evaluation_stage


def started(record: EvalRecord | None, resolved: Resolved, checkpoints: Sequence[Path]) -> EvalRecord:
    """The record of an evaluation that begins, or continues with the same criterion."""
    if record is None or record.criterion not in (None, resolved.criterion):
        record = EvalRecord(now())
    record.criterion, record.reason = resolved.criterion, resolved.reason
    record.checkpoints = [str(path) for path in checkpoints]
    return record


def evaluate(
    context: WorkContext,
    stage: Reporter,
    number: Phase,
    phase: PhaseOptions,
    record: EvalRecord,
    checkpoints: Sequence[Path],
    folder: Path,
) -> None:
    """Score the checkpoints that the record has no score of, and choose the best one."""
    stage.note("info", record.reason or "")
    stage.choice(record.criterion or NEWEST)
    benchmark = BENCHMARKS.get(record.criterion or NEWEST)
    if benchmark is None:
        return
    known = _known_scores(record, checkpoints)
    todo = [path for path in checkpoints if path not in known]
    if todo:
        names = [f"phase{number}/{path.name}" for path in todo]
        found = score(context, evaluation_stage(number).id, benchmark, phase, todo, names, folder)
        known.update(zip(todo, found, strict=True))
    record.results = [known[path] for path in checkpoints]
    record.finished_checkpoints = [str(path) for path in checkpoints]
    _choose(number, record, stage, lower_is_better=benchmark.lower_is_better)


def keep_choice(number: Phase, record: EvalRecord | None, checkpoints: Sequence[Path], stage: Reporter) -> EvalRecord:
    """The choice that the journal has; of a chosen checkpoint that is missing the best of the others."""
    if record is None:
        stage.note("info", f"The journal has no evaluation of phase {number}: its newest checkpoint was used.")
        return EvalRecord(now(), criterion="newest")
    stage.note("info", f"Phase {number} is already evaluated, according to the journal.")
    if not record.results:
        return record
    known = _known_scores(record, checkpoints)
    if missing := len(record.results) - len(known):
        stage.note(
            "warning", f"{missing} evaluated checkpoints of phase {number} are missing; their scores are ignored."
        )
    chosen = record.best_checkpoint and checkpoint_number(Path(record.best_checkpoint.checkpoint))
    record.results = [known[path] for path in checkpoints if path in known]
    record.best_checkpoint = next((found for path, found in known.items() if checkpoint_number(path) == chosen), None)
    if record.best_checkpoint is None:
        benchmark = BENCHMARKS.get(record.criterion or "")
        _choose(number, record, stage, lower_is_better=benchmark is not None and benchmark.lower_is_better)
    return record


def report_choice(record: EvalRecord, checkpoints: Sequence[Path], stage: Reporter) -> None:
    """Report which checkpoint the phase has, as `PhasedTraining` takes it."""
    best = record.best_checkpoint
    if best is None:
        stage.choice(NEWEST, str(checkpoints[-1]))
    else:
        stage.choice(record.criterion or "its score", best.checkpoint, score=best.score, tied=record.tied)


def _known_scores(record: EvalRecord, checkpoints: Sequence[Path]) -> dict[Path, ScoreRecord]:
    """The scores in a record, by checkpoint: those of a moved training, or of another tool, have other paths."""
    by_number = {checkpoint_number(Path(result.checkpoint)): result for result in record.results}
    known = {path: by_number.get(checkpoint_number(path)) for path in checkpoints}
    return {path: replace(found, checkpoint=str(path)) for path, found in known.items() if found}


def _choose(number: Phase, record: EvalRecord, stage: Reporter, *, lower_is_better: bool) -> None:
    choice = choose(record.results, tie_margin, lower_is_better=lower_is_better)
    if choice is None:
        raise LabtopError(f"Phase {number} has no checkpoint.", hint="Run the same command again.")
    record.best_checkpoint = choice.winner
    record.tied = [score.checkpoint for score in choice.tied]
    record.note = choice.sentence or None
    if choice.sentence:
        stage.note("info", choice.sentence)
