"""Findings of lint as counts and lines of text, purely."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from core.taxonomy.diagnostics import Diagnostic
from widgets.figures import cut
from widgets.glyphs import Glyphs
from widgets.leaf_tree import Counts


def counts_of(diagnostics: Sequence[Diagnostic]) -> Counts:
    """How many of each severity."""
    errors = sum(found.severity == "error" for found in diagnostics)
    return Counts(errors, len(diagnostics) - errors)


def covers(found: Diagnostic, line: int, column: int) -> bool:
    """Whether a place in the text lies in a finding's stretch, its end included."""
    return (found.line, found.column) <= (line, column) <= (found.end_line, max(found.end_column, found.column))


def summary(errors: int, warnings: int) -> str:
    """In words."""
    if not errors and not warnings:
        return "valid"
    parts = [(errors, "error"), (warnings, "warning")]
    return ", ".join(f"{number} {word}{'' if number == 1 else 's'}" for number, word in parts if number)


def problem_text(found: Diagnostic, glyphs: Glyphs) -> Content:
    """Sign, word, message and hint."""
    sign = glyphs.error if found.severity == "error" else glyphs.warning
    hint = f"  {found.hint}" if found.hint else ""
    return Content.assemble(
        (f"{sign} {found.severity}: ", f"$text-{found.severity}"), found.message, (hint, "$foreground-muted")
    )


def problem_line(found: Diagnostic, glyphs: Glyphs, width: int) -> Content:
    """One row of the problems list."""
    sign = glyphs.error if found.severity == "error" else glyphs.warning
    place = f" {found.line:>4}:{found.column:<3} "
    message = cut(found.message, max(10, width - len(place) - 2), glyphs)
    return Content.assemble((f" {sign}", f"$text-{found.severity}"), (place, "$foreground-muted"), message)
