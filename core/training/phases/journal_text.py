"""A journal as text."""

from __future__ import annotations

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

UNITS = {"validation_loss": "sample", "mt_bench": "rating"}
"""What a criterion's scores are the mean over, where it is not questions."""


def journal_rows(journal: TrainingJournal) -> list[tuple[str, str]]:
    """A journal as rows of text."""
    rows = [("started", journal.started_at_utc), ("next step", STEP_NAMES[journal.current_phase])]
    for phase in (1, 2):
        training, evaluation = journal.train(phase), journal.evaluation(phase)
        if training is not None:
            state = f"trained, {training.ended_at_utc}" if training.ended_at_utc else "training has begun"
            rows.append((f"phase {phase}", f"{state}: {training.checkpoints or 'no checkpoints yet'}"))
            if training.replay_samples is not None:
                share = f"{training.replay_share or 0:.1%} of the data"
                rows.append((f"phase {phase} replay", f"{counted(training.replay_samples, 'sample')}, {share}"))
        rows += [] if evaluation is None else _evaluation_rows(f"phase {phase}", evaluation)
    if journal.final_output is not None:
        rows.append(("result", f"{journal.final_output.checkpoint}, score {journal.final_output.score:.4f}"))
    for row in journal.comparison:
        change = f"{row['base']:.4f} before, {row['tuned']:.4f} after: {row['verdict']}"
        rows.append((f"{row['benchmark']}, {row['subject']}", change))
    if journal.ended_at_utc is not None:
        rows.append(("ended", journal.ended_at_utc))
    return rows


def _evaluation_rows(phase: str, evaluation: EvalRecord) -> list[tuple[str, str]]:
    rows = [(f"{phase} criterion", evaluation.criterion)] if evaluation.criterion else []
    for score in evaluation.results:
        mark = " (best)" if score == evaluation.best_checkpoint else ""
        rows.append((f"{phase} score", f"{score_figures(score, evaluation.criterion)}: {score.checkpoint}{mark}"))
    return rows + ([(f"{phase} choice", evaluation.note)] if evaluation.note else [])


def score_figures(score: ScoreRecord, criterion: str | None) -> str:
    """A score with its standard error, and the number of questions behind it."""
    error = "" if score.stderr is None else f" ± {score.stderr:.4f}"
    questions = "" if score.n is None else f", {counted(score.n, UNITS.get(criterion or '', 'question'))}"
    return f"{score.score:.4f}{error}{questions}"
