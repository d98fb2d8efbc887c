from __future__ import annotations

import pytest

from core.training.phases.comparison import verdict
from core.training.phases.report import comparison_cells


@pytest.mark.parametrize(
    ("low", "high", "lower_is_better", "expected"),
    [
        (0.1, 0.3, False, "gained"),
        (-0.3, -0.1, False, "lost"),
        (0.1, 0.3, True, "lost"),
        (-0.3, -0.1, True, "gained"),
        (-0.1, 0.3, False, "no significant change"),
        (0.0, 0.0, False, "no significant change"),
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
