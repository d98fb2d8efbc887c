"""JSON documents and tables on stdout, the same everywhere."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from typing import Any

import click

from core.printable import HARMFUL, printable


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


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Rows under their heads, each column as wide as its content. Cells may be untrusted text."""
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [heads, *rows])
    return "\n".join(line.rstrip() for line in lines)


def aligned(rows: Iterable[tuple[str, str]]) -> str:
    """Names and values in two columns."""
    pairs = list(rows)
    width = max((len(name) for name, _ in pairs), default=0) + 2
    return "\n".join(f"{name + ':':<{width}}{value}" for name, value in pairs)
