"""The Home pane: the LAB method as five steps, what runs, the best model, the machine, and what happened lately."""

from __future__ import annotations

import asyncio
import time
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from core.jobs.folder import JobFolder
from core.jobs.follow import JobFollower, JobUpdate
from core.jobs.observe import Observation
from core.overview.best import best_model
from core.overview.model import BestModel
from core.overview.recent import Happened, happened
from core.system.sampler import MachineReading, MachineSampler
from core.taxonomy.git.history import newest_commits
from tui.context import Context
from tui.screens.shared.pane import Pane
from widgets.glyphs import STATUS_STYLES
from widgets.home.best_text import best_lines
from widgets.home.framed_lines import FramedLines
from widgets.home.job_panel import JobPanel
from widgets.home.machine_lines import machine_lines
from widgets.home.recent_text import recent_lines
from widgets.home.step_card import StepCard

TICK_SECONDS = 0.5
"""Between two looks at the followed job: no more than two updates a second are drawn."""

COMMITS = 20
"""How many of the newest commits are read."""

EVENTS = 30
"""How many of the newest events are kept."""

STEPS = (
    ("taxonomy", "2 Taxonomy", "taxonomy", ()),
    ("data", "3 Data", "data", ("generate",)),
    ("train", "4 Train", "train", ("train",)),
    ("evaluate", "5 Evaluate", "evaluate", ("evaluate",)),
    ("serve", "6 Chat", "chat", ("serve",)),
)
"""Id, title, pane and kinds of job of each step."""


class HomePane(Pane):
    """Everything at a glance; the cards of the steps open their panes."""

    NAME = "home"
    ABOUT = (
        "The LAB method as five steps: write a taxonomy of questions and answers, generate data from it, train, "
        "evaluate, then serve the model and talk to it. Each card shows the state of a step; enter opens its pane, "
        "or the job that runs. Below are the running job with its loss, the best model against its base, this machine, "
        "and what happened lately."
    )
    CSS_PATH = "pane.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "right,down", "move_card(1)", "Next step", show=False, id="list.next-card", tooltip="Go to the next step."
        ),
        Binding(
            "left,up",
            "move_card(-1)",
            "Previous step",
            show=False,
            id="list.previous-card",
            tooltip="Go to the previous step.",
        ),
    ]

    job_panel = getters.query_one("#home-job", JobPanel)

    class JobRead(Message):
        """New events of the followed job were read."""

        def __init__(self, job: str, update: JobUpdate) -> None:
            super().__init__()
            self.job = job
            self.update = update

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, HomePane.JobRead) and message.job == self.job

    class MachineSampled(Message):
        """A new reading was made."""

        def __init__(self, reading: MachineReading) -> None:
            super().__init__()
            self.reading = reading

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, HomePane.MachineSampled)

    class Looked(Message):
        """The taxonomy's repository and the results were read."""

        def __init__(self, events: tuple[Happened, ...], best: BestModel | None) -> None:
            super().__init__()
            self.events = events
            self.best = best

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sampler = MachineSampler(lambda reading: self.post_message(self.MachineSampled(reading)))
        self._visible = asyncio.Event()
        self._followed: JobFolder | None = None
        self._update: JobUpdate | None = None

    def compose_body(self) -> ComposeResult:
        glyphs = self.context.glyphs
        with Horizontal(id="home-steps"):
            for step, title, _, _ in STEPS:
                yield StepCard(step, title)
        yield Static("", id="home-next", markup=False)
        with Container(id="home-parts"):
            yield JobPanel(glyphs, id="home-job")
            yield FramedLines[BestModel | str]("best model", self._best_lines, id="home-best")
            yield FramedLines[MachineReading](
                "machine",
                lambda reading, width, height: machine_lines(reading, width, height, glyphs),
                id="home-machine",
            )
            yield FramedLines[tuple[Happened, ...]](
                "lately",
                lambda events, width, height: recent_lines(events[:height], time.time(), width, glyphs),
                id="home-recent",
            )

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(StepCard).focus()
        self._show_jobs(self.context.jobs)
        self.context.jobs_changed.subscribe(self, self._show_jobs)

    def on_screen_resume(self) -> None:
        self._visible.set()
        self._sampler.resume()
        self._look()

    def on_screen_suspend(self) -> None:
        self._visible.clear()
        self._sampler.pause()

    def on_unmount(self) -> None:
        self._sampler.end()

    # The cards.

    def action_move_card(self, by: int) -> None:
        cards = list(self.query(StepCard))
        at = next((number for number, card in enumerate(cards) if card.has_focus), 0)
        cards[(at + by) % len(cards)].focus()

    @on(StepCard.Opened)
    async def _open_step(self, message: StepCard.Opened) -> None:
        _, _, pane, kinds = next(step for step in STEPS if step[0] == message.card.step)
        job = next((job for job in self.context.jobs if job.spec.kind in kinds), None)
        known = {name for _, _, name in self.context.tabs}
        if job is not None and job.status in ("queued", "running", "stalled"):
            await self.run_action(f"app.show_job('{job.spec.id}')")
        else:
            await self.run_action(f"app.show_pane('{pane if pane in known else 'jobs'}')")

    def _show_cards(self) -> None:
        glyphs = self.context.glyphs
        for step, _, _, kinds in STEPS:
            job = next((job for job in self.context.jobs if job.spec.kind in kinds), None)
            if job is None:
                lines = [Content.styled(f"{glyphs.status['waiting']} nothing yet", "$foreground-muted")]
            else:
                lines = [Content.styled(f"{glyphs.status[job.status]} {job.status}", STATUS_STYLES[job.status])]
                if job.progress is not None and job.status == "running":
                    lines.append(Content(f"  {int(100 * job.progress)}%"))
            self.query_one(f"#step-{step}", StepCard).show(lines)

    # The jobs.

    def _show_jobs(self, jobs: tuple[Observation, ...]) -> None:
        self._show_cards()
        self._look()
        job = self._job_to_follow(jobs)
        if job is None:
            self._followed = self._update = None
            self.workers.cancel_group(self, "follow")
            self.job_panel.show_hint("Nothing runs. Every long task is a job and is shown here while it runs.")
        elif self._followed is None or self._followed.id != job.spec.id:
            self._followed, self._update = JobFolder(self.context.store.root / job.spec.id), None
            self._follow(JobFollower(self._followed))
        self._show_job()

    def _job_to_follow(self, jobs: tuple[Observation, ...]) -> Observation | None:
        """The newest running job, or else the newest one."""
        return next((job for job in jobs if job.status in ("queued", "running", "stalled")), next(iter(jobs), None))

    @work(group="follow", exclusive=True, exit_on_error=False)
    async def _follow(self, follower: JobFollower) -> None:
        while True:
            await self._visible.wait()
            update = await asyncio.to_thread(follower.read, log=False)
            if update is not None:
                self.post_message(self.JobRead(follower.folder.id, update))
            await asyncio.sleep(TICK_SECONDS if update is None or update.complete else 0.01)

    def on_home_pane_job_read(self, message: JobRead) -> None:
        if self._followed is not None and message.job == self._followed.id and message.update.complete:
            self._update = message.update
            self._show_job()

    def _show_job(self) -> None:
        job = next((job for job in self.context.jobs if self._followed and job.spec.id == self._followed.id), None)
        if job is not None and self._update is not None:
            self.job_panel.show(job, self._update.state, self._update.curve_name, self._update.curves)

    # The machine, the results and the taxonomy's repository.

    def on_home_pane_machine_sampled(self, message: MachineSampled) -> None:
        self.query_one("#home-machine", FramedLines).show(message.reading)

    @work(group="look", thread=True, exclusive=True, exit_on_error=False)
    def _look(self) -> None:
        jobs = self.context.jobs
        commits = newest_commits(self.context.taxonomy_path, COMMITS)
        self.post_message(self.Looked(happened(jobs, commits, EVENTS), best_model(jobs)))

    def on_home_pane_looked(self, message: Looked) -> None:
        self.query_one("#home-recent", FramedLines).show(message.events)
        self.query_one("#home-best", FramedLines).show(message.best or "No model was scored yet.")

    def _best_lines(self, best: BestModel | str, width: int, height: int) -> list[Content]:
        if isinstance(best, str):
            return [Content.styled(best, "$foreground-muted")]
        return best_lines(best, width, height, self.context.glyphs)
