"""The Models pane: what is served and transferred, what is on this machine, and the catalog."""

from __future__ import annotations

from collections.abc import Sequence

from textual import getters, on, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from core import paths
from core.figures import counted, size
from core.jobs.observe import Observation
from core.models.fit import MachineMemory, fit_of
from core.overview.models import Activity, ModelsReading, read_activity, read_models
from tui.context import Context
from tui.screens.models.actions import Chosen
from tui.screens.models.filtering import FilteredModels
from tui.screens.models.keys import KEYS
from widgets.lists.filter_input import FilterInput
from widgets.lists.row_list import RowList
from widgets.models.catalog_row import CatalogLine, catalog_row
from widgets.models.detail_text import catalog_lines, here_lines, machine_text, running_lines
from widgets.models.here_row import HereLine, here_header, here_row
from widgets.models.lists import CatalogList, HereList, RunningList
from widgets.models.running_row import RunningLine, running_row
from widgets.shell.frames import Framed, set_frame
from widgets.shell.text_line import TextLine

READ_SECONDS = 5.0
"""Between two readings of the folders while the pane is shown."""

NOTHING_RUNS = "Nothing is served or downloaded. s serves a model."
NO_MODELS = "No models here yet. Press d to download one; tab leads to the catalog."
ONLY_CHECKPOINTS = "Only checkpoints; o shows them."
NO_MATCH = "No model matches the filter; esc shows all."


class DetailText(TextLine, Framed):
    """The lines about what is under the cursor."""


class ModelsPane(FilteredModels):
    """Three lists and the detail of the row under the cursor of the one that has the focus."""

    NAME = "models"
    ABOUT = (
        "Models: what is served and where, downloads and uploads that run, what is on this machine with its state, and "
        "the documented models, those first that fit the memory of this machine (a fifth more than the weights). "
        "tab moves between the lists; enter uses the row: chat with what is served, serve what is here, download what "
        "is not. ! marks models that customizing needs and that are missing, * the best checkpoint."
    )
    CSS_PATH = "pane.tcss"
    PARTS = (RunningList, HereList, CatalogList)
    BINDINGS = KEYS

    detail = getters.query_one("#models-detail", DetailText)

    class ModelsRead(Message):
        """The folders were read."""

        def __init__(self, reading: ModelsReading) -> None:
            super().__init__()
            self.reading = reading

    class ActivityRead(Message):
        """The jobs' logs were read."""

        def __init__(self, activity: Activity) -> None:
            super().__init__()
            self.activity = activity

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._reading: ModelsReading | None = None
        self._activity = Activity()
        self._with_checkpoints = True
        self._timer: Timer | None = None

    def compose_body(self) -> ComposeResult:
        with Container(id="models-parts"):
            with Container(id="models-lists"):
                with Container(id="models-running-part", classes="frame -joined"):
                    yield RunningList(NOTHING_RUNS, id="models-running")
                with Container(id="models-here-part", classes="frame -joined"):
                    yield Static("", id="models-header")
                    yield HereList("Reading the models.", id="models-here")
                with Container(id="models-catalog-part", classes="frame -joined"):
                    yield CatalogList(id="models-catalog")
                yield FilterInput()
            yield DetailText("", id="models-detail", classes="frame")

    def on_mount(self) -> None:
        set_frame(self.query_one("#models-running-part"), "serving and transfers")
        set_frame(self.query_one("#models-here-part"), "here")
        set_frame(self.query_one("#models-catalog-part"), "catalog")
        set_frame(self.detail, "detail")
        self.here.focus()
        self._timer = self.set_interval(READ_SECONDS, self.read_again, pause=True)
        self.follow(self.context.jobs_changed, self._jobs_changed)
        self._jobs_changed(self.context.jobs)

    def on_screen_resume(self) -> None:
        if self._timer is not None:
            self._timer.resume()
        self.read_again()

    def on_screen_suspend(self) -> None:
        if self._timer is not None:
            self._timer.pause()

    def on_resize(self) -> None:
        self.call_after_refresh(self.show_lists)

    # Reading.

    def read_again(self) -> None:
        self._read_models(self._reading and self._reading.machine)
        self._read_activity(self.context.jobs)

    @work(thread=True, exclusive=True, group="read-models", exit_on_error=False)
    def _read_models(self, machine: MachineMemory | None) -> None:
        self.post_message(self.ModelsRead(read_models(self.context.jobs, machine)))

    def _jobs_changed(self, jobs: tuple[Observation, ...]) -> None:
        self._read_activity(jobs)

    @work(thread=True, exclusive=True, group="read-activity", exit_on_error=False)
    def _read_activity(self, jobs: Sequence[Observation]) -> None:
        self.post_message(self.ActivityRead(read_activity(jobs)))

    def on_models_pane_models_read(self, message: ModelsRead) -> None:
        self._reading = message.reading
        self.show_lists()

    def on_models_pane_activity_read(self, message: ActivityRead) -> None:
        before, self._activity = self._activity, message.activity
        if {job.spec.id for job in before.jobs} - {job.spec.id for job in self._activity.jobs}:
            self._read_models(self._reading and self._reading.machine)  # a download has ended
        self.show_lists()

    # Showing.

    def show_lists(self) -> None:
        glyphs, reading = self.context.glyphs, self._reading
        jobs = {job.spec.id: job for job in self.context.jobs}
        servers = [RunningLine(each, jobs.get(each.job or "")) for each in self._activity.servers]
        others = [RunningLine(job=jobs.get(job.spec.id, job)) for job in self._activity.jobs]
        self._running_lines = [line for line in (*servers, *others) if self.matches(line.title)]
        nothing = NO_MATCH if self.filter_text and (servers or others) else NOTHING_RUNS
        self.running.set_rows([running_row(line, glyphs) for line in self._running_lines], nothing)
        if not self._running_lines and self.focused is self.running:
            self.here.focus()  # what it showed has ended
        rows = max(1, min(len(self._running_lines), 5))
        self.running.styles.height = rows
        self._set_running_frame(len(servers), len(others))
        if reading is None:
            return
        best = reading.best.path if reading.best else None
        lines = [
            HereLine(one, served=self._activity.serves(one.path) is not None, best=str(one.path) == best)
            for one in reading.here
            if (self._with_checkpoints or one.kind != "checkpoint") and self.matches(one.name, one.kind)
        ]
        self._here_lines = sorted(lines, key=lambda line: (not line.served, not line.best))
        empty = NO_MODELS if not reading.here else NO_MATCH if self.filter_text else ONLY_CHECKPOINTS
        self.here.set_rows([here_row(line, glyphs) for line in self._here_lines], empty)
        self._catalog_lines = [
            CatalogLine(entry, fit)
            for entry, fit in reading.entries
            if self.matches(entry.model.name, entry.model.kind, entry.model.purpose)
        ]
        self.entries.set_rows([catalog_row(line, glyphs) for line in self._catalog_lines], NO_MATCH)
        self.call_after_refresh(self._show_header)
        self._set_frames(reading)
        self._show_detail()

    def _show_header(self) -> None:
        """Name the columns; a scroll bar takes one."""
        self.query_one("#models-header", Static).update(here_header(self.here.scrollable_content_region.width))

    _running_lines: Sequence[RunningLine] = ()
    _here_lines: Sequence[HereLine] = ()
    _catalog_lines: Sequence[CatalogLine] = ()

    def _middot(self) -> str:
        return " - " if self.context.glyphs.ascii_only else " · "

    def _set_running_frame(self, servers: int, transfers: int) -> None:
        parts = [counted(servers, "server")] if servers else []
        parts += [counted(transfers, "transfer")] if transfers else []
        set_frame(self.query_one("#models-running-part"), self._middot().join(["serving and transfers", *parts]))

    def _set_frames(self, reading: ModelsReading) -> None:
        models = [one for one in reading.here if one.kind == "model"]
        checkpoints = [one for one in reading.here if one.kind == "checkpoint"]
        parts = ["here", counted(len(models), "model")]
        parts += [counted(len(checkpoints), "checkpoint")] if checkpoints else []
        parts.append(size(sum(one.model.size for one in reading.here)) or "0 B")
        parts += [f"/{self.filter_text}"] if self.filter_text else []
        folder = str(paths.current().models_dir)
        set_frame(self.query_one("#models-here-part"), self._middot().join(parts), folder)
        parts = ["catalog", "fits this machine first"]
        parts += [f"! {reading.missing} needed are missing"] if reading.missing else []
        parts += [f"/{self.filter_text}"] if self.filter_text else []
        set_frame(self.query_one("#models-catalog-part"), self._middot().join(parts), machine_text(reading.machine))

    @property
    def chosen(self) -> Chosen:
        focused = self.focused
        if isinstance(focused, RunningList) and (line := self._running_line) is not None:
            return Chosen(job=line.job, server=line.server)
        if isinstance(focused, CatalogList):
            entry = next((one.entry for one in self._catalog_lines if one.entry.model.name == focused.cursor_key), None)
            return Chosen(entry=entry)
        if isinstance(focused, HereList):
            here = next((one.here for one in self._here_lines if str(one.here.path) == focused.cursor_key), None)
            return Chosen(here=here, server=None if here is None else self._activity.serves(here.path))
        return Chosen()

    @property
    def _running_line(self) -> RunningLine | None:
        return next((line for line in self._running_lines if line.key == self.running.cursor_key), None)

    @on(RowList.Moved)
    def _moved(self) -> None:
        self._show_detail()

    def on_descendant_focus(self) -> None:
        self._show_detail()

    def _show_detail(self) -> None:
        if not self.is_mounted or self._reading is None:
            return
        reading, glyphs, width = self._reading, self.context.glyphs, max(20, self.detail.size.width)
        chosen, title = self.chosen, "detail"
        lines: list[Content] = []
        if isinstance(self.focused, RunningList):
            if (line := self._running_line) is not None:
                title, lines = line.title, running_lines(line, width, glyphs)
        elif chosen.here is not None:
            one = next(line for line in self._here_lines if line.here is chosen.here)
            fit = fit_of(chosen.here.model.size, reading.machine)
            title, lines = chosen.here.name, here_lines(one, fit, reading.best, width, glyphs)
        elif chosen.entry is not None:
            found = next(line for line in self._catalog_lines if line.entry is chosen.entry)
            title = f"{chosen.entry.model.name}{self._middot()}{chosen.entry.model.kind}"
            lines = catalog_lines(found, reading.machine, width, glyphs)
        set_frame(self.detail, title)
        self.detail.update(Content("\n").join(lines))
        self.refresh_bindings()

    # Actions.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide keys that do not apply to what is under the cursor."""
        if action == "show_all_models":
            return bool(self.filter_text)
        if action == "filter_models":
            return not self.is_mounted or not self.filter_line.has_focus
        if action == "toggle_checkpoints":
            return self._reading is not None and any(one.kind == "checkpoint" for one in self._reading.here)
        return not self.is_mounted or self.applies(action)

    def action_toggle_checkpoints(self) -> None:
        self._with_checkpoints = not self._with_checkpoints
        self.show_lists()

    @on(RowList.Opened)
    async def _open_row(self, message: RowList.Opened) -> None:
        if message.row_list is self.running:
            await self.open_running()
        elif message.row_list is self.here:
            await self.use_model()
        else:
            await self.get_model()

    def is_ready(self) -> bool:
        return self._reading is not None
