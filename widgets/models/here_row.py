"""A model on this machine as a row: name, state, parameters, size, and when it was made."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from textual.content import Content

from core.figures import size
from core.models.here import HereModel
from widgets.glyphs import Glyphs
from widgets.lists.row_list import Row
from widgets.text_width import cut_start, fit

STATE_WIDTH, PARAMETERS_WIDTH, SIZE_WIDTH, DATE_WIDTH = 12, 7, 9, 10

MIN_WIDTH_FOR_DATE, MIN_WIDTH_FOR_PARAMETERS = 62, 50

STATES = {
    "complete": ("complete", "$text-success"),
    "adapter": ("adapter", "$foreground-muted"),
    "not-servable": ("not servable", "$text-warning"),
    "pointers": ("LFS pointers", "$text-error"),
    "damaged": ("damaged", "$text-error"),
    "unfinished": ("unfinished", "$text-warning"),
}
"""The word for each state, and its style."""


@dataclass(frozen=True)
class HereLine:
    """What a row shows."""

    here: HereModel
    served: bool = False
    best: bool = False


def here_row(line: HereLine, glyphs: Glyphs) -> Row:
    return Row(str(line.here.path), line, partial(_draw, line, glyphs))


def here_header(width: int) -> Content:
    """The names of the columns."""
    name, parameters, date = _columns(width)
    names = f"   {'NAME':<{name}} {'STATE':<{STATE_WIDTH}}"
    names += f" {'PARAMS':>{PARAMETERS_WIDTH}}" if parameters else ""
    names += f" {'SIZE':>{SIZE_WIDTH}}" + (f" {'MADE':>{DATE_WIDTH}}" if date else "")
    return Content.styled(names[:width], "$foreground-muted")


def state_text(here: HereModel, *, served: bool, best: bool) -> tuple[str, str]:
    """The word for a model's state, and its style: what it is used for counts more than that it is complete."""
    if here.finding.state == "complete" and (served or best):
        return ("served", "$text-primary") if served else ("best", "$text-success")
    if here.finding.state == "complete" and here.kind == "checkpoint":
        return "checkpoint", ""
    return STATES[here.finding.state]


def short_count(number: int | None) -> str:
    """A number of parameters, such as 771 k or 6.7 B; empty for None."""
    if number is None:
        return ""
    value = float(number)
    for unit in ("", " k", " M"):
        if value < 999.5:
            return f"{value:.3g}{unit}"
        value /= 1000
    return f"{value:,.1f} B"


def _columns(width: int) -> tuple[int, bool, bool]:
    """Columns for the name; whether there is room for the parameters and for the date."""
    parameters, date = width >= MIN_WIDTH_FOR_PARAMETERS, width >= MIN_WIDTH_FOR_DATE
    used = 3 + 1 + STATE_WIDTH + 1 + SIZE_WIDTH + 1
    used += (PARAMETERS_WIDTH + 1 if parameters else 0) + (DATE_WIDTH + 1 if date else 0)
    return max(8, width - used), parameters, date


def _draw(line: HereLine, glyphs: Glyphs, width: int) -> Content:
    here = line.here
    name, parameters, date = _columns(width)
    word, style = state_text(here, served=line.served, best=line.best)
    mark = glyphs.changed if line.served else "*" if line.best else " "
    parts: list[tuple[str, str]] = [
        (f" {mark} ", style),
        (cut_start(_short(here.name), name, glyphs).ljust(name), "bold" if line.served or line.best else ""),
        (f" {fit(word, STATE_WIDTH, glyphs)}", style),
    ]
    if parameters:
        parts.append((f" {short_count(here.parameters):>{PARAMETERS_WIDTH}}", ""))
    parts.append((f" {size(here.model.size):>{SIZE_WIDTH}}", ""))
    if date:
        made = time.strftime("%Y-%m-%d", time.localtime(here.model.modified))
        parts.append((f" {made:>{DATE_WIDTH}}", "$foreground-muted"))
    return Content.assemble(*parts)


def _short(name: str) -> str:
    """A checkpoint's name without the folder that all checkpoints have."""
    return name.replace("hf_format/", "")
