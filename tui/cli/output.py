"""JSON documents and tables on stdout, the same everywhere."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterable
from typing import Any

import click

from core.errors import LabtopError
from core.printable import HARMFUL, printable

_GAP = "  "
"""Between two columns of a table."""

_INDENT = "  "
"""Of the lines with the columns that do not fit on a row's first line."""


def input_ended(hint: str) -> LabtopError:
    """The error of a command that asks, where there is nobody to answer."""
    return LabtopError("The input ended before all questions were answered.", hint=hint)


def print_json(document: Any) -> None:
    """One document, and nothing else, on stdout."""
    text = "\n".join(
        HARMFUL.sub(_escape, line) for line in json.dumps(document, ensure_ascii=False, indent=2).split("\n")
    )
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeError:  # a terminal without Unicode, or a file name that is not Unicode
        text = json.dumps(document, indent=2)
    click.echo(text)


def _escape(match: re.Match[str]) -> str:
    """A character as JSON escapes it; harmful characters occur only in strings."""
    escaped = json.dumps(match[0])[1:-1]
    return f"\\u{ord(escaped):04x}" if len(escaped) == 1 else escaped


def table(heads: list[str], rows: list[list[str]], width: int | None = None) -> str:
    """Rows under their heads, each column as wide as its content. Cells may be untrusted text.

    Columns that do not fit into `width`, by default the terminal's, are on lines of their own below the others.
    """
    width = width or _terminal_columns()
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    groups = _column_groups(widths, width)
    lines = [
        f"{_INDENT if part else ''}{line}"
        for row in [heads, *rows]
        for part, group in enumerate(groups)
        if (line := _GAP.join(f"{row[n]}{' ' * (widths[n] - len(row[n]))}" for n in group).rstrip())
    ]
    return "\n".join(lines)


def _terminal_columns() -> int | None:
    """Columns of the terminal that stdout is; None for a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _column_groups(widths: list[int], limit: int | None) -> list[list[int]]:
    """The columns that are on one line, for each line of a row."""
    groups: list[list[int]] = [[]]
    room = limit
    for column, width in enumerate(widths):
        if groups[-1] and limit is not None and room is not None and width > room:
            groups.append([])
            room = limit - len(_INDENT)
        groups[-1].append(column)
        room = None if room is None else room - width - len(_GAP)
    return groups


def aligned(rows: Iterable[tuple[str, str]]) -> str:
    """Names and values in two columns."""
    pairs = list(rows)
    width = max((len(name) for name, _ in pairs), default=0) + 2
    return "\n".join(f"{name + ':':<{width}}{value}" for name, value in pairs)
