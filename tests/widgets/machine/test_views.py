"""Texts of the System pane in the widths they get."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest

from core.monitor.processes import ProcessRow
from core.system.gpu import Gpu
from core.system.history import History
from core.system.usage import GpuUsage, Usage
from tests.tui.screens.system.conftest import GIB, HOST, PROCESSES, SPACE, past
from widgets.glyphs import ASCII, UNICODE
from widgets.machine.gpu_views import GRAPHS, gpu_figures, gpu_line, gpu_title
from widgets.machine.host_views import core_lines, cpu_title, disk_lines, flow_band, load_text, memory_view
from widgets.machine.parts import of, percent, rate, short_rate
from widgets.machine.process_lines import process_header, process_line
from widgets.machine.time_graph import Line


def text(line: Line) -> str:
    return "".join(part for part, _ in line)


def test_figures() -> None:
    assert [of(*pair) for pair in ((62 * GIB, 80 * GIB), (GIB // 2, 80 * GIB), (None, 1))] == [
        "62 of 80 GiB",
        "512 MiB of 80 GiB",
        "-",
    ]
    assert [percent(share) for share in (0.0, 0.456, 1.0, nan)] == ["  0%", " 46%", "100%", "   -"]
    assert [rate(value) for value in (340_000.0, nan)] == ["340.0 kB/s", "-"]
    assert [short_rate(value) for value in (0.0, 999.0, 340_000.0, 1.2e6, 999.6e6, 2e13)] == [
        "0",
        "999",
        "340k",
        "1.2M",
        "1.0G",
        "20T",
    ]
    assert all(len(short_rate(10.0**power)) <= 4 for power in range(15))


def test_load_is_shown_against_the_cores() -> None:
    assert load_text(HOST, 26, UNICODE) == "load 5.2 on 4 cores ▲"
    calm = replace(HOST, load=(3.9, 1.0, 1.0), cores=4)
    assert load_text(calm, 26, UNICODE) == "load 3.9 on 4 cores"
    assert load_text(replace(calm, cores=1), 26, ASCII) == "load 3.9 on 1 core W"
    assert cpu_title(HOST, Usage(cpu=0.47), 100, UNICODE).endswith("in 1, 5, 15 min: 1.3 per core ▲")
    assert cpu_title(HOST, Usage(), 24, UNICODE) == "cpu - of 4 cores"


def test_memory_without_swap() -> None:
    host = replace(HOST, memory=replace(HOST.memory, swap_total=0))
    view = memory_view(host, History(), 60.0, UNICODE)
    assert view.below is not None
    assert [text(line) for line in view.below(40, 3)] == ["26% of 512 GiB, no swap"]


@pytest.mark.parametrize("cores", [1, 2, 16, 48, 128, 384])
@pytest.mark.parametrize(("room", "height"), [(38, 4), (70, 12), (12, 2)])
def test_every_core_is_shown_if_there_is_room(cores: int, room: int, height: int) -> None:
    history = History((Usage(cores=tuple([1.0] * cores), time=2.0, seconds=2.0),))
    lines = core_lines(history, 60.0, room, height, UNICODE)
    assert len(lines) <= height
    assert len({len(text(line)) for line in lines}) == 1
    assert len(text(lines[0])) <= room
    busy = sum(text(line).count("100%") + (text(line).count("█") if "100%" not in text(line) else 0) for line in lines)
    assert busy == min(cores, (height - 1) * room) if "each core" in text(lines[0]) else busy == cores


def test_flow_is_drawn_up_to_its_peak() -> None:
    history = History((Usage(received=100.0, time=2.0, seconds=2.0), Usage(received=400.0, time=4.0, seconds=2.0)))
    band = flow_band(history, lambda usage: usage.received, 60.0)
    assert list(band.columns(30))[-2:] == [0.25, 1.0]
    assert (band.top, band.graded) == ("400", False)
    idle = flow_band(History((Usage(received=0.0, time=2.0, seconds=2.0),)), lambda usage: usage.received, 60.0)
    assert list(idle.columns(30))[-1] == 0.0
    assert idle.top == ""


@pytest.mark.parametrize("width", [20, 33, 45, 78, 138])
def test_disk_lines_fit(width: int) -> None:
    lines = disk_lines(HOST.disks, replace(SPACE, free=GIB), width, UNICODE)
    assert all(len(text(line)) <= width for line in lines)
    assert " ".join(text(line) for line in lines).count("53 GiB short") == 1


BUSY = Gpu(
    0,
    "NVIDIA H200",
    "GPU-0",
    141 * GIB,
    132 * GIB,
    0.97,
    71,
    612.0,
    700.0,
    (),
    sm_clock=1980,
    performance_state=0,
    pcie_received=11_200_000,
    pcie_sent=3_400_000,
)


@pytest.mark.parametrize("width", [31, 36, 78, 138, 198])
def test_gpu_texts_fit(width: int) -> None:
    for gpu in (BUSY, Gpu(1, *[None] * 9), Gpu(2, *[None] * 9, lost=True)):
        assert all(len(text(line)) <= width for line in gpu_figures(gpu, width, UNICODE))
        if width > 60:
            assert gpu_line(gpu, 0, past(1), 300.0, width, UNICODE).cell_length <= width
            assert gpu_line(gpu, 0, past(1), 300.0, width, ASCII).plain.isascii()


def test_gpu_title_names_the_value_of_the_graph() -> None:
    usage = GpuUsage(0.97, 0.94, 0.87, 71.0, nan, 14.6e6)
    assert [gpu_title(BUSY, graph, usage, UNICODE) for graph in GRAPHS] == [
        "gpu 0 · H200 · 97%",
        "gpu 0 · H200 · memory 94%",
        "gpu 0 · H200 · power 87%",
        "gpu 0 · H200 · temperature 71 °C",
        "gpu 0 · H200",
        "gpu 0 · H200 · PCIe 14.6 MB/s",
    ]
    assert gpu_title(BUSY, GRAPHS[0], usage, ASCII, ["train-k3f9x"]) == "gpu 0 - H200 - 97% - train-k3f9x"


@pytest.mark.parametrize("width", [50, 57, 66, 76, 77, 103, 104, 136, 196])
def test_process_columns_line_up(width: int) -> None:
    header = process_header(width)
    long = ProcessRow(
        4_194_304,
        "w" * 200,
        True,
        "worker",
        "quickstart-u8ch3",
        "a" * 40,
        128.0,
        999 * GIB,
        GIB,
        tuple(range(0, 16, 2)),
        9e6,
    )
    for row in (*PROCESSES, long, ProcessRow(1, "outside this container", False, "foreign")):
        for progress in (None, 0.62):
            line = process_line(row, progress, width, UNICODE).plain
            assert len(line) == len(header)
    assert len(header) <= width
    if width >= 104:
        assert "62%" in process_line(PROCESSES[0], 0.62, width, UNICODE).plain
        assert "0,2…" in process_line(long, 0.62, width, UNICODE).plain
