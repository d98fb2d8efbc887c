from __future__ import annotations

import pytest

from core.training.phases.comparison import verdict
from core.training.phases.report import choice_lines, comparison_cells


@pytest.mark.parametrize(
    ("low", "high", "lower_is_better", "expected"),
    [
        (0.1, 0.3, False, "gained"),
        (-0.3, -0.1, False, "lost"),
        (0.1, 0.3, True, "lost"),
        (-0.3, -0.1, True, "gained"),
        (-0.1, 0.3, False, "no significant change"),
        (0.0, 0.0, False, "no significant change"),
        (float("nan"), float("nan"), True, "no significant change"),
    ],
)
def test_verdict_is_significant_or_none(low: float, high: float, lower_is_better: bool, expected: str) -> None:
    comparison = {"difference": (low + high) / 2, "low": low, "high": high}
    assert verdict(comparison, lower_is_better=lower_is_better) == expected


def test_gains_and_losses_are_one_table() -> None:
    row = {
        "benchmark": "replay_loss", "subject": "general", "base": 1.5, "tuned": 1.75, "difference": 0.25, "n": 200,
        "stderr": 0.02, "verdict": "lost",
    }  # fmt: skip
    assert comparison_cells([row]) == [["replay_loss", "general", "1.500", "1.750", "+0.250 ± 0.020", "lost"]]


def test_units_are_those_of_the_criterion() -> None:
    row = {"path": "/out/samples_8", "score": 1.25, "stderr": 0.1, "n": 40}
    phase = {"phase": 1, "best": "/out/samples_8", "criterion": "validation_loss", "checkpoints": [row]}
    assert list(choice_lines([phase])) == ["Phase 1: samples_8 by validation_loss, 1.2500 ± 0.1000, 40 samples"]
    unscored = {**row, "score": None, "stderr": None, "n": None}
    newest = {**phase, "criterion": "newest", "checkpoints": [unscored]}
    assert list(choice_lines([newest])) == ["Phase 1: samples_8, the newest checkpoint"]
