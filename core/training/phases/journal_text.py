"""A journal as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from core.figures import counted
from core.training.phases.journal import EvalRecord, PhaseStep, ScoreRecord, TrainingJournal

STEP_NAMES: dict[PhaseStep, str] = {
    "train1": "train phase 1",
    "eval1": "evaluate phase 1",
    "train2": "train phase 2",
    "eval2": "evaluate phase 2",
    "done": "none, all are done",
}
"""The steps in words."""


def journal_rows(journal: TrainingJournal) -> list[tuple[str, str]]:
    """A journal as rows of text."""
    rows = [("started", journal.started_at_utc), ("next step", STEP_NAMES[journal.current_phase])]
    for phase in (1, 2):
        training, evaluation = journal.train(phase), journal.evaluation(phase)
        if training is not None:
            state = f"trained, {training.ended_at_utc}" if training.ended_at_utc else "training has begun"
            rows.append((f"phase {phase}", f"{state}: {training.checkpoints or 'no checkpoints yet'}"))
        rows += [] if evaluation is None else _evaluation_rows(f"phase {phase}", evaluation)
    if journal.final_output is not None:
        rows.append(("result", f"{journal.final_output.checkpoint}, score {journal.final_output.score:.4f}"))
    if journal.ended_at_utc is not None:
        rows.append(("ended", journal.ended_at_utc))
    return rows


def _evaluation_rows(phase: str, evaluation: EvalRecord) -> list[tuple[str, str]]:
    rows = [(f"{phase} criterion", evaluation.criterion)] if evaluation.criterion else []
    for score in evaluation.results:
        mark = " (best)" if score == evaluation.best_checkpoint else ""
        rows.append((f"{phase} score", _score_text(score) + mark))
    return rows + ([(f"{phase} choice", evaluation.note)] if evaluation.note else [])


def _score_text(score: ScoreRecord) -> str:
    return f"{_figures(score)}: {score.checkpoint}"


def _figures(score: ScoreRecord) -> str:
    error = "" if score.stderr is None else f" ± {score.stderr:.4f}"
    questions = "" if score.n is None else f", {counted(score.n, 'question')}"
    return f"{score.score:.4f}{error}{questions}"


def choice_lines(phases: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Which checkpoint was chosen in each phase of a result, by what, and whether others are as good."""
    for phase in phases:
        best = phase["best"]
        chosen = next((row for row in phase["checkpoints"] if row["path"] == best), None)
        by = phase.get("criterion") or "its score"
        if chosen is None or chosen["score"] is None:
            yield f"Phase {phase['phase']}: {Path(best).name}, the newest checkpoint"
            continue
        score = ScoreRecord(best, chosen["score"], None, chosen["stderr"], chosen["n"])
        yield f"Phase {phase['phase']}: {Path(best).name} by {by}, {_figures(score)}"
        if phase.get("note"):
            yield f"  {phase['note']}"
