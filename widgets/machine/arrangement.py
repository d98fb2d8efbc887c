"""How the parts of the System pane share the screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

COLUMNS = 12
"""The grid's columns; a part spans some of them."""

WIDE = 110
"""Columns from which frames have a lower border of their own, and disks a place next to the network."""

CARD_COLUMNS = 33
"""The least columns of a GPU's graph with its figures."""

CARD_ROWS = 5
"""The least rows of it, without its frame."""

MAX_CARD_ROWS = 18

PROCESS_ROWS = 6
"""The least rows of the list of processes, with its frame …"""

WANTED_PROCESS_ROWS = 8
"""… and those that the graphs of the GPUs leave to it."""


@dataclass(frozen=True)
class Arrangement:
    """The parts in order, with the rows of the grid and the columns that each part spans."""

    order: tuple[str, ...]
    rows: tuple[int, ...]
    spans: Mapping[str, int]
    cards: int = 0
    """GPUs side by side, with graphs; 0 if each has one line, or if there are none."""

    @property
    def disk_rows(self) -> int:
        """The rows of the part with the disks."""
        return self.rows[self._row_of("disk")]

    def _row_of(self, wanted: str) -> int:
        row, used = 0, 0
        for part in self.order:
            if used + self.spans[part] > COLUMNS:
                row, used = row + 1, 0
            used += self.spans[part]
            if part == wanted:
                return row
        raise KeyError(wanted)


def arrange(width: int, height: int, *, gpus: int, gpu_lines: int, disk_lines: int) -> Arrangement:
    """Share `height` rows. `gpu_lines` are needed for one line per GPU and MIG device, `disk_lines` for all disks."""
    frame = 2 if width >= WIDE else 1
    if gpus:
        return _with_gpus(width, height, frame, gpus, gpu_lines, disk_lines)
    return _without_gpus(height, frame, disk_lines)


def _without_gpus(height: int, frame: int, disk_lines: int) -> Arrangement:
    none = frame + 1
    if frame == 2:
        middle = max(frame + disk_lines, frame + 2, int(height * 0.24))
        cpu = max(frame + 3, int((height - none) * 0.42))
        rest = max(PROCESS_ROWS, height - cpu - middle - none)
        spans = {"cpu": 12, "memory": 4, "network": 4, "disk": 4, "gpus": 12, "processes": 12}
        return Arrangement(tuple(spans), (cpu, middle, none, rest), spans)
    disk = frame + disk_lines
    left = height - disk - none
    cpu, middle = max(frame + 2, int(left * 0.38)), max(frame + 2, int(left * 0.2))
    rest = max(PROCESS_ROWS, left - cpu - middle)
    spans = {"cpu": 12, "memory": 6, "network": 6, "disk": 12, "gpus": 12, "processes": 12}
    return Arrangement(tuple(spans), (cpu, middle, disk, none, rest), spans)


def _with_gpus(width: int, height: int, frame: int, gpus: int, gpu_lines: int, disk_lines: int) -> Arrangement:
    others = frame + 2 + (frame + disk_lines if frame == 1 else 0)
    room = min(int(height * 0.45), max(frame + CARD_ROWS, height - others - WANTED_PROCESS_ROWS))
    cards, top = _cards(width, room, frame, gpus) if gpu_lines == gpus else (0, 0)
    if not cards:
        top = frame + min(gpu_lines, max(3, min(height // 2, height - others - PROCESS_ROWS) - frame))
    left = height - top
    rows: tuple[int, ...]
    if frame == 2:
        middle = max(frame + disk_lines, frame + 2, int(left * 0.38))
        rows = (top, middle, max(PROCESS_ROWS, left - middle))
        spans = {"gpus": 12, "cpu": 3, "memory": 3, "network": 3, "disk": 3, "processes": 12}
        return Arrangement(tuple(spans), rows, spans, cards)
    disk = frame + disk_lines
    middle = max(frame + 2, int((left - disk) * 0.3))
    rows = (top, middle, disk, max(PROCESS_ROWS, left - disk - middle))
    spans = {"gpus": 12, "cpu": 4, "memory": 4, "network": 4, "disk": 12, "processes": 12}
    return Arrangement(tuple(spans), rows, spans, cards)


def _cards(width: int, room: int, frame: int, gpus: int) -> tuple[int, int]:
    """GPUs side by side and the rows of all, if their graphs fit into `room` rows; else zeros."""
    per_row = max(1, width // CARD_COLUMNS)
    lines = ceil(gpus / per_row)
    each = min(MAX_CARD_ROWS, room // lines)
    return (ceil(gpus / lines), each * lines) if each >= frame + CARD_ROWS else (0, 0)
