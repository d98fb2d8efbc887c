"""A score with its standard error on an axis from 0 to 1."""

from __future__ import annotations

from math import isfinite


def interval_bar(score: float, stderr: float | None, width: int, *, ascii_only: bool) -> str:
    """`width` cells with a mark at the score and a line from score - stderr to score + stderr."""
    empty, line, start, end, mark = ".-[]o" if ascii_only else "╌─├┤●"
    if width < 1 or not isfinite(score):
        return empty * max(0, width)
    error = stderr if stderr is not None and isfinite(stderr) and stderr > 0 else 0.0
    low, centre, high = (_cell(value, width) for value in (score - error, score, score + error))
    cells = [empty] * width
    cells[low : high + 1] = line * (high + 1 - low)
    cells[low], cells[high] = start, end
    cells[centre] = mark
    return "".join(cells)


def _cell(value: float, width: int) -> int:
    return round(min(1.0, max(0.0, value)) * (width - 1))
