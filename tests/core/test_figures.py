"""Numbers for a person to read."""

from __future__ import annotations

from core.figures import duration, size


def test_durations_and_sizes() -> None:
    assert [duration(value) for value in (None, 0, 59.4, 60, 3725)] == ["", "0 s", "59 s", "1:00", "1:02:05"]
    assert [size(value) for value in (None, 999, 1500, 2.5e9)] == ["", "999 B", "1.5 kB", "2.5 GB"]
