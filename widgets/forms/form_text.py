"""The texts below the fields of a form."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from core.errors import LabtopError
from widgets.glyphs import Glyphs

CANDIDATES = 40
"""The most completions that are listed."""


def candidates_text(listed: Sequence[str], glyphs: Glyphs) -> str:
    """What a text may be completed to, without the folders that all have in common."""
    more = f" {glyphs.ellipsis}" if len(listed) > CANDIDATES else ""
    return "  ".join(name.rstrip("/").rpartition("/")[2] for name in listed[:CANDIDATES]) + more


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
