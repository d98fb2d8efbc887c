"""The machine in a few lines: each share with a bar, its history and its figures."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, nan

from textual.content import Content

from core.figures import memory, size
from core.system.sampler import MachineReading
from widgets.charts.sparkline import sparkline
from widgets.glyphs import Glyphs
from widgets.text_width import bar, cut

LABEL, SHARE = 5, 5
"""Columns of a name and of a percentage."""

MIN_GRAPH, MAX_GRAPH = 6, 40


def machine_lines(reading: MachineReading, width: int, height: int, glyphs: Glyphs) -> list[Content]:
    """CPU, memory, each GPU and the fullest disk, as many as fit."""
    history = reading.history.recent
    host = reading.host
    lines = [
        _line("CPU", [usage.cpu for usage in history], f"{host.cores} cores", width, glyphs),
        _line(
            "RAM",
            [usage.memory for usage in history] or [host.memory.used / max(1, host.memory.total)],
            f"{memory(host.memory.used).removesuffix(' GiB')} of {memory(host.memory.total)}",
            width,
            glyphs,
        ),
    ]
    for number, gpu in enumerate(reading.gpus.gpus):
        past = [usage.gpus[number].utilization if number < len(usage.gpus) else nan for usage in history]
        known = gpu.memory_used is not None and gpu.memory_total is not None
        used = f"{memory(gpu.memory_used).removesuffix(' GiB')} of {memory(gpu.memory_total)}" if known else ""
        lines.append(_line(f"GPU{gpu.index}", past, used, width, glyphs))
    if not reading.gpus.gpus:
        lines.append(
            Content.assemble(
                (f"{'GPU':<{LABEL}}", "$foreground-muted"), cut("none: trains on the CPU", width - LABEL, glyphs)
            )
        )
    disk = min(host.disks, key=lambda one: one.free, default=None)
    if disk is not None:
        share = disk.used / max(1, disk.total)
        room = max(0, min(MAX_GRAPH, width - LABEL - SHARE - 16))
        full, empty = bar(share, room, glyphs)
        lines.append(
            Content.assemble(
                (f"{'DISK':<{LABEL}}", "$foreground-muted"),
                (f"{share:>4.0%} ", ""),
                (full, "$primary"),
                (empty, "$foreground-disabled"),
                cut(f" {size(disk.free)} free", max(0, width - LABEL - SHARE - room), glyphs),
            )
        )
    return lines[: max(1, height)]


def _line(label: str, past: Sequence[float], figures: str, width: int, glyphs: Glyphs) -> Content:
    """A name, the newest share, its history, and figures if there is room."""
    newest = past[-1] if past else nan
    share = f"{newest:>4.0%} " if isfinite(newest) else f"{'–' if not glyphs.ascii_only else '-':>4} "
    room = width - LABEL - SHARE - len(figures) - 1
    if room < MIN_GRAPH:
        figures, room = "", width - LABEL - SHARE
    graph = sparkline(past, min(MAX_GRAPH, room), ascii_only=glyphs.ascii_only, scale=(0.0, 1.0))
    return Content.assemble(
        (f"{label:<{LABEL}}", "$foreground-muted"),
        share,
        (f"{graph:<{min(MAX_GRAPH, room)}} ", "$primary"),
        (figures, "$foreground-muted"),
    )
