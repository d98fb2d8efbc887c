"""Putting things on stdout and stderr the same way everywhere."""

from __future__ import annotations

import json
from typing import Any

import click


def print_json(document: Any) -> None:
    """One document, and nothing else, on stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Rows under their heads, each column as wide as it must be."""
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [heads, *rows])
    return "\n".join(line.rstrip() for line in lines)


def duration(seconds: float | None) -> str:
    """Seconds as a person reads them: 8 s, 3:05, 2:10:00; an empty string for None."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(count: float | None) -> str:
    """Bytes as a person reads them, in powers of 1,000."""
    if count is None:
        return ""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
