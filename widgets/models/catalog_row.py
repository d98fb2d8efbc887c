"""A documented model as a row: name, type, size, and whether it fits this machine and is here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from textual.content import Content

from core.figures import size
from core.models.catalog import CatalogEntry
from core.models.fit import Fit
from widgets.glyphs import Glyphs
from widgets.lists.row_list import Row
from widgets.text_width import fit as fitted

KIND_WIDTH, SIZE_WIDTH, FIT_WIDTH = 14, 8, 16

MIN_WIDTH_FOR_KIND = 60

FIT_STYLES = {"too-large": "$text-warning", "unknown": "$foreground-muted"}


@dataclass(frozen=True)
class CatalogLine:
    """What a row shows."""

    entry: CatalogEntry
    fit: Fit


def catalog_row(line: CatalogLine, glyphs: Glyphs) -> Row:
    return Row(line.entry.model.name, line, partial(_draw, line, glyphs))


def _draw(line: CatalogLine, glyphs: Glyphs, width: int) -> Content:
    model = line.entry.model
    with_kind = width >= MIN_WIDTH_FOR_KIND
    used = 3 + SIZE_WIDTH + 1 + FIT_WIDTH + 2 + (KIND_WIDTH + 1 if with_kind else 0)
    name = max(8, width - used)
    sign = glyphs.status["succeeded"] if line.entry.path else "!" if model.needed else " "
    style = "$text-success" if line.entry.path else "$text-warning"
    parts: list[tuple[str, str]] = [(f" {sign} ", style), (fitted(model.name, name, glyphs), "")]
    if with_kind:
        parts.append((f" {fitted(model.kind, KIND_WIDTH, glyphs)}", "$foreground-muted"))
    parts += [
        (f" {size(model.size) or '-':>{SIZE_WIDTH}} ", ""),
        (f" {fitted(line.fit.text, FIT_WIDTH - 1, glyphs)}", FIT_STYLES.get(line.fit.place, "$text-success")),
    ]
    return Content.assemble(*parts)
