"""Pictures of the System and Chat panes, of the help and of the palette, and what holds for all pictures."""

from __future__ import annotations

from math import sin
from pathlib import Path

import pytest

from core.system.gpu import Gpu, GpuMonitor, GpuProcess, GpuReading
from core.system.history import History, HistoryRecorder
from core.system.host import Disk, Host, Memory
from core.system.usage import GpuUsage, Usage
from tests.tui.helpers import until
from tests.tui.picture import PICTURES, WIDE, both_sizes, ground_of, looks_like
from tui.app import Workbench
from tui.screens.chat.pane import ChatPane
from widgets.chat.chat_turn import Reply

GIB = 2**30

HOST = Host(
    name="gpu-17.example.org",
    system="Red Hat Enterprise Linux 9.4 (Plow)",
    kernel="5.14.0-427.el9.x86_64",
    processor="AMD EPYC 9554 64-Core Processor",
    cores=48,
    load=(3.52, 12.25, 40.01),
    memory=Memory(512 * GIB, 380 * GIB),
    disks=(
        Disk((Path("/home/lena/.config/labtop"), Path("/home/lena/.local/state/labtop")), 900 * 10**9, 70 * 10**9),
        Disk((Path("/data/instructlab"),), 7_600 * 10**9, 5_200 * 10**9),
    ),
    python="3.11.9",
)

BUSY = Gpu(
    index=0,
    name="NVIDIA H200",
    uuid="GPU-0",
    memory_total=141 * GIB,
    memory_used=132 * GIB,
    utilization=0.97,
    temperature=71,
    power=612.0,
    power_limit=700.0,
    processes=(GpuProcess(4711, 131 * GIB),),
)

SILENT = Gpu(1, None, None, None, None, None, None, None, None, None)
"""A card that gives no values."""

HISTORY = tuple(
    Usage(0.45 + 0.4 * sin(second / 12), 0.2 + second / 2000, (GpuUsage(0.5 + 0.47 * sin(second / 6)), GpuUsage()))
    for second in range(150)
)
"""Five minutes with a processor and a GPU that are busy in turns, and memory that fills slowly."""


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server with GPUs instead of the machine that the tests run on."""
    monkeypatch.setattr("core.system.sampler.read_host", lambda: HOST)
    monkeypatch.setattr(GpuMonitor, "read", lambda _: GpuReading((BUSY, SILENT), driver="570.86.15", cuda="12.8"))
    monkeypatch.setattr(HistoryRecorder, "add", lambda *_: History(HISTORY))


@both_sizes
async def test_the_machine(machine: None, size: tuple[int, int]) -> None:
    app = Workbench()
    async with app.run_test(size=size) as pilot:
        await pilot.press("1")
        await looks_like(app, "system", "gpu-17.example.org", "92%!", "94%!", "612 of 700 W", "1 process", "unnamed")
        current, other = ("1 System", "2 Taxonomy") if size[0] > 80 else ("1Sys", "2Tax")
        assert ground_of(app, current) != ground_of(app, other)


async def test_machine_without_gpus_and_with_help(machine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GpuMonitor, "read", lambda _: GpuReading(absent="There is no NVIDIA driver."))
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("1")
        await looks_like(app, "system-no-gpu", "labtop runs on the CPU")
        await pilot.press("f1")
        await looks_like(app, "system-help", "Everywhere", "^q")


@both_sizes
async def test_a_conversation(endpoint: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Reply.show_figures
    monkeypatch.setattr(
        Reply, "show_figures", lambda reply, _seconds, tokens, _rate, ended="": shown(reply, 1.8, tokens, 24.0, ended)
    )
    port = {endpoint: f"http://127.0.0.1:{'8' * (len(endpoint) - len('http://127.0.0.1:/v1'))}/v1"}
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=size) as pilot:
        await pilot.press("6")
        await looks_like(app, "chat-empty", "tiny-student, 2 served", "Ask something", shown_as=port)
        pane = app.panes["chat"]
        assert isinstance(pane, ChatPane)
        pane.line.value = "Why do cats purr, and what does it tell the people who live with them about how they feel?"
        await pilot.press("enter")
        await until(lambda: len(pane._session.turns) == 2)
        await pilot.press(*"/h", "enter")
        await looks_like(app, "chat", "heard 1 turns", "1.8 s", "24 tokens/s", shown_as=port)


async def test_no_server() -> None:
    app = Workbench(base_url="http://127.0.0.1:9/v1")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await looks_like(app, "chat-no-server", "no model yet", "No server answers", "labtop model serve")


@both_sizes
async def test_help_and_palette(size: tuple[int, int]) -> None:
    app = Workbench(taxonomy_path=Path("/srv/example/taxonomy"))
    async with app.run_test(size=size) as pilot:
        await pilot.press("2")
        await looks_like(app, "taxonomy-none", "There is no leaf in /srv/example/taxonomy")
        await pilot.press("8", "f1")
        await looks_like(app, "help", "Every long task is a job", "In Jobs")
        await pilot.press("end")
        await looks_like(app, "help-end", "Everywhere", "esc closes this page")
        await pilot.press("escape", "ctrl+p")
        await looks_like(app, "palette", "view: Home", "Show the Home pane.")
        await pilot.press(*"quit")
        await looks_like(app, "palette-search", "view: Quit")


def test_every_picture_is_drawn_by_a_test() -> None:
    source = "".join(file.read_text() for file in Path(__file__).parent.rglob("test_pictures*.py"))
    left_over = [file.name for file in PICTURES.iterdir() if f'"{file.stem.rpartition("-")[0]}"' not in source]
    assert not left_over
    wide = {file.stem.removesuffix("-140x40") for file in PICTURES.glob("*-140x40.txt")}
    assert wide == WIDE
