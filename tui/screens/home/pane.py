"""The Home pane: the LAB method as five steps, what runs, the best model, the machine, and what happened lately."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from core.overview.model import BestModel, Overview, StepName
from core.setup.state import read_setup
from core.system.sampler import MachineReading
from tui.context import Context
from tui.screens.home.readings import PAINT_SECONDS, HomeReadings
from widgets.home.best_text import best_lines
from widgets.home.framed_lines import FramedLines
from widgets.home.job_panel import JobPanel
from widgets.home.machine_lines import machine_lines
from widgets.home.recent_text import recent_lines
from widgets.home.step_card import StepCard
from widgets.home.step_text import next_step_line, share_of

if TYPE_CHECKING:
    from core.overview.glance import Glance
    from core.overview.recent import Happened
    from tui.screens.home.setup_view import SetupView

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


class HomePane(HomeReadings):
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
        Binding(
            "n",
            "start_quickstart",
            "New",
            id="home.start-quickstart",
            tooltip="Start the quickstart: all five steps on a small sample; takes about 3 to 20 minutes.",
        ),
        Binding("escape", "leave_setup", "Home", id="home.leave-set-up", tooltip="Leave the set-up."),
        Binding("left,up", "move_card(-1)", show=False, id="list.previous-card", tooltip="Go to the previous step."),
    ]

    job_panel = getters.query_one("#home-job", JobPanel)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._setup = read_setup(context.taxonomy_path, context.settings_file)
        self.set_class(self._setup.is_first_run and not context.jobs, "-setup", update=False)
        self._painted = self._opened_at = 0.0
        self._due: Timer | None = None
        self._paint_missed = False
        """Whether something changed while the pane was hidden."""

    def compose_body(self) -> ComposeResult:
        glyphs = self.context.glyphs
        if self.has_class("-setup"):
            yield self._setup_view()
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
            yield FramedLines["tuple[Happened, ...]"]("lately", self._recent_lines, id="home-recent")

    def on_mount(self) -> None:
        if not self.has_class("-setup"):
            self.query_one(StepCard).focus()

    # Painting: whatever has changed is shown together, at most once a second, and only while the pane is shown.
    # What was read before the pane was hidden is old, so in the first second every reading is shown at once.

    def readings_changed(self) -> None:
        if self._due is None:
            now = time.monotonic()
            just_opened = now < self._opened_at + PAINT_SECONDS
            seconds = 0.0 if just_opened else self._painted + PAINT_SECONDS - now
            self._due = self.set_timer(max(0.001, seconds), self._paint)

    def on_screen_resume(self) -> None:
        self._opened_at = time.monotonic()
        if self._paint_missed or self._due is not None:
            self._paint()

    def _paint(self) -> None:
        if self._due is not None:
            self._due.stop()
        self._due, self._paint_missed = None, not self.is_current
        if self._paint_missed:
            return
        self._painted = time.monotonic()
        with self.app.batch_update():
            if self.glance is not None:
                self._show_glance(self.glance)
            if self.reading is not None:
                for setup in self._setup_views():
                    setup.show_gpus(self.reading.gpus)
                self.query_one("#home-machine", FramedLines).show(self.reading)
            self._show_job()

    def _show_glance(self, glance: Glance) -> None:
        overview = glance.overview
        for step in overview.steps:
            self.query_one(f"#step-{step.name}", StepCard).show_step(step, share_of(step, overview))
        self.query_one("#home-next", FramedLines).show(overview)
        best = overview.best
        title = f"best model {'-' if self.context.glyphs.ascii_only else '·'} {best.name}" if best else ""
        self.query_one("#home-best", FramedLines).show(best or NO_MODEL, title)
        place = f"{self.context.taxonomy_path.name} on {glance.branch}" if glance.branch else ""
        self.query_one("#home-recent", FramedLines).show(glance.events, figures=place)

    def _show_job(self) -> None:
        job, update = self.followed_job, self.job_update
        if job is not None and update is not None:
            self.job_panel.show(job, update.state, update.curve_name, update.curves)
        elif job is None:
            self.job_panel.show_hint(NO_JOB)

    def _recent_lines(self, events: tuple[Happened, ...], width: int, height: int) -> list[Content]:
        return recent_lines(events[:height], time.time(), width, self.context.glyphs)

    def _best_lines(self, best: BestModel | str, width: int, height: int) -> list[Content]:
        if isinstance(best, str):
            return [Content.styled(line, "$foreground-muted") for line in wrap(best, max(10, width))]
        return best_lines(best, width, height, self.context.glyphs)

    # The set-up.

    def _setup_view(self) -> SetupView:
        from tui.screens.home.setup_view import SetupView  # seldom needed, and takes a while to import

        return SetupView(self.context, self._setup, self.reading.gpus if self.reading else None)

    def _setup_views(self) -> Iterable[SetupView]:
        return cast("Iterable[SetupView]", self.query("#home-setup"))

    @work(group="setup", exclusive=True, exit_on_error=False)
    async def action_open_setup(self) -> None:
        """Show what is set up now."""
        context = self.context
        self._setup = await asyncio.to_thread(read_setup, context.taxonomy_path, context.settings_file)
        self.add_class("-setup")
        await self.mount(self._setup_view(), before="#home-steps")
        self.refresh_bindings()

    async def on_setup_view_left(self) -> None:
        await self.action_leave_setup()

    async def action_leave_setup(self) -> None:
        self.remove_class("-setup")
        await self.query("#home-setup").remove()
        self.query_one(StepCard).focus()
        self.look_again()
        self.refresh_bindings()

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_start_quickstart(self) -> None:
        from tui.screens.shared.quickstart import start_quickstart  # seldom needed, and takes a while to import

        if await start_quickstart(self.app, self.context) is not None and self.has_class("-setup"):
            await self.action_leave_setup()

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
        step = self.glance.overview.step(name) if self.glance else None
        if step is not None and name == "train" and step.state == "running" and step.job is not None:
            await self.run_action(f"app.show_training({step.job!r})")
            return
        if step is not None and step.state == "running" and step.job is not None:
            await self.run_action(f"app.show_job('{step.job}')")
            await self.app.run_action("screen.attach_job")
            return
        pane = next(pane for known, _, pane in STEPS if known == name)
        if name == "serve" and (step is None or step.state != "done"):
            pane = "models"
        await self.run_action(f"app.show_pane('{pane}')")


def _joined(part: Part) -> Part:
    """A part whose frame shares its lower line with the next one on narrow screens."""
    part.add_class("-joined", update=False)
    return part
