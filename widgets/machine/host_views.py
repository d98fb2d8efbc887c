"""Processor, memory, network and disks as graphs with their figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, isfinite, nan
from typing import TYPE_CHECKING

from core.figures import binary_size
from core.system.history import History
from core.system.host import Disk, Host
from core.system.usage import Usage
from widgets.charts.sparkline import sparkline
from widgets.glyphs import Glyphs
from widgets.machine.parts import HIGH, gauge, of, percent, rate, short_rate
from widgets.machine.time_graph import Band, GraphView, Line
from widgets.machine.titles import together
from widgets.text_width import cut, fit

if TYPE_CHECKING:
    from core.monitor.checkpoint_space import CheckpointSpace

CORE_GRAPH = 14
"""Columns of a core from which its history is shown."""

CORE_FIGURE = 8
"""Columns of a core with its share only."""

LOAD_TITLE = 58
"""Columns from which the title says what the load is."""

MEMORY_TITLE = 32
"""Columns from which the title says how much memory there is."""

RATES_TITLE = 56
"""Columns from which the title of the disks says what they read and write."""

SIDE_SHARE = 0.5
"""The part of the width that cores may take."""


def cpu_title(host: Host, usage: Usage, width: int, glyphs: Glyphs) -> str:
    """Such as `cpu 92% of 2 cores · load 5.2 on 2 cores ▲`; the load has its own line where this is too long."""
    load = load_text(host, width, glyphs) if width >= LOAD_TITLE else ""
    return together((f"cpu {percent(usage.cpu).strip()} of {_cores(host)}", load), glyphs)


def _cores(host: Host) -> str:
    return "1 core" if host.cores == 1 else f"{host.cores} cores"


def load_text(host: Host, width: int, glyphs: Glyphs) -> str:
    """The load against the cores: processes that run or wait, for each core that can run one."""
    overloaded = f" {glyphs.warning}" if is_overloaded(host) else ""
    if width < LOAD_TITLE:
        return f"load {host.load[0]:.1f} on {_cores(host)}{overloaded}"
    averages = ", ".join(f"{value:.1f}" for value in host.load)
    per_core = f"{host.load[0] / host.cores:.1f} per core"
    return f"load {averages} in 1, 5, 15 min: {per_core}{overloaded}"


def is_overloaded(host: Host) -> bool:
    """Whether more processes want to run than there are cores."""
    return host.load[0] > host.cores


def cpu_view(host: Host, history: History, span: float, glyphs: Glyphs, *, with_cores: bool) -> GraphView:
    """The processor over time, with its cores next to it."""

    def below(width: int, _height: int) -> Sequence[Line]:
        if width >= LOAD_TITLE:  # it is in the title
            return ()
        role = "warning" if is_overloaded(host) else "label"
        return (((cut(load_text(host, width, glyphs), width, glyphs), role),),)

    def side(width: int, height: int) -> Sequence[Line]:
        return core_lines(history, span, int(width * SIDE_SHARE), height, glyphs) if with_cores else ()

    return GraphView((share_band(history, lambda usage: usage.cpu, span),), span, side, below)


def share_band(history: History, value: Callable[[Usage], float], span: float) -> Band:
    """A share over time."""
    return Band(lambda count: history.columns(value, span, count))


def core_lines(history: History, span: float, room: int, height: int, glyphs: Glyphs) -> Sequence[Line]:
    """Every core in at most `room` columns: with its history, with its share, or as one character."""
    cores = history.newest.cores
    if not cores or height < 1 or room < 1:
        return ()
    columns = ceil(len(cores) / height)
    width = min(24, room // columns)
    if width < CORE_FIGURE:
        return _heat(cores, room, height, glyphs)
    rows = ceil(len(cores) / columns)
    cells = [_core(number, history, span, width, glyphs) for number in range(len(cores))]
    blank: Line = ((" " * width, None),)
    return [
        tuple(
            part
            for column in range(columns)
            for part in (cells[row + column * rows] if row + column * rows < len(cells) else blank)
        )
        for row in range(rows)
    ]


def _core(number: int, history: History, span: float, width: int, glyphs: Glyphs) -> Line:
    share = history.newest.cores[number]
    graph_width = width - 9
    text = f"{percent(share)} "
    if width < CORE_GRAPH:
        return (f"{number:>3}", "label"), (f"{text:>{width - 3}}", None)

    def value(usage: Usage) -> float:
        return usage.cores[number] if number < len(usage.cores) else nan

    past = history.columns(value, span, graph_width)
    graph = sparkline(past, graph_width, ascii_only=glyphs.ascii_only, scale=(0.0, 1.0))
    return (f"{number:>3} ", "label"), (graph, "full"), (text, None)


def _heat(cores: Sequence[float], room: int, height: int, glyphs: Glyphs) -> Sequence[Line]:
    """One character for each core, higher for a busier one."""
    width = max(1, min(room, ceil(len(cores) / max(1, height - 1))))
    rows = [
        sparkline(cores[start : start + width], width, ascii_only=glyphs.ascii_only, scale=(0.0, 1.0))
        for start in range(0, len(cores), width)
    ]
    head = fit("each core now", width, glyphs)
    return [((head, "label"),), *(((f"{row:<{width}}", "full"),) for row in rows)][:height]


def memory_title(host: Host, width: int) -> str:
    """What is used; of how much, where there is room."""
    used = binary_size(host.memory.used) if width < MEMORY_TITLE else of(host.memory.used, host.memory.total)
    return f"memory {used}"


def memory_view(host: Host, history: History, span: float, glyphs: Glyphs) -> GraphView:
    """The memory over time, and the swap."""
    memory = host.memory

    def below(width: int, _height: int) -> Sequence[Line]:
        swap = "no swap"
        if memory.swap_total:
            full = width >= MEMORY_TITLE
            used = memory.swap_used / memory.swap_total
            swap = f"swap {of(memory.swap_used, memory.swap_total) if full else f'{used:.0%}'}"
        share = memory.used / max(1, memory.total)
        high = f" {glyphs.warning}" if share >= HIGH else ""
        text = f"{share:.0%} of {binary_size(memory.total)}{high}, {swap}"
        return (((cut(text, width, glyphs), "warning" if high else "label"),),)

    return GraphView((share_band(history, lambda usage: usage.memory, span),), span, None, below)


def flow_band(history: History, value: Callable[[Usage], float], span: float) -> Band:
    """Bytes per second over time, up to the peak of the time shown."""
    peak = history.peak(value, span)

    def columns(count: int) -> Sequence[float]:
        return [each / peak if peak else min(0.0, each) for each in history.columns(value, span, count)]

    return Band(columns, top=short_rate(peak) if peak else "", graded=False)


def network_view(history: History, span: float, glyphs: Glyphs) -> GraphView:
    """What was received, above, and sent, below."""
    newest = history.newest

    def below(width: int, _height: int) -> Sequence[Line]:
        text = f"in {rate(newest.received)}  out {rate(newest.sent)}"
        return (((cut(text, width, glyphs), "label"),),)

    bands = (
        flow_band(history, lambda usage: usage.received, span),
        flow_band(history, lambda usage: usage.sent, span),
    )
    return GraphView(bands, span, None, below)


def disk_title(usage: Usage, width: int, glyphs: Glyphs) -> str:
    """What all disks together read and write, where there is room."""
    known = isfinite(usage.disk_read) and width >= RATES_TITLE
    return together(("disk", _disk_rates(usage) if known else ""), glyphs)


def _disk_rates(usage: Usage) -> str:
    return f"reads {rate(usage.disk_read)}, writes {rate(usage.disk_written)}"


def disk_view(
    host: Host, history: History, span: float, space: CheckpointSpace | None, glyphs: Glyphs, size: tuple[int, int]
) -> GraphView:
    """The file systems, the room for coming checkpoints and, where rows are left, reads above and writes below."""
    newest = history.newest

    def below(width: int, _height: int) -> Sequence[Line]:
        rates: Sequence[Line] = ()
        if width < RATES_TITLE and isfinite(newest.disk_read):
            rates = (((cut(_disk_rates(newest), width, glyphs), "label"),),)
        return (*disk_lines(host.disks, space, width, glyphs), *rates)

    width, height = size
    if height < len(below(max(20, width), height)) + 2 or not isfinite(newest.disk_read):
        return GraphView(below=below)
    bands = (
        flow_band(history, lambda usage: usage.disk_read, span),
        flow_band(history, lambda usage: usage.disk_written, span),
    )
    return GraphView(bands, span, None, below)


def disk_lines(disks: Sequence[Disk], space: CheckpointSpace | None, width: int, glyphs: Glyphs) -> Sequence[Line]:
    """A line for each file system, and one about the coming checkpoints."""
    lines = [_disk_line(disk, width, glyphs) for disk in disks]
    if space is not None:
        sign = "" if space.fits else f"{glyphs.warning} "
        job = f" ({space.job})" if space.job else " (next training)"
        text = sign + space.sentence
        text += job if len(text) + len(job) <= width else ""
        role = None if space.fits else "warning"
        lines += [((piece, role),) for piece in _wrapped(text, width)]
    return lines


def _wrapped(text: str, width: int) -> Sequence[str]:
    """The text in lines of at most `width` columns."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _disk_line(disk: Disk, width: int, glyphs: Glyphs) -> Line:
    bar_width = max(6, min(24, width // 5))
    shown = gauge(disk.used / max(1, disk.total), bar_width, glyphs)
    text = f"{of(disk.free, disk.total)} free  {', '.join(map(str, disk.folders))}"
    return (*shown, (f" {cut(text, max(0, width - bar_width - 7), glyphs)}", None))
