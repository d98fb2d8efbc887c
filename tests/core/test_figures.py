"""Numbers for a person to read."""

from __future__ import annotations

import pytest

from core.figures import amount, binary_size, counted, duration, size


def test_durations_and_sizes() -> None:
    assert [duration(value) for value in (None, 0, 59.4, 60, 3725)] == ["", "0 s", "59 s", "1:00", "1:02:05"]
    assert [size(value) for value in (None, 999, 1500, 2.5e9)] == ["", "999 B", "1.5 kB", "2.5 GB"]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, ""),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KiB"),
        (5.44 * 2**30, "5.4 GiB"),
        (9.96 * 2**30, "10 GiB"),
        (141 * 2**30, "141 GiB"),
        (7.6 * 2**40, "7.6 TiB"),
        (20_000 * 2**40, "20000 TiB"),
    ],
)
def test_binary_size(count: float | None, text: str) -> None:
    assert binary_size(count) == text


def test_one_of_something_is_singular() -> None:
    assert [amount(done, None, "requests") for done in (0, 1, 1200)] == ["0 requests", "1 request", "1,200 requests"]
    assert [amount(1, total, "samples") for total in (1, 20)] == ["1/1 sample", "1/20 samples"]
    assert [amount(1, None, unit) for unit in ("MB", "")] == ["1 MB", "1"]
    assert [counted(number, "leaf", "leaves") for number in (1, 2)] == ["1 leaf", "2 leaves"]
