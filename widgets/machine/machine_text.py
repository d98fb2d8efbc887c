"""Host and GPUs as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import nan
from typing import TYPE_CHECKING

from textual.content import Content

from core.figures import memory, size
from widgets.charts.sparkline import sparkline
from widgets.glyphs import Glyphs
from widgets.text_width import bar, cut

if TYPE_CHECKING:
    from core.system.gpu import Gpu, GpuReading
    from core.system.host import Disk, Host
    from core.system.usage import Usage

LABEL_WIDTH = 11
GAUGE_WIDTH = 24
NARROW_GAUGE_WIDTH = 12
NARROW = 90
"""Width below which gauges are shorter, to leave room for the text after them."""

UTILIZATION_WIDTH = 40
"""Cells of a GPU's utilization over time."""

HIGH = 0.9
"""Share from which a gauge shows a warning."""

ABSENT = "-"
"""Shown for a value that a GPU does not report."""


def host_lines(host: Host, width: int, glyphs: Glyphs) -> list[Content]:
    """Name, system, processor, load, memory and disks."""
    load = "  ".join(f"{value:.2f}" for value in host.load)
    cores = "1 core" if host.cores == 1 else f"{host.cores} cores"
    room = width - LABEL_WIDTH
    lines = [
        labelled("Host", cut(host.name, room, glyphs)),
        labelled("System", cut(f"{host.system}, Linux {host.kernel}", room, glyphs)),
        labelled("Processor", cut(f"{host.processor}, {cores}", room, glyphs)),
        labelled("Python", host.python),
        gauge("Load", host.load[0] / host.cores, f"{load}  in 1, 5, 15 min", width, glyphs),
        gauge(
            "Memory",
            host.memory.used / max(1, host.memory.total),
            f"{memory(host.memory.used)} of {memory(host.memory.total)}",
            width,
            glyphs,
        ),
    ]
    for number, disk in enumerate(host.disks):
        lines.append(_disk_line("Disk" if number == 0 else "", disk, width, glyphs))
    return lines


def _disk_line(label: str, disk: Disk, width: int, glyphs: Glyphs) -> Content:
    folders = ", ".join(map(str, disk.folders))
    return gauge(label, disk.used / max(1, disk.total), f"{size(disk.free)} free  {folders}", width, glyphs)


def gpu_lines(reading: GpuReading, width: int, glyphs: Glyphs, history: Sequence[Usage] = ()) -> list[Content]:
    """Up to three lines per GPU, with its utilization over time; if there is none, the reason."""
    if reading.absent is not None:
        return [Content(f"{reading.absent.rstrip('.')}: labtop runs on the CPU.")]
    if not reading.gpus:
        return [Content("The NVIDIA driver shows no GPU: labtop runs on the CPU.")]
    versions = f"driver {reading.driver or ABSENT}, CUDA {reading.cuda or ABSENT}"
    lines = [Content.styled(versions, "$foreground-muted")]
    for number, gpu in enumerate(reading.gpus):
        utilization = [usage.gpus[number].utilization if number < len(usage.gpus) else nan for usage in history]
        lines += _gpu_lines(gpu, utilization, width, glyphs)
    return lines


def _gpu_lines(gpu: Gpu, utilization: Sequence[float], width: int, glyphs: Glyphs) -> Iterable[Content]:
    degree = " C" if glyphs.ascii_only else " °C"
    power = _value(gpu.power, ".0f", " W")
    if gpu.power_limit is not None and gpu.power is not None:
        power = f"{gpu.power:.0f} of {gpu.power_limit:.0f} W"
    busy = "" if gpu.processes is None else f"  {len(gpu.processes)} process{'' if len(gpu.processes) == 1 else 'es'}"
    yield Content.assemble(
        (f"GPU {gpu.index}".ljust(LABEL_WIDTH), "$foreground-muted"),
        (gpu.name or "unnamed", "bold"),
        f"  {_value(gpu.temperature, 'd', degree)}  {power}{busy}",
    )
    if gpu.memory_total and gpu.memory_used is not None:
        used = f"{memory(gpu.memory_used)} of {memory(gpu.memory_total)}"
        yield gauge("  memory", gpu.memory_used / gpu.memory_total, used, width, glyphs)
    if gpu.utilization is not None:
        past = sparkline(utilization, UTILIZATION_WIDTH, ascii_only=glyphs.ascii_only, scale=(0.0, 1.0))
        yield gauge("  busy", gpu.utilization, past, width, glyphs, warn=False)


def _value(value: float | None, form: str, unit: str) -> str:
    return ABSENT if value is None else f"{value:{form}}{unit}"


def labelled(label: str, text: str) -> Content:
    return Content.assemble((f"{label:<{LABEL_WIDTH}}", "$foreground-muted"), text)


def gauge(label: str, fraction: float, figures: str, width: int, glyphs: Glyphs, *, warn: bool = True) -> Content:
    """A label, a bar with its percentage, and the figures after it."""
    bar_width = GAUGE_WIDTH if width >= NARROW else NARROW_GAUGE_WIDTH
    full, empty = bar(fraction, bar_width, glyphs)
    high = warn and fraction >= HIGH
    head = f"{label:<{LABEL_WIDTH}}"
    share = f" {round(fraction * 100):>3}%{'!' if high else ' '} "
    room = width - len(head) - bar_width - len(share)
    return Content.assemble(
        (head, "$foreground-muted"),
        (full, "$warning" if high else "$primary"),
        (empty, "$foreground-disabled"),
        (share, "bold $text-warning" if high else ""),
        cut(figures, max(0, room), glyphs),
    )
