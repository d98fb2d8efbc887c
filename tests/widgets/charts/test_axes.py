"""Axis labels."""

from __future__ import annotations

from math import inf, nan

import pytest

from widgets.charts.axes import labels, needs_log_axis, plain_number
from widgets.charts.braille import Frame


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (2.45, "2.45"),
        (100.0, "100"),
        (1_234.5, "1,234"),
        (-0.00123, "-0.00123"),
        (0.00002, "0.00002"),
        (1e-9, "1e-09"),
        (3e12, "3e+12"),
        (nan, "nan"),
    ],
)
def test_plain_number(value: float, text: str) -> None:
    assert plain_number(value) == text


def test_log_labels_are_powers_of_ten() -> None:
    assert labels(Frame(0, 1, -2.3, 1.2), 8, log=True) == {0: "10", 2: "1", 4: "0.1", 6: "0.01"}


def test_log_labels_leave_rows_between_them() -> None:
    assert len(labels(Frame(0, 1, -9, 9), 6, log=True)) <= 4


def test_log_axis_from_more_than_two_decades() -> None:
    assert needs_log_axis([0.01, 5.0, nan, inf])
    assert not needs_log_axis([0.1, 5.0])
    assert not needs_log_axis([0.0, 5.0])
    assert not needs_log_axis([])
