"""The System pane: what this machine has, and how busy it is."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from core.system.sampler import SAMPLE_SECONDS, MachineReading, MachineSampler
from tui.context import Context
from tui.screens.shared.pane import Pane
from widgets.charts.area_graph import AreaGraph
from widgets.machine.machine_text import gpu_lines, host_lines

TALL = 32
"""Rows from which graphs are higher."""


class SystemPane(Pane):
    """Host, its usage over time, and GPUs."""

    NAME = "system"
    ABOUT = (
        "This machine: its processor, memory and the disks that hold labtop's folders, and its NVIDIA GPUs. "
        "Shows the container's limits, not the host's. Updated every 2 s."
    )
    CSS_PATH = "pane.tcss"

    class MachineSampled(Message):
        """A new reading was made."""

        def __init__(self, reading: MachineReading) -> None:
            super().__init__()
            self.reading = reading

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, SystemPane.MachineSampled)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sampler = MachineSampler(lambda reading: self.post_message(self.MachineSampled(reading)))
        self._reading: MachineReading | None = None

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="machine"):
            yield Static("Machine", classes="heading")
            yield Static("Reading the machine", id="host")
            with Horizontal(id="usage"):
                yield AreaGraph("CPU", SAMPLE_SECONDS, self.context.glyphs, id="cpu-usage")
                yield AreaGraph("Memory", SAMPLE_SECONDS, self.context.glyphs, id="memory-usage")
            yield Static("GPUs", classes="heading")
            yield Static("", id="gpus")

    def on_screen_resume(self) -> None:
        self._sampler.resume()

    def on_screen_suspend(self) -> None:
        self._sampler.pause()

    def on_unmount(self) -> None:
        self._sampler.end()

    def on_system_pane_machine_sampled(self, message: MachineSampled) -> None:
        self._reading = message.reading
        self._show()

    def on_resize(self) -> None:
        self.query_one("#usage").set_class(self.size.height >= TALL, "-tall")
        self._show()

    def _show(self) -> None:
        if self._reading is None:
            return
        width = max(40, self.size.width - 5)
        glyphs = self.context.glyphs
        self.query_one("#host", Static).update(Content("\n").join(host_lines(self._reading.host, width, glyphs)))
        history = self._reading.history.recent
        lines = gpu_lines(self._reading.gpus, width, glyphs, history)
        self.query_one("#gpus", Static).update(Content("\n").join(lines))
        self.query_one("#cpu-usage", AreaGraph).set_values([usage.cpu for usage in history])
        self.query_one("#memory-usage", AreaGraph).set_values([usage.memory for usage in history])
