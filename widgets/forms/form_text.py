"""The texts below the fields of a form."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from textual.content import Content

from core.errors import LabtopError
from widgets.glyphs import Glyphs

if TYPE_CHECKING:
    from core.commands.estimates.form_estimate import EstimateLine

ESTIMATE_LINES = 4
"""The most lines about what a job will take."""

ESTIMATE_ROOM = 2
"""Lines that it takes from the fields; the others are those of a message that is shorter then."""

CANDIDATES = 40
"""The most completions that are listed."""


def candidates_text(listed: Sequence[str], glyphs: Glyphs) -> str:
    """What a text may be completed to, without the folders that all have in common."""
    more = f" {glyphs.ellipsis}" if len(listed) > CANDIDATES else ""
    return "  ".join(name.rstrip("/").rpartition("/")[2] for name in listed[:CANDIDATES]) + more


def estimate_text(lines: Sequence[EstimateLine], width: int, glyphs: Glyphs) -> Content:
    """What a job will take, as many lines as there is room for; the warnings are marked."""
    shown: list[Content] = []
    for line in lines:
        mark = glyphs.warning if line.is_warning else glyphs.file
        style = "$text-warning" if line.is_warning else "$foreground-muted"
        wrapped = wrap(line.text, max(20, width - 2))
        if len(shown) + len(wrapped) > ESTIMATE_LINES:
            break
        shown += [Content.styled(f"{mark if not number else ' '} {text}", style) for number, text in enumerate(wrapped)]
    return Content("\n").join(shown)


def message_text(wrong: str | None, error: LabtopError | None, glyphs: Glyphs, *, checked: bool) -> Content:
    """Why the form cannot be sent: a wrong field, else the command's own error; or that it can."""
    if wrong is not None:
        return Content.styled(f"{glyphs.error} {wrong}", "$text-error")
    if error is not None:
        hint = f"\n  {error.hint}" if error.hint else ""
        return Content.styled(f"{glyphs.error} {error.message}{hint}", "$text-error")
    if checked:
        return Content.styled(f"{glyphs.status['succeeded']} ready to start", "$text-success")
    return Content.styled(f"checking{glyphs.ellipsis}", "$foreground-muted")


def key_line(keys: Sequence[tuple[str, str]], width: int) -> Content:
    """The keys of the dialog, as many as fit as a whole."""
    shown: list[tuple[str, str]] = []
    for key, does in keys:
        shown.append((key, does))
        if width and sum(len(a) + len(b) + 4 for a, b in shown) - 3 > width:
            shown.pop()
            break
    return Content("   ").join([Content.assemble((key, "$text-primary"), f" {does}") for key, does in shown])
