"""The result of a training in phases as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from core.training.phases.journal import ScoreRecord
from core.training.phases.journal_text import score_figures

COMPARISON_HEADS = ["Benchmark", "Of", "Base", "Tuned", "Difference", "Verdict"]


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
        yield f"Phase {phase['phase']}: {Path(best).name} by {by}, {score_figures(score, phase.get('criterion'))}"
        if phase.get("note"):
            yield f"  {phase['note']}"


def comparison_cells(comparison: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Gains and losses as the rows of a table."""
    return [
        [
            row["benchmark"],
            row["subject"],
            f"{row['base']:.3f}",
            f"{row['tuned']:.3f}",
            f"{row['difference']:+.3f} ± {row['stderr']:.3f}",
            row["verdict"],
        ]
        for row in comparison
    ]
