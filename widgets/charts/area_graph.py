"""An area graph that redraws only when its values change."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, nan
from typing import ClassVar

from rich.style import Style
from textual.color import Color, Gradient
from textual.strip import Strip

from core.figures import duration
from widgets.charts.area import SAMPLES_PER_CELL, area_rows
from widgets.charts.strips import DrawnWidget, strip_of
from widgets.glyphs import Glyphs

PART = "area-graph--"


class AreaGraph(DrawnWidget):
    """A title with the newest share, and the shares over time, from green at 0 to red at 1."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"{PART}{name}" for name in ("title", "low", "middle", "high")}

    DEFAULT_CSS = """
    AreaGraph {
        width: 1fr;
        height: 1fr;
        .area-graph--title { color: $foreground-muted; }
        .area-graph--low { color: $success; }
        .area-graph--middle { color: $warning; }
        .area-graph--high { color: $error; }
    }
    """

    def __init__(self, title: str, sample_seconds: float, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._title = title
        self._sample_seconds = sample_seconds
        self._glyphs = glyphs
        self._values: tuple[float, ...] = ()

    def set_values(self, values: Sequence[float]) -> None:
        """Show these shares, oldest first; NaN where nothing was measured."""
        self._values = tuple(values)
        self.redraw()

    def draw_lines(self) -> list[Strip]:
        width, height = self.size
        rows = area_rows(self._values, width, height - 1, ascii_only=self._glyphs.ascii_only)
        styles = {"title": self.get_component_rich_style(f"{PART}title")} | self._row_styles(len(rows))
        lines: list[tuple[str, str | None]] = [(self._heading(width), "title")]
        lines += [(row, str(number)) for number, row in enumerate(rows)]
        return [strip_of([line], styles, self.rich_style, width) for line in lines]

    def _heading(self, width: int) -> str:
        newest = self._values[-1] if self._values else nan
        left = f"{self._title} {newest:.0%}" if isfinite(newest) else self._title
        shown = min(len(self._values), SAMPLES_PER_CELL * width)
        right = f"last {duration(shown * self._sample_seconds)}" if shown > 1 else ""
        return left + right.rjust(width - len(left)) if len(left) + 2 + len(right) <= width else left

    def _row_styles(self, rows: int) -> dict[str, Style]:
        """The style of each row, by the share it shows."""
        parts = [self.get_component_styles(f"{PART}{name}") for name in ("low", "middle", "high")]
        low, middle, high = (part.color for part in parts)
        gradient = Gradient((0.0, low), (0.5, middle), (1.0, high))
        return {
            str(number): self.rich_style + Style(color=_rich(gradient.get_color(1 - (number + 0.5) / rows)))
            for number in range(rows)
        }


def _rich(color: Color) -> str:
    return color.rich_color.name
