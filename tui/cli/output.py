"""Putting things on stdout and stderr the same way everywhere."""

from __future__ import annotations

import json
import sys
from typing import Any

import click


def print_json(document: Any) -> None:
    """One document, and nothing else, on stdout."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
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
