"""The Train pane: the charts of a training, its checkpoints with their scores, and all trainings."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import getters, on, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.message import Message

from core.jobs.observe import ENDED, Observation
from core.overview.training.charts import OVERLAYS, OWN
from core.overview.training.stages import TRAINS
from tui.context import Context
from tui.screens.train.actions import TrainActions
from tui.screens.train.keys import KEYS
from widgets.lists.row_list import RowList
from widgets.shell.frames import Framed, frame_room, set_frame
from widgets.shell.text_line import TextLine
from widgets.train.chart_grid import ChartGrid
from widgets.train.checkpoint_row import checkpoint_row
from widgets.train.head_text import head_figures, head_lines, head_title, reading_line, stages_lines
from widgets.train.lists import CheckpointList, RunList
from widgets.train.run_row import RunLine, run_header, run_row

if TYPE_CHECKING:
    from core.overview.training.checkpoints import CheckpointFacts
    from core.overview.training.follow import TrainingReader, TrainingUpdate
    from core.overview.training.runs import RunReader, RunSummary

TICK_SECONDS = 1.0
"""Between two readings of what runs; at once when another training is chosen."""

NO_RUNS = (
    "No training yet. Press t for the form that starts one. Home (0) has the quickstart, which trains a tiny model."
)
NO_CHECKPOINTS = "No checkpoint yet."


class HeadText(TextLine, Framed):
    """The lines about the training."""


class StagesText(TextLine, Framed):
    """The stages of a job that has not begun to train."""


class TrainPane(TrainActions):
    """Shows one training live, and any others over its charts."""

    NAME = "train"
    ABOUT = (
        "Trainings: the newest one, or the one chosen with enter in the list, is shown live. Charts: loss (smoothed, "
        "raw, and on held-out samples), learning rate, gradient norm, tokens and samples per second, GPUs, memory and "
        "padding, over the steps of all phases. m makes the next chart the large one, and space in the list draws "
        "another training over them. Checkpoints have the scores by which the best one (*) is chosen; a tie is a "
        "difference within the standard error. t opens the form that starts a training, with its estimate."
    )
    CSS_PATH = "pane.tcss"
    PARTS = (RunList, CheckpointList)
    BINDINGS = KEYS

    head = getters.query_one("#train-head", HeadText)
    grid = getters.query_one("#train-charts", ChartGrid)
    checkpoints = getters.query_one("#train-checkpoints", CheckpointList)
    runs = getters.query_one("#train-runs", RunList)

    class TrainingRead(Message):
        """The training that is shown was read."""

        def __init__(self, update: TrainingUpdate) -> None:
            super().__init__()
            self.update = update

    class RunsRead(Message):
        """The list of trainings was read."""

        def __init__(self, runs: tuple[RunSummary, ...]) -> None:
            super().__init__()
            self.runs = runs

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._reader: TrainingReader | None = None
        self._run_reader: RunReader | None = None
        self._chosen: str | None = None
        """The training that was chosen; None for the newest."""
        self._wanted: str | None = None
        """The training to move the cursor to once it is in the list."""
        self._keys_for: tuple[str, str] | None = None
        """The job and the status that the keys were last shown for."""
        self._marked: list[str] = []
        self._update: TrainingUpdate | None = None
        self._runs: tuple[RunSummary, ...] = ()
        self._visible = asyncio.Event()
        self._changed = asyncio.Event()
        """Set when another training was chosen or marked, or a job has changed."""
        self._jobs_changed = asyncio.Event()

    def compose_body(self) -> ComposeResult:
        glyphs = self.context.glyphs
        with Container(id="train-parts"):
            yield HeadText("", id="train-head", classes="-joined")
            with Container(id="train-middle"):
                yield StagesText("", id="train-stages", classes="-joined")
                yield ChartGrid(glyphs, id="train-charts")
                with Container(id="train-checkpoints-part", classes="-joined"):
                    yield CheckpointList(NO_CHECKPOINTS, id="train-checkpoints")
            with Container(id="train-runs-part"):
                yield TextLine("", id="train-header")
                yield RunList(NO_RUNS, id="train-runs")

    def on_mount(self) -> None:
        super().on_mount()
        set_frame(self.head, "training")
        set_frame(self.query_one("#train-stages"), "stages")
        set_frame(self.query_one("#train-checkpoints-part"), "checkpoints")
        set_frame(self.query_one("#train-runs-part"), "trainings")
        self.runs.focus()
        self._take_jobs(self.context.jobs)
        self.context.jobs_changed.subscribe(self, self._take_jobs)
        self._follow()
        self._read_runs()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_all)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._visible.set()
        self._changed.set()

    def on_screen_suspend(self) -> None:
        self._visible.clear()

    # Which training is shown.

    @property
    def shown(self) -> Observation | None:
        """The chosen training, else the newest that runs, else the newest."""
        trainings = [job for job in self.context.jobs if job.spec.kind in TRAINS]
        chosen = next((job for job in trainings if job.spec.id == self._chosen), None)
        running = next((job for job in trainings if job.status not in ENDED), None)
        return chosen or running or next(iter(trainings), None)

    @property
    def chosen_run(self) -> Observation | None:
        if self.is_mounted and self.runs.has_focus:
            under = next((job for job in self.context.jobs if job.spec.id == self.runs.cursor_key), None)
            return under or self.shown
        return self.shown

    @property
    def chosen_checkpoint(self) -> CheckpointFacts | None:
        if self._update is None or not self.is_mounted:
            return None
        key = self.checkpoints.cursor_key
        return next((one for one in self._update.checkpoints if one.path == key), None)

    def update_of(self, job: str) -> TrainingUpdate | None:
        return self._update if self._update is not None and self._update.job == job else None

    def base_model(self) -> str:
        return "" if self._update is None else self._update.facts.model_path

    def show_training(self, job: str) -> None:
        self._chosen = self._wanted = job
        self._changed.set()
        self._take_jobs(self.context.jobs)
        self._show_runs()

    def _take_jobs(self, _jobs: tuple[Observation, ...]) -> None:
        self._jobs_changed.set()
        shown = self.shown
        if shown is None or (self._update is not None and self._update.job != shown.spec.id):
            self._update = None
            self._changed.set()
        self.set_class(shown is None, "-empty")
        self._show_head()
        chosen = self.chosen_run
        keys_for = None if chosen is None else (chosen.spec.id, chosen.shown_status)
        if keys_for != self._keys_for:
            self._keys_for = keys_for
            self.refresh_bindings()

    # Reading.

    @work(group="follow", exclusive=True, exit_on_error=False)
    async def _follow(self) -> None:
        """Read what is new about the shown training, while the pane is shown."""
        while True:
            await self._visible.wait()
            self._changed.clear()
            job = self.shown
            update = None if job is None else await asyncio.to_thread(self._read_training, job, tuple(self._marked))
            if update is not None:
                self.post_message(self.TrainingRead(update))
            waits = TICK_SECONDS if update is None or update.complete else 0.01
            try:
                async with asyncio.timeout(waits if self._ticks(job) or waits < TICK_SECONDS else None):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _ticks(self, job: Observation | None) -> bool:
        """Whether something that is shown still reports."""
        shown = {*self._marked, *([job.spec.id] if job is not None else [])}
        return any(each.spec.id in shown and each.status not in ENDED for each in self.context.jobs)

    def _read_training(self, job: Observation, marked: tuple[str, ...]) -> TrainingUpdate | None:
        """Read in a thread, which also imports what this needs: the first frame does not wait for it."""
        from core.overview.training.follow import TrainingReader

        self._reader = self._reader or TrainingReader(self.context.store)
        return self._reader.read(job, [name for name in marked if name != job.spec.id])

    @work(group="runs", exclusive=True, exit_on_error=False)
    async def _read_runs(self) -> None:
        """Read the list of trainings when a job has changed, while the pane is shown."""
        while True:
            await self._visible.wait()
            await self._jobs_changed.wait()
            self._jobs_changed.clear()
            runs = await asyncio.to_thread(self._read_list, self.context.jobs)
            if runs != self._runs:
                self.post_message(self.RunsRead(runs))
            await asyncio.sleep(TICK_SECONDS)

    def _read_list(self, jobs: tuple[Observation, ...]) -> tuple[RunSummary, ...]:
        from core.overview.training.runs import RunReader

        self._run_reader = self._run_reader or RunReader(self.context.store)
        return tuple(self._run_reader.read(jobs))

    def on_train_pane_training_read(self, message: TrainingRead) -> None:
        shown = self.shown
        if shown is None or message.update.job != shown.spec.id:
            return
        if not message.update.complete and self._update is not None:
            return
        self._update = message.update
        self._show_all()

    def on_train_pane_runs_read(self, message: RunsRead) -> None:
        self._runs = message.runs
        here = {run.id for run in self._runs}
        self._marked = [name for name in self._marked if name in here]
        self._show_runs()

    # Showing.

    def _show_all(self) -> None:
        if not self.is_mounted:
            return
        with self.app.batch_update():
            self._show_head()
            self._show_training()
            self._show_runs()
        self.refresh_bindings()

    def _show_head(self) -> None:
        job, update, glyphs = self.shown, self._update, self.context.glyphs
        if job is None:
            return
        known = update if update is not None and update.complete else None
        wide = self.has_class("-wide")
        set_frame(
            self.head,
            head_title(job, known, glyphs, frame_room(self.head)),
            head_figures(job, known, glyphs) if wide else "",
        )
        width = max(30, self.head.size.width)
        if known is not None:
            lines = head_lines(job, known, width, glyphs)
        else:
            lines = [reading_line(0.0 if update is None else update.share_read, glyphs)]
        self.head.update(Content("\n").join(lines))
        if known is not None and not known.charts:
            stages = self.query_one("#train-stages", StagesText)
            stages.update(Content("\n").join(stages_lines(job, known, max(30, stages.size.width - 2), glyphs)))

    def _show_training(self) -> None:
        update, job = self._update, self.shown
        if update is None or not update.complete or job is None:
            return
        growing = job.status not in ENDED and update.state.curve_grows
        self.grid.show(update.charts, growing=growing)
        self.set_class(not update.charts, "-no-charts")
        self.set_class(not update.checkpoints, "-no-checkpoints")
        rows = [checkpoint_row(one, self.context.glyphs) for one in update.checkpoints]
        self.checkpoints.set_rows(rows)
        self.checkpoints.styles.height = "1fr" if self.has_class("-wide") else max(1, min(len(rows), 3))
        count = f"{self._middot()}{len(rows)}" if rows else ""
        set_frame(self.query_one("#train-checkpoints-part"), f"checkpoints{count}")

    def _show_runs(self) -> None:
        shown, glyphs = self.shown, self.context.glyphs
        looks = self._looks()
        lines = [RunLine(run, looks.get(run.id), shown is not None and run.id == shown.spec.id) for run in self._runs]
        self.runs.set_rows([run_row(line, glyphs) for line in lines])
        if any(line.run.id == self._wanted for line in lines):
            self.runs.move_to_key(self._wanted)
            self._wanted = None
        parts = ["trainings", str(len(lines))] + ([f"{len(self._marked)} over the charts"] if self._marked else [])
        set_frame(self.query_one("#train-runs-part"), self._middot().join(parts))
        self.query_one("#train-header", TextLine).update(run_header(self.runs.scrollable_content_region.width))

    def _looks(self) -> dict[str, int]:
        """How the curve of each training is drawn that is in the charts."""
        shown = self.shown
        others = [name for name in self._marked if shown is None or name != shown.spec.id]
        looks = {name: number for number, name in enumerate(others, start=OWN + 1)}
        return looks if shown is None else {shown.spec.id: 0, **looks}

    def _middot(self) -> str:
        return " - " if self.context.glyphs.ascii_only else " · "

    # Keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide keys that do not apply now."""
        if not self.is_mounted:
            return True
        if action in ("next_chart", "zoom_charts", "switch_axis"):
            return self.grid.has_charts
        if action == "show_newest":
            return self._chosen is not None or bool(self._marked)
        return self.applies(action)

    @on(RowList.Moved)
    @on(RowList.Opened)
    def _cursor_moved(self) -> None:
        self.refresh_bindings()

    def on_descendant_focus(self) -> None:
        self.refresh_bindings()

    @on(RowList.Opened)
    def _open_row(self, message: RowList.Opened) -> None:
        if message.row_list is self.checkpoints:
            self.use_checkpoint()
        else:
            self.show_training(str(message.key))

    @on(RunList.Marked)
    def _mark(self, message: RunList.Marked) -> None:
        key, shown = str(message.key), self.shown
        if shown is not None and key == shown.spec.id:
            self.notify("This training is the one that is shown; mark another one.", markup=False)
        elif key in self._marked:
            self._marked.remove(key)
        elif len(self._marked) >= OVERLAYS:
            self.notify(f"{OVERLAYS} trainings are over the charts; space on one of them removes it.", markup=False)
        else:
            self._marked.append(key)
        self._changed.set()
        self._show_runs()
        self.refresh_bindings()

    def action_next_chart(self) -> None:
        self.grid.next_chart()

    def action_zoom_charts(self) -> None:
        self.grid.next_zoom()

    def action_switch_axis(self) -> None:
        self.grid.toggle_axis()

    def action_show_newest(self) -> None:
        self._chosen = None
        self._marked.clear()
        self._changed.set()
        self._take_jobs(self.context.jobs)
        self._show_runs()

    async def wait_until_ready(self) -> None:
        """Wait until the training was read, for two seconds at most."""
        for _ in range(40):
            if self.shown is None or (self._update is not None and self._update.complete):
                return
            await asyncio.sleep(0.05)
