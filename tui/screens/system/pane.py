"""The System pane: what this machine has, and how busy it is."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from core.system.sampler import MachineReading, MachineSampler
from tui.context import Context
from tui.screens.shared.pane import Pane
from widgets.machine.machine_text import gpu_lines, host_lines


class SystemPane(Pane):
    """Host above, GPUs below."""

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
        self._show()

    def _show(self) -> None:
        if self._reading is None:
            return
        width = max(40, self.size.width - 5)
        glyphs = self.context.glyphs
        self.query_one("#host", Static).update(Content("\n").join(host_lines(self._reading.host, width, glyphs)))
        self.query_one("#gpus", Static).update(Content("\n").join(gpu_lines(self._reading.gpus, width, glyphs)))
