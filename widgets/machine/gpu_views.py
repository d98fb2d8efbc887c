"""GPUs as graphs with their figures, or as a line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, nan

from textual.content import Content

from core.system.gpu import Gpu, GpuReading, MigDevice
from core.system.history import History
from core.system.usage import GpuUsage, Usage
from widgets.charts.sparkline import sparkline
from widgets.glyphs import Glyphs
from widgets.machine.host_views import flow_band
from widgets.machine.parts import ABSENT, gauge, of, percent, rate
from widgets.machine.time_graph import Band, GraphView, Line
from widgets.machine.titles import together
from widgets.text_width import cut, fit

HOTTEST = 100.0
"""Degrees Celsius at the top of a graph of temperatures."""

GRAPH_ROWS = 5
"""Rows of a graph that further lines of figures leave."""

ALL_COLUMNS = 100
"""Columns from which a GPU's line has its clock and performance state, and more of its name."""

STYLES = {
    "label": "$foreground-muted",
    "full": "$primary",
    "empty": "$foreground-disabled",
    "warning": "bold $text-warning",
}
"""Colours of the roles of a line, in text."""


@dataclass(frozen=True)
class GpuGraph:
    """One of the values that the graphs of the GPUs can show."""

    name: str
    value: Callable[[GpuUsage], float]
    """A share from 0 to 1, or with `is_flow` bytes per second."""
    top: str = "100%"
    is_flow: bool = False


GRAPHS = (
    GpuGraph("utilization", lambda gpu: gpu.utilization),
    GpuGraph("memory", lambda gpu: gpu.memory),
    GpuGraph("power", lambda gpu: gpu.power),
    GpuGraph("temperature", lambda gpu: gpu.temperature / HOTTEST, "100"),
    GpuGraph("clock", lambda gpu: gpu.clock),
    GpuGraph("PCIe", lambda gpu: gpu.traffic, is_flow=True),
)


def short_name(gpu: Gpu) -> str:
    """`H200` for `NVIDIA H200`."""
    return (gpu.name or "unnamed").removeprefix("NVIDIA ").removeprefix("GeForce ")


def gpu_title(gpu: Gpu, graph: GpuGraph, usage: GpuUsage, glyphs: Glyphs, jobs: Sequence[str] = ()) -> str:
    """Such as `gpu 0 · H200 · 97% · train-k3f9x`; the value is that of the graph."""
    if gpu.lost:
        return together((f"gpu {gpu.index}", "lost"), glyphs)
    parts = [f"gpu {gpu.index}", short_name(gpu)]
    value = graph.value(usage)
    if isfinite(value):
        parts.append(_value_text(graph, value, glyphs))
    return together((*parts, *jobs), glyphs)


def _value_text(graph: GpuGraph, value: float, glyphs: Glyphs) -> str:
    """The newest value of a graph, with its name if it is not the utilization."""
    if graph.name == "utilization":
        return percent(value).strip()
    if graph.is_flow:
        return f"{graph.name} {rate(value)}"
    text = f"{value * HOTTEST:.0f} {_degree(glyphs)}" if graph.name == "temperature" else percent(value).strip()
    return f"{graph.name} {text}"


def _degree(glyphs: Glyphs) -> str:
    return "C" if glyphs.ascii_only else "°C"


def gpu_usage(usage: Usage, number: int) -> GpuUsage:
    """The usage of one GPU; unknown if there were fewer then."""
    return usage.gpus[number] if number < len(usage.gpus) else GpuUsage()


def gpu_view(gpu: Gpu, number: int, history: History, span: float, graph: GpuGraph, glyphs: Glyphs) -> GraphView:
    """A GPU over time, with its memory, temperature, power, clock, state and traffic."""

    def below(width: int, height: int) -> Sequence[Line]:
        return gpu_figures(gpu, width, glyphs)[: max(2, height - GRAPH_ROWS)]

    def value(usage: Usage) -> float:
        return graph.value(gpu_usage(usage, number))

    if graph.is_flow:
        return GraphView((flow_band(history, value, span),), span, None, below)
    band = Band(lambda count: history.columns(value, span, count), graph.top)
    return GraphView((band,), span, None, below)


def gpu_figures(gpu: Gpu, width: int, glyphs: Glyphs) -> Sequence[Line]:
    """Its memory as a bar, its other values in as many lines as they need, and its MIG devices."""
    if gpu.lost:
        text = "The driver has lost this GPU. It may need a reset or a reboot; dmesg has the reason."
        return [((cut(text, width, glyphs), "warning"),)]
    lines: list[Line] = []
    if gpu.memory_total and gpu.memory_used is not None:
        lines.append(_memory_line("memory", gpu.memory_used, gpu.memory_total, width, glyphs))
    lines += [((line, None),) for line in _joined(_figures(gpu, glyphs), width)]
    lines += [_mig_line(device, width, glyphs) for device in gpu.mig_devices]
    return lines


def _memory_line(label: str, used: int, total: int, width: int, glyphs: Glyphs) -> Line:
    figures = f"{of(used, total)}"
    bar_width = max(2, min(40, width - len(label) - len(figures) - 9))
    return (f"{label} ", "label"), *gauge(used / total, bar_width, glyphs), (f" {figures}", None)


def _mig_line(device: MigDevice, width: int, glyphs: Glyphs) -> Line:
    profile = (device.name or "").rpartition("MIG ")[2] or f"device {device.index}"
    label = cut(f"MIG {device.index} {profile}", max(8, width // 3), glyphs)
    if not device.memory_total or device.memory_used is None:
        return ((label, "label"),)
    return _memory_line(label, device.memory_used, device.memory_total, width, glyphs)


def _figures(gpu: Gpu, glyphs: Glyphs) -> Sequence[str]:
    """What is known besides utilization and memory."""
    figures = []
    if gpu.temperature is not None:
        figures.append(f"{gpu.temperature} {_degree(glyphs)}")
    if gpu.power is not None:
        figures.append(f"{_power(gpu)} W")
    if gpu.sm_clock is not None:
        figures.append(f"{gpu.sm_clock:,} MHz")
    if gpu.performance_state is not None:
        figures.append(f"P{gpu.performance_state}")
    if gpu.pcie_received is not None and gpu.pcie_sent is not None:
        figures.append(f"PCIe in {rate(gpu.pcie_received)}, out {rate(gpu.pcie_sent)}")
    if not figures and not gpu.memory_total:
        figures.append("reports no values")
    return figures


def _power(gpu: Gpu) -> str:
    return f"{gpu.power:.0f}" + ("" if gpu.power_limit is None else f"/{gpu.power_limit:.0f}")


def _joined(parts: Sequence[str], width: int) -> Sequence[str]:
    """The parts in lines of at most `width` columns, two spaces between them."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + 2 + len(part) <= width:
            lines[-1] += f"  {part}"
        else:
            lines.append(part)
    return lines


def gpu_line(gpu: Gpu, number: int, history: History, span: float, width: int, glyphs: Glyphs) -> Content:
    """A GPU in one line: name, utilization with its history, memory, temperature, power and state."""
    if gpu.lost:
        return Content.assemble(f"{gpu.index:>2} ", ("lost: the driver does not see it any more", STYLES["warning"]))
    name_width = 12 if width >= ALL_COLUMNS else 6
    head = f"{gpu.index:>2} {fit(short_name(gpu), name_width, glyphs)} "
    usage = gpu_usage(history.newest, number)
    memory = nan if gpu.memory_used is None or not gpu.memory_total else gpu.memory_used / gpu.memory_total
    figures = f"{of(gpu.memory_used, gpu.memory_total).replace(' GiB', ' G').replace(' of ', '/'):>11}"
    tail = _tail(gpu, width, glyphs)
    room = width - len(head) - len(tail) - len(figures) - 14
    graph_width = max(0, room - max(6, room // 3))
    past = history.columns(lambda each: gpu_usage(each, number).utilization, span, graph_width)
    graph = sparkline(past, graph_width, ascii_only=glyphs.ascii_only, scale=(0.0, 1.0))
    parts: Line = (
        (head, None),
        (percent(usage.utilization), None),
        (f" {graph:<{graph_width}} ", "full"),
        *gauge(memory, max(0, room - graph_width), glyphs),
        (figures, None),
        (tail, "label"),
    )
    return Content.assemble(*((text, STYLES.get(role or "", "")) for text, role in parts))


def _tail(gpu: Gpu, width: int, glyphs: Glyphs) -> str:
    """Temperature, power and, on wide screens, clock and state, in columns."""
    degree = "C" if glyphs.ascii_only else "°"
    temperature = ABSENT if gpu.temperature is None else f"{gpu.temperature}{degree}"
    power = ABSENT if gpu.power is None else _power(gpu)
    text = f" {temperature:>4} {power:>7}{' W' if gpu.power is not None else '  '}"
    if width >= ALL_COLUMNS:
        clock = ABSENT if gpu.sm_clock is None else f"{gpu.sm_clock:,}"
        state = ABSENT if gpu.performance_state is None else f"P{gpu.performance_state}"
        text += f"  {clock:>5} MHz  {state:<3}"
    return text


def mig_text(gpu: Gpu, device: MigDevice, width: int, glyphs: Glyphs) -> Content:
    """A MIG device in one line, below its GPU."""
    line = _mig_line(device, max(20, width - 6), glyphs)
    parts = ((f"{gpu.index:>2}    ", "label"), *line)
    return Content.assemble(*((text, STYLES.get(role or "", "")) for text, role in parts))


def driver_text(reading: GpuReading) -> str:
    """Such as `driver 570.86.15, CUDA 12.8`."""
    return f"driver {reading.driver or ABSENT}, CUDA {reading.cuda or ABSENT}"


def total_title(reading: GpuReading, usage: Usage, glyphs: Glyphs) -> str:
    """The title of the list of GPUs: how busy they are together, and their memory."""
    known = [gpu.utilization for gpu in usage.gpus if isfinite(gpu.utilization)]
    busy = f"{sum(known) / len(known):.0%} busy" if known else ""
    used = sum(gpu.memory_used or 0 for gpu in reading.gpus)
    total = sum(gpu.memory_total or 0 for gpu in reading.gpus)
    many = "1 gpu" if len(reading.gpus) == 1 else f"{len(reading.gpus)} gpus"
    return together((many, busy, of(used, total) if total else ""), glyphs)


def absent_text(reading: GpuReading) -> str:
    """Why there is no GPU, in a sentence."""
    reason = reading.absent or "The NVIDIA driver shows no GPU."
    return f"none: {reason.rstrip('.')}, so labtop runs on the CPU."
