"""Putting things on stdout and stderr the same way everywhere."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import click

_OBEYED = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that a terminal may obey, and JSON leaves as they are; they can stand in strings only."""


def print_json(document: Any) -> None:
    """One document, and nothing else, on stdout."""
    text = _OBEYED.sub(lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(document, ensure_ascii=False, indent=2))
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeError:  # a terminal without Unicode, or the name of a file that is none
        text = json.dumps(document, indent=2)
    click.echo(text)


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Rows under their heads, each column as wide as it must be."""
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [heads, *rows])
    return "\n".join(line.rstrip() for line in lines)
