"""The Home pane: the LAB method as five steps, what runs, the best model, the machine, and what happened lately."""

from __future__ import annotations

import asyncio
import time
from textwrap import wrap
from typing import ClassVar, TypeVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from core.jobs.folder import JobFolder
from core.jobs.follow import JobFollower, JobUpdate
from core.jobs.observe import ENDED, Observation
from core.overview.glance import Glance, GlanceReader
from core.overview.model import BestModel, Overview, StepName
from core.overview.read import Sources
from core.overview.recent import Happened
from core.system.sampler import MachineReading, MachineSampler
from tui.context import Context
from tui.screens.home.setup_view import SetupView
from tui.screens.shared.pane import Pane
from widgets.home.best_text import best_lines
from widgets.home.framed_lines import FramedLines
from widgets.home.job_panel import JobPanel
from widgets.home.machine_lines import machine_lines
from widgets.home.recent_text import recent_lines
from widgets.home.step_card import StepCard
from widgets.home.step_text import next_step_line, share_of

PAINT_SECONDS = 0.5
"""Between two updates of the screen."""

READ_SECONDS = 2.0
"""Between two looks at the taxonomy, the results and the servers; a change to a job is looked at within a second."""

STEPS: tuple[tuple[StepName, str, str], ...] = (
    ("taxonomy", "2 Taxonomy", "taxonomy"),
    ("data", "3 Data", "data"),
    ("train", "4 Train", "train"),
    ("evaluate", "5 Evaluate", "evaluate"),
    ("serve", "6 Chat", "chat"),
)
"""Name, title and pane of each step."""

NO_JOB = (
    "Nothing is running. Generating data, training and evaluating are jobs: they are shown here while they run, and "
    "keep running when the workbench is closed."
)

Part = TypeVar("Part", bound=Widget)

NO_MODEL = "No model has been trained and scored yet. The scores of the base and of the tuned model are shown here."


class HomePane(Pane):
    """Everything at a glance; the cards of the steps open their panes."""

    NAME = "home"
    ABOUT = (
        "The LAB method as five steps: write a taxonomy of questions and answers, generate data from it, train, "
        "evaluate, then serve the model and talk to it. Each card shows the state of a step; enter opens its pane, "
        "or the job that runs. Below are the next step, the running job with its loss, the best model against its "
        "base, this machine, and what happened lately."
    )
    CSS_PATH = "pane.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,down", "move_card(1)", show=False, id="list.next-card", tooltip="Go to the next step."),
        Binding(
            "u",
            "open_setup",
            "Set up",
            show=False,
            id="home.set-up",
            tooltip="Write the settings; create, clone or choose a taxonomy; start the quickstart.",
        ),
        Binding("escape", "leave_setup", "Home", id="home.leave-set-up", tooltip="Leave the set-up."),
        Binding("left,up", "move_card(-1)", show=False, id="list.previous-card", tooltip="Go to the previous step."),
    ]

    setup = getters.query_one(SetupView)
    job_panel = getters.query_one("#home-job", JobPanel)

    class JobRead(Message):
        """New events of the followed job were read."""

        def __init__(self, job: str, update: JobUpdate) -> None:
            super().__init__()
            self.job = job
            self.update = update

    class MachineSampled(Message):
        """A new reading was made."""

        def __init__(self, reading: MachineReading) -> None:
            super().__init__()
            self.reading = reading

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, HomePane.MachineSampled)

    class GlanceRead(Message):
        """The taxonomy, the jobs and the models were read."""

        def __init__(self, glance: Glance) -> None:
            super().__init__()
            self.glance = glance

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sampler = MachineSampler(lambda reading: self.post_message(self.MachineSampled(reading)))
        self._reader = GlanceReader(context.store)
        self._visible = asyncio.Event()
        self._changed = asyncio.Event()
        """Set when a job has changed since the last look."""
        self._followed: JobFolder | None = None
        self._update: JobUpdate | None = None
        self._glance: Glance | None = None
        self._reading: MachineReading | None = None
        self._painted = 0.0
        self._paint_due = False

    def compose_body(self) -> ComposeResult:
        glyphs = self.context.glyphs
        yield SetupView(self.context)
        with Horizontal(id="home-steps"):
            for number, (step, title, _) in enumerate(STEPS):
                if number:
                    yield Static(">" if glyphs.ascii_only else "▶", classes="arrow")
                yield _joined(StepCard(step, title, glyphs))
        yield _joined(
            FramedLines[Overview](
                "next step", lambda overview, width, _: [next_step_line(overview, width, glyphs)], id="home-next"
            )
        )
        with Container(id="home-parts"):
            yield _joined(JobPanel(glyphs, id="home-job"))
            yield _joined(FramedLines[BestModel | str]("best model", self._best_lines, id="home-best"))
            yield _joined(
                FramedLines[MachineReading](
                    "machine",
                    lambda reading, width, height: machine_lines(reading, width, height, glyphs),
                    id="home-machine",
                )
            )
            yield FramedLines[tuple[Happened, ...]](
                "lately",
                lambda events, width, height: recent_lines(events[:height], time.time(), width, glyphs),
                id="home-recent",
            )

    def on_mount(self) -> None:
        super().on_mount()
        if self.setup.is_first_run:
            self.action_open_setup()
        else:
            self.query_one(StepCard).focus()
        self._follow_jobs(self.context.jobs)
        self.context.jobs_changed.subscribe(self, self._follow_jobs)
        self._read_glances()

    def on_screen_resume(self) -> None:
        self._visible.set()
        self._changed.set()
        self._sampler.resume()

    def on_screen_suspend(self) -> None:
        self._visible.clear()
        self._sampler.pause()

    def on_unmount(self) -> None:
        self._sampler.end()

    # Reading.

    @work(group="glance", exit_on_error=False)
    async def _read_glances(self) -> None:
        """Read when a job has changed, and now and then, while the pane is shown."""
        while True:
            await self._visible.wait()
            self._changed.clear()
            context = self.context
            sources = Sources(context.taxonomy_path, context.taxonomy_base, context.lint)
            glance = await asyncio.to_thread(self._reader.read, sources, context.jobs)
            if glance != self._glance:
                self.post_message(self.GlanceRead(glance))
            try:
                async with asyncio.timeout(READ_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(PAINT_SECONDS)

    def _follow_jobs(self, jobs: tuple[Observation, ...]) -> None:
        self._changed.set()
        job = next((job for job in jobs if job.status not in ENDED and job.spec.kind != "serve"), None)
        job = job or next((job for job in jobs if job.spec.kind != "serve"), None)
        if job is None:
            self._followed = self._update = None
            self.workers.cancel_group(self, "follow")
        elif self._followed is None or self._followed.id != job.spec.id:
            self._followed, self._update = JobFolder(self.context.store.root / job.spec.id), None
            self._follow(JobFollower(self._followed))
        self._paint_soon()

    @work(group="follow", exclusive=True, exit_on_error=False)
    async def _follow(self, follower: JobFollower) -> None:
        while True:
            await self._visible.wait()
            update = await asyncio.to_thread(follower.read, log=False)
            if update is not None:
                self.post_message(self.JobRead(follower.folder.id, update))
            await asyncio.sleep(PAINT_SECONDS if update is None or update.complete else 0.01)

    def on_home_pane_job_read(self, message: JobRead) -> None:
        if self._followed is not None and message.job == self._followed.id and message.update.complete:
            self._update = message.update
            self._paint_soon()

    def on_home_pane_machine_sampled(self, message: MachineSampled) -> None:
        self._reading = message.reading
        self.setup.show_gpus(message.reading.gpus)
        self._paint_soon()

    def on_home_pane_glance_read(self, message: GlanceRead) -> None:
        self._glance = message.glance
        self._paint_soon()

    # Painting: whatever has changed is shown together, at most twice a second.

    def _paint_soon(self) -> None:
        if not self._paint_due:
            self._paint_due = True
            self.set_timer(max(0.001, self._painted + PAINT_SECONDS - time.monotonic()), self._paint)

    def _paint(self) -> None:
        self._paint_due, self._painted = False, time.monotonic()
        with self.app.batch_update():
            if self._glance is not None:
                self._show_glance(self._glance)
            if self._reading is not None:
                self.query_one("#home-machine", FramedLines).show(self._reading)
            self._show_job()

    def _show_glance(self, glance: Glance) -> None:
        overview = glance.overview
        for step in overview.steps:
            self.query_one(f"#step-{step.name}", StepCard).show((step, share_of(step, overview)))
        self.query_one("#home-next", FramedLines).show(overview)
        best = overview.best
        title = f"best model {'-' if self.context.glyphs.ascii_only else '·'} {best.name}" if best else ""
        self.query_one("#home-best", FramedLines).show(best or NO_MODEL, title)
        place = f"{self.context.taxonomy_path.name} on {glance.branch}" if glance.branch else ""
        self.query_one("#home-recent", FramedLines).show(glance.events, figures=place)

    def _show_job(self) -> None:
        job = next((job for job in self.context.jobs if self._followed and job.spec.id == self._followed.id), None)
        if job is not None and self._update is not None:
            self.job_panel.show(job, self._update.state, self._update.curve_name, self._update.curves)
        elif job is None:
            self.job_panel.show_hint(NO_JOB)

    def _best_lines(self, best: BestModel | str, width: int, height: int) -> list[Content]:
        if isinstance(best, str):
            return [Content.styled(line, "$foreground-muted") for line in wrap(best, max(10, width))]
        return best_lines(best, width, height, self.context.glyphs)

    # The set-up.

    def action_open_setup(self) -> None:
        self.add_class("-setup")
        self.setup.open()
        self.refresh_bindings()

    @on(SetupView.Left)
    def action_leave_setup(self) -> None:
        self.remove_class("-setup")
        self.query_one(StepCard).focus()
        self._changed.set()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the keys of the set-up while it is not shown."""
        if action in ("open_setup", "leave_setup"):
            return self.has_class("-setup") == (action == "leave_setup")
        return True

    # The cards.

    def action_move_card(self, by: int) -> None:
        cards = list(self.query(StepCard))
        at = next((number for number, card in enumerate(cards) if card.has_focus), 0)
        cards[(at + by) % len(cards)].focus()

    @on(StepCard.Opened)
    async def _open_step(self, message: StepCard.Opened) -> None:
        name = message.card.step_name
        step = self._glance.overview.step(name) if self._glance else None
        if step is not None and step.state == "running" and step.job is not None:
            await self.run_action(f"app.show_job('{step.job}')")
            return
        pane = next(pane for known, _, pane in STEPS if known == name)
        if name == "serve" and (step is None or step.state != "done"):
            pane = "models"
        shown = {pane for _, _, pane in self.context.tabs}
        await self.run_action(f"app.show_pane('{pane if pane in shown else 'jobs'}')")


def _joined(part: Part) -> Part:
    """A part whose frame shares its lower line with the next one on narrow screens."""
    part.add_class("-joined", update=False)
    return part
