"""Axis labels."""

from __future__ import annotations

from math import inf, nan

import pytest

from widgets.charts.axes import SPARE_HEIGHT, SPARE_WIDTH, labels, needs_log_axis, plain_number, round_step, with_room
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


@pytest.mark.parametrize(
    ("most", "step"), [(1.0, 1.0), (1.9, 1.0), (4.9, 2.0), (7.3, 5.0), (19.8, 10.0), (0.3, 0.2), (0.0, 0.0), (inf, 0.0)]
)
def test_round_step(most: float, step: float) -> None:
    assert round_step(most) == pytest.approx(step)


@pytest.mark.parametrize(("last", "right"), [(3, 3), (100, 100), (101, 120), (120, 120), (121, 140), (251, 300)])
def test_room_at_the_right_ends_at_a_round_step(last: int, right: int) -> None:
    assert with_room(Frame(1, last, 0.4, 4.4)).right == right


def test_room_stays_for_a_while_and_is_small() -> None:
    frames = [with_room(Frame(1, last, 0.4 + 4 / last, 4.4)) for last in range(2, 5001)]
    assert all(
        last <= frame.right <= last + SPARE_WIDTH * (last - 1) and frame.left == 1
        for last, frame in enumerate(frames, start=2)
    )
    assert all(
        0.4 + 4 / last - SPARE_HEIGHT * 4.4 <= frame.bottom <= 0.4 + 4 / last + 1e-9 and 4.4 <= frame.top <= 4.7
        for last, frame in enumerate(frames, start=2)
    )
    assert len(set(frames)) < 70


def test_room_of_equal_values_is_not_needed() -> None:
    assert with_room(Frame(5, 5, 1.9, 2.1)).right == 5
