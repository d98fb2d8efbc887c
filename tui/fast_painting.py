"""Paints with fewer objects than Textual: a line gets a cache when one is used, and one copy for all line filters.

Textual gives each of the thousands of lines that it cuts for one screen seven caches, most of which stay empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from rich.segment import Segment
from textual.cache import FIFOCache
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip

CACHES = {
    "_divide_cache": 4,
    "_crop_cache": 16,
    "_style_cache": 16,
    "_filter_cache": 4,
    "_line_length_cache": 4,
    "_crop_extend_cache": 4,
    "_offsets_cache": 4,
}
"""The caches of a line and their sizes, as in `Strip.__init__`."""

OTHERS = {"_segments", "_cell_length", "_render_cache", "_link_ids", "_cell_count"}
"""What else a line has."""


def _begin(strip: Strip, segments: Iterable[Segment], cell_length: int | None = None) -> None:
    strip._segments = list(segments)
    strip._cell_length = cell_length
    strip._render_cache = None
    strip._link_ids = None
    strip._cell_count = None


def _make_cache(strip: Strip, name: str) -> FIFOCache[Any, Any]:
    """Called for an attribute that is not there yet."""
    if name not in CACHES:
        raise AttributeError(name)
    cache: FIFOCache[Any, Any] = FIFOCache(CACHES[name])
    setattr(strip, name, cache)
    return cache


def make_caches_when_used() -> None:
    """Change Textual's lines for the whole process, unless they are others than those that are known here."""
    if set(Strip.__slots__) == {*CACHES, *OTHERS}:
        Strip.__init__ = _begin  # type: ignore[assignment, method-assign]
        Strip.__getattr__ = _make_cache  # type: ignore[attr-defined]


class Joined(LineFilter):
    """Applies several filters; Textual would make a new line for each."""

    def __init__(self, filters: tuple[LineFilter, ...]) -> None:
        super().__init__()
        self._filters = filters

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        for each in self._filters:
            segments = each.apply(segments, background)
        return segments


@lru_cache(maxsize=8)
def joined(filters: tuple[LineFilter, ...]) -> Joined:
    """The same object for the same filters, which Textual's caches need."""
    return Joined(filters)
