"""Lint findings as counts and lines of text."""

from __future__ import annotations

from pathlib import PurePosixPath

from textual.content import Content

from core.taxonomy.authoring.leaf_folders import Counts
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.layout.tree import LEAF_NAME
from widgets.glyphs import Glyphs
from widgets.text_width import cut


def covers(found: Diagnostic, line: int, column: int) -> bool:
    """Whether a position is in a finding's span, including its end."""
    return (found.line, found.column) <= (line, column) <= (found.end_line, max(found.end_column, found.column))


def summary(counts: Counts, to_write: str = "") -> str:
    """In words; `to_write` describes the gaps."""
    numbers = [(counts.errors, "error"), (counts.warnings, "warning")]
    parts = [f"{number} {word}{'' if number == 1 else 's'}" for number, word in numbers if number]
    if counts.gaps:
        parts.append(to_write or f"{counts.gaps} to write")
    return ", ".join(parts) or "valid"


def sign_of(found: Diagnostic, glyphs: Glyphs) -> tuple[str, str]:
    """The symbol and the style of a finding; a gap is no mistake."""
    if found.gap:
        return glyphs.status["queued"], "$foreground-muted"
    return glyphs.error if found.severity == "error" else glyphs.warning, f"$text-{found.severity}"


def problem_text(
    found: Diagnostic, glyphs: Glyphs, *, fix_hint: str = "", width: int | None = None, more: str = ""
) -> Content:
    """Symbol, severity, message and hint; `fix_hint` replaces the hint.

    What is longer than `width` characters is cut: `fix_hint` is not, and otherwise `more` is added, which says how to
    see all of it.
    """
    sign, style = sign_of(found, glyphs)
    head, hint = f"{sign} {'to write' if found.gap else found.severity}: ", f"  {fix_hint or found.hint or ''}".rstrip()
    message = found.message
    if width is not None and len(head) + len(message) + len(hint) > width:
        if fix_hint:
            message = cut(message, max(10, width - len(head) - len(hint)), glyphs)
        else:
            room = max(10, width - len(head) - len(more) - 1)
            message, hint = cut(message, room, glyphs), cut(hint, max(0, room - len(message) - 2), glyphs)
            hint = f"  {hint} {more}" if hint else f" {more}"
    return Content.assemble((head, style), message, (hint, "$foreground-muted"))


def problem_line(found: Diagnostic, glyphs: Glyphs, width: int, *, file: PurePosixPath) -> Content:
    """One row of the problems list; a leaf is named by its folder."""
    sign, style = sign_of(found, glyphs)
    name = file.parent.name if file.name == LEAF_NAME else file.name
    place = f" {cut(name, max(8, width // 4), glyphs)}:{found.line}:{found.column} "
    message = cut(found.message, max(10, width - len(place) - 2), glyphs)
    return Content.assemble((f" {sign}", style), (place, "$foreground-muted"), message)
