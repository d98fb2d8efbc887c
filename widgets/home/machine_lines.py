"""The machine in a few lines: each share with a bar, its history and its figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite, nan

from textual.content import Content

from core.figures import binary_size, memory
from core.system.gpu import Gpu
from core.system.host import Disk
from core.system.sampler import MachineReading
from widgets.charts.area import area_rows
from widgets.charts.sparkline import sparkline
from widgets.glyphs import Glyphs
from widgets.text_width import bar, cut

LABEL, SHARE = 5, 5
"""Columns of a name and of a percentage."""

MIN_GRAPH, MAX_GRAPH = 6, 60
"""Columns of a history; without room for the fewer, figures are left out."""

MIN_ROWS, MAX_ROWS = 2, 12
"""Rows of a graph; without room for the fewer, everything is on one line."""

MIDDLE, HIGH = 0.5, 0.9
"""Shares from which a graph has another colour."""


def machine_lines(reading: MachineReading, width: int, height: int, glyphs: Glyphs) -> list[Content]:
    """CPU, memory, each GPU and the fullest disk, as many as fit; with room, graphs of several rows."""
    history = reading.history.recent
    host = reading.host
    used = f"{memory(host.memory.used).removesuffix(' GiB')} of {memory(host.memory.total)}"
    share = host.memory.used / max(1, host.memory.total)
    shown = [
        ("CPU", [usage.cpu for usage in history], f"{host.cores} cores"),
        ("RAM", [usage.memory for usage in history] or [share], used),
    ]
    for number, gpu in enumerate(reading.gpus.gpus):
        past = [usage.gpus[number].utilization if number < len(usage.gpus) else nan for usage in history]
        shown.append((f"GPU{gpu.index}", past, _gpu_memory(gpu)))
    last = [_disk_line(disk, width, glyphs) for disk in sorted(host.disks, key=lambda disk: disk.free)[:1]]
    if not reading.gpus.gpus:
        text = cut("none: trains on the CPU", width - LABEL, glyphs)
        last.insert(0, Content.assemble((f"{'GPU':<{LABEL}}", "$foreground-muted"), text))
    rows = (height - len(last)) // len(shown) - 1
    if rows < MIN_ROWS:
        return [*(_line(*one, width, glyphs) for one in shown), *last][: max(1, height)]
    return [*(line for one in shown for line in _area(*one, width, min(rows, MAX_ROWS), glyphs)), *last]


def _gpu_memory(gpu: Gpu) -> str:
    if gpu.memory_used is None or gpu.memory_total is None:
        return ""
    return f"{memory(gpu.memory_used).removesuffix(' GiB')} of {memory(gpu.memory_total)}"


def _disk_line(disk: Disk, width: int, glyphs: Glyphs) -> Content:
    share = disk.used / max(1, disk.total)
    figures = f"{binary_size(disk.free)} free"
    room = max(0, min(MAX_GRAPH, width - LABEL - SHARE - len(figures) - 1))
    full, empty = bar(share, room, glyphs)
    return Content.assemble(
        (f"{'DISK':<{LABEL}}", "$foreground-muted"),
        f"{share:>4.0%} ",
        (full, "$warning" if share >= HIGH else "$primary"),
        (empty, "$foreground-disabled"),
        " ",
        (cut(figures, max(0, width - LABEL - SHARE - room - 1), glyphs), "$foreground-muted"),
    )


def _share(past: Sequence[float], glyphs: Glyphs) -> str:
    newest = past[-1] if past else nan
    return f"{newest:>4.0%} " if isfinite(newest) else f"{'-' if glyphs.ascii_only else '–':>4} "


def _line(label: str, past: Sequence[float], figures: str, width: int, glyphs: Glyphs) -> Content:
    """A name, the newest share, its history, and figures if there is room."""
    room = width - LABEL - SHARE - len(figures) - 1
    if room < MIN_GRAPH:
        figures, room = "", width - LABEL - SHARE - 1
    room = max(0, min(MAX_GRAPH, room))
    graph = sparkline(past, room, ascii_only=glyphs.ascii_only, scale=(0.0, 1.0))
    return Content.assemble(
        (f"{label:<{LABEL}}", "$foreground-muted"),
        _share(past, glyphs),
        (f"{graph:>{room}} ", "$primary"),
        (figures, "$foreground-muted"),
    )


def _area(label: str, past: Sequence[float], figures: str, width: int, rows: int, glyphs: Glyphs) -> Iterable[Content]:
    """A line with the name, the newest share and the figures, and a graph below it."""
    head = f"{label:<{LABEL}}{_share(past, glyphs)}"
    room = max(0, width - len(head))
    yield Content.assemble((head, "bold"), (cut(figures, room, glyphs).rjust(room), "$foreground-muted"))
    for number, row in enumerate(area_rows(past, width, rows, ascii_only=glyphs.ascii_only)):
        level = 1 - number / rows
        yield Content.styled(row, "$error" if level > HIGH else "$warning" if level > MIDDLE else "$success")
