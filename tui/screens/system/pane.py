"""The System pane: what this machine has, how busy it is and was, and what labtop runs on it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message

from core.jobs.control import cancel_requested, request_cancel
from core.jobs.ended import what_a_stop_does
from core.jobs.folder import JobFolder
from core.jobs.observe import ENDED, Observation
from core.monitor.processes import ProcessReader, ProcessRow
from core.system.history import SPANS
from core.system.sampler import SAMPLE_SECONDS, MachineReading
from tui.context import Context
from tui.defects import as_labtop_error
from tui.fast_screens import call_after_paint
from tui.screens.shared.confirm import ConfirmDialog
from tui.screens.shared.pane import Pane
from widgets.lists.row_list import RowList
from widgets.machine.arrangement import Arrangement, arrange
from widgets.machine.gpu_panel import GpuPanel
from widgets.machine.gpu_views import GRAPHS
from widgets.machine.host_views import (
    cpu_title,
    cpu_view,
    disk_lines,
    disk_title,
    disk_view,
    memory_title,
    memory_view,
    network_view,
)
from widgets.machine.process_panel import ProcessList, ProcessPanel
from widgets.machine.time_graph import TimeGraph, span_text
from widgets.machine.titles import together
from widgets.shell.frames import set_frame

if TYPE_CHECKING:
    from core.config.options.train import TrainOptions
    from core.monitor.checkpoint_space import CheckpointSpace, CheckpointSpaceReader

CELLS_PER_SECOND = 3000
"""A screen of so many cells shows a sample each second; from 180x50, every second sample is shown, to write less."""


@dataclass(frozen=True)
class Sample:
    """Everything that the pane shows, at one moment."""

    machine: MachineReading
    processes: tuple[ProcessRow, ...] | None
    """None while they are read for the first time."""
    space: CheckpointSpace | None
    error: Exception | None = None
    """Why labtop's processes could not be read."""


class SystemPane(Pane):
    """GPUs, processor, memory, network and disks over time, and the processes of labtop's jobs."""

    NAME = "system"
    ABOUT = (
        "This machine: GPUs, processor, memory, network and disks, each over the time span that + and - choose, and "
        "labtop's processes with their jobs, followed by other programs on the GPUs. Processor and memory are those "
        "that the container may use. Load is the number of processes that run or wait; above the number of cores, "
        "some have to wait. Read every 2 s, while the pane is shown."
    )
    CSS_PATH = "pane.tcss"
    PARTS = (ProcessList,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "c",
            "stop_job_of_process",
            "Stop",
            id="system.stop-job",
            tooltip="Stop the job of this process, with all its processes; it can be resumed.",
        ),
        Binding(
            "plus,equals_sign",
            "change_span(1)",
            "Time span",
            key_display="+/-",
            id="system.longer-span",
            tooltip="Show a longer time in all graphs: 1, 5 or 30 minutes.",
        ),
        Binding(
            "minus",
            "change_span(-1)",
            "Shorter time span",
            show=False,
            id="system.shorter-span",
            tooltip="Show a shorter time in all graphs.",
        ),
        Binding(
            "m",
            "change_graph",
            "Graph",
            id="system.change-gpu-graph",
            tooltip="Let the GPUs' graphs show utilization, memory, power, temperature, clock or PCIe.",
        ),
    ]

    panel = getters.query_one("#gpus", GpuPanel)
    processes = getters.query_one("#processes", ProcessPanel)

    class MachineSampled(Message):
        """A new reading was made."""

        def __init__(self, sample: Sample) -> None:
            super().__init__()
            self.sample = sample

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, SystemPane.MachineSampled)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._process_reader = ProcessReader(context.store.root)
        self._space_reader: CheckpointSpaceReader | None = None
        self._sample: Sample | None = None
        self._span = 1
        """Index into SPANS."""
        self._graph = 0
        """Index into GRAPHS."""
        self._arrangement: Arrangement | None = None
        self._shown_at = -inf
        """When the shown sample was taken, on the monotonic clock."""

    def compose_body(self) -> ComposeResult:
        glyphs = self.context.glyphs
        with Container(id="machine"):
            for name in ("cpu", "memory", "network", "disk"):
                graph = TimeGraph(glyphs, id=name)
                set_frame(graph, name)
                yield graph
            yield GpuPanel(glyphs, id="gpus")
            yield ProcessPanel(glyphs, id="processes")

    def on_mount(self) -> None:
        set_frame(self.processes, "processes", "reading the machine")
        self.query_one("#process-list", RowList).focus()

    def on_screen_resume(self) -> None:
        if self._sample is None and (reading := self.context.machine.recent()):
            self._sample = Sample(reading, None, None)
            self.call_after_refresh(self._show)
        call_after_paint(self, self._watch)

    def on_screen_suspend(self) -> None:
        self.context.machine.unwatch(self._complete)

    def on_unmount(self) -> None:
        self.context.machine.unwatch(self._complete)

    def _watch(self) -> None:
        if self.is_current:
            self.context.machine.watch(self._complete, traffic=True)

    def _complete(self, reading: MachineReading) -> None:
        """Add what labtop does to a reading. Runs in the sampler's thread, which an error must not end."""
        try:
            rows = self._process_reader.read(reading.gpus)
            if self._space_reader is None:
                self.post_message(self.MachineSampled(Sample(reading, rows, None)))
                from core.monitor.checkpoint_space import CheckpointSpaceReader  # takes longer than a reading

                self._space_reader = CheckpointSpaceReader(self._train_settings)
            space = self._space_reader.read(self.context.jobs)
            self.post_message(self.MachineSampled(Sample(reading, rows, space)))
        except Exception as error:
            self.post_message(self.MachineSampled(Sample(reading, (), None, error)))

    def _train_settings(self) -> TrainOptions:
        """The settings of the next training. Raises LabtopError when they cannot be read."""
        from core.config.load import load

        return load(self.context.settings_file).settings.train

    async def on_system_pane_machine_sampled(self, message: MachineSampled) -> None:
        before, self._sample = self._sample, message.sample
        if message.sample.error is not None and (before is None or before.error is None):
            self.show_error(as_labtop_error(message.sample.error))
        now = message.sample.machine.history.newest.time
        is_due = now - self._shown_at > self.size.area / CELLS_PER_SECOND - SAMPLE_SECONDS / 2
        if is_due or before is None or before.space != message.sample.space:
            self._shown_at = now
            await self._show()
            self.refresh_bindings()

    async def on_resize(self) -> None:
        await self._show()

    async def _show(self) -> None:
        sample = self._sample
        if sample is None:
            return
        await self._arrange(sample)
        reading, span, glyphs = sample.machine, SPANS[self._span], self.context.glyphs
        host, history = reading.host, reading.history
        part = {name: self.query_one(f"#{name}", TimeGraph) for name in ("cpu", "memory", "network", "disk")}
        size = {name: graph.size for name, graph in part.items()}
        newest = history.newest
        part["cpu"].show(
            cpu_view(host, history, span, glyphs, with_cores=not reading.gpus.gpus),
            cpu_title(host, newest, size["cpu"].width, glyphs),
            host.processor,
        )
        part["memory"].show(memory_view(host, history, span, glyphs), memory_title(host, size["memory"].width))
        part["network"].show(network_view(history, span, glyphs), "network")
        part["disk"].show(
            disk_view(host, history, span, sample.space, glyphs, size["disk"]),
            disk_title(newest, size["disk"].width, glyphs),
        )
        self.panel.show(reading.gpus, history, span, GRAPHS[self._graph], sample.processes or ())
        if sample.processes is None:
            return
        progress = {job.spec.id: job.progress for job in self.context.jobs}
        figures = together((f"graphs show {span_text(span)}", host.name, f"Python {host.python}", host.system), glyphs)
        self.processes.show(sample.processes, progress, figures)

    async def _arrange(self, sample: Sample) -> None:
        """Share the screen between the parts, if it, or what they need, has changed."""
        reading = sample.machine
        gpus = reading.gpus.gpus
        width, height = self.query_one("#machine").size
        needed = disk_lines(reading.host.disks, sample.space, max(20, width - 2), self.context.glyphs)
        wanted = arrange(
            width,
            height,
            gpus=len(gpus),
            gpu_lines=len(gpus) + sum(len(gpu.mig_devices) for gpu in gpus),
            disk_lines=len(needed),
        )
        await self.panel.hold(reading.gpus, wanted.cards)
        if wanted == self._arrangement:
            return
        self._arrangement = wanted
        machine = self.query_one("#machine")
        machine.styles.grid_rows = " ".join(map(str, wanted.rows))
        for name, span in wanted.spans.items():
            self.query_one(f"#{name}").styles.column_span = span
        machine.sort_children(key=lambda child: wanted.order.index(child.id or ""))
        self.call_after_refresh(self._show)  # titles and columns depend on the new sizes

    # Actions.

    @property
    def chosen_job(self) -> Observation | None:
        """The job of the process under the cursor."""
        chosen = self.processes.chosen_job
        return next((job for job in self.context.jobs if job.spec.id == chosen), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide keys that do not apply to the process under the cursor, or to this machine."""
        if action == "change_graph":
            return self._sample is not None and bool(self._sample.machine.gpus.gpus)
        if action != "stop_job_of_process":
            return True
        job = self.chosen_job if self.is_mounted else None
        return job is not None and job.status not in ENDED and job.elsewhere is None

    @on(RowList.Moved, "#process-list")
    def _moved(self) -> None:
        self.refresh_bindings()

    @on(RowList.Opened, "#process-list")
    async def _show_job(self) -> None:
        job = self.chosen_job
        if job is not None:
            await self.app.run_action(f"app.show_job('{job.spec.id}')")

    async def action_change_span(self, by: int) -> None:
        self._span = max(0, min(len(SPANS) - 1, self._span + by))
        await self._show()

    async def action_change_graph(self) -> None:
        self._graph = (self._graph + 1) % len(GRAPHS)
        await self._show()

    @work(group="act", exit_on_error=False)
    async def action_stop_job_of_process(self) -> None:
        job = self.chosen_job
        if job is None:
            return
        folder = JobFolder(self.context.store.root / job.spec.id)
        asked = cancel_requested(folder)
        if asked:
            detail = "A stop was requested, but the job has not ended yet. Ending it now loses unsaved work."
        else:
            detail = what_a_stop_does(job.spec.kind)
        dialog = ConfirmDialog(
            f"Stop {job.spec.id} ({job.spec.title})?",
            [("now", "End it now")] if asked else [("stop", "Stop job")],
            self.context.glyphs,
            detail=detail,
        )
        if await self.app.push_screen_wait(dialog):
            request_cancel(folder, now=asked)
