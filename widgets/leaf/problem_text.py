"""Lint findings as counts and lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from textual.content import Content

from core.taxonomy.authoring.leaf_folders import Counts
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.layout.tree import LEAF_NAME
from widgets.glyphs import Glyphs
from widgets.text_width import cut


def counts_of(diagnostics: Sequence[Diagnostic]) -> Counts:
    """How many of each severity."""
    errors = sum(found.severity == "error" for found in diagnostics)
    return Counts(errors, len(diagnostics) - errors)


def covers(found: Diagnostic, line: int, column: int) -> bool:
    """Whether a position is in a finding's span, including its end."""
    return (found.line, found.column) <= (line, column) <= (found.end_line, max(found.end_column, found.column))


def summary(errors: int, warnings: int) -> str:
    """In words."""
    if not errors and not warnings:
        return "valid"
    parts = [(errors, "error"), (warnings, "warning")]
    return ", ".join(f"{number} {word}{'' if number == 1 else 's'}" for number, word in parts if number)


def problem_text(found: Diagnostic, glyphs: Glyphs, *, fix_hint: str = "", width: int | None = None) -> Content:
    """Symbol, severity, message and hint; `fix_hint` replaces the hint and is never cut."""
    sign = glyphs.error if found.severity == "error" else glyphs.warning
    head, hint = f"{sign} {found.severity}: ", f"  {fix_hint or found.hint or ''}".rstrip()
    message = found.message
    if fix_hint and width is not None:
        message = cut(message, max(10, width - len(head) - len(hint)), glyphs)
    return Content.assemble((head, f"$text-{found.severity}"), message, (hint, "$foreground-muted"))


def problem_line(found: Diagnostic, glyphs: Glyphs, width: int, *, file: PurePosixPath) -> Content:
    """One row of the problems list; a leaf is named by its folder."""
    sign = glyphs.error if found.severity == "error" else glyphs.warning
    name = file.parent.name if file.name == LEAF_NAME else file.name
    place = f" {cut(name, max(8, width // 4), glyphs)}:{found.line}:{found.column} "
    message = cut(found.message, max(10, width - len(place) - 2), glyphs)
    return Content.assemble((f" {sign}", f"$text-{found.severity}"), (place, "$foreground-muted"), message)
