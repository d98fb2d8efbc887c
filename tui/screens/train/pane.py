"""The Train pane: the charts of a training, its checkpoints with their scores, and all trainings."""

from __future__ import annotations

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content

from core.jobs.observe import ENDED
from core.overview.training.charts import OVERLAYS, OWN
from tui.screens.train.keys import KEYS
from tui.screens.train.readings import TrainReadings
from widgets.jobs.job_text import note_lines
from widgets.jobs.panels import Panel
from widgets.lists.row_list import RowList
from widgets.shell.frames import Framed, frame_room, set_frame
from widgets.shell.text_line import TextLine
from widgets.train.chart_grid import ChartGrid
from widgets.train.checkpoint_row import checkpoint_row
from widgets.train.gain_text import gain_lines
from widgets.train.head_text import head_figures, head_lines, head_title, reading_line, stages_lines
from widgets.train.lists import CheckpointList, RunList
from widgets.train.run_row import RunLine, run_header, run_row

SIDE_WIDTH = 60
"""Columns of the part at the right of the charts, before it is laid out."""

NO_RUNS = (
    "No training yet. Press t for the form that starts one. Home (0) has the quickstart, which trains a tiny model."
)
NO_CHECKPOINTS = "No checkpoint yet."


class HeadText(TextLine, Framed):
    """The lines about the training."""


class StagesText(TextLine, Framed):
    """The stages of a job that has not begun to train."""


class TrainPane(TrainReadings):
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

    def compose_body(self) -> ComposeResult:
        glyphs = self.context.glyphs
        with Container(id="train-parts"):
            yield HeadText("", id="train-head", classes="frame -joined")
            with Container(id="train-middle"):
                yield StagesText("", id="train-stages", classes="frame -joined")
                yield ChartGrid(glyphs, id="train-charts")
                with Container(id="train-side"):
                    with Container(id="train-checkpoints-part", classes="frame -joined"):
                        yield CheckpointList(NO_CHECKPOINTS, id="train-checkpoints")
                    yield Panel("notes", id="train-notes")
            with Container(id="train-runs-part", classes="frame"):
                yield TextLine("", id="train-header")
                yield RunList(NO_RUNS, id="train-runs")

    def on_mount(self) -> None:
        set_frame(self.head, "training")
        set_frame(self.query_one("#train-stages"), "stages")
        set_frame(self.query_one("#train-checkpoints-part"), "checkpoints")
        set_frame(self.query_one("#train-runs-part"), "trainings")
        self.runs.focus()
        self.watch(self.runs, "show_vertical_scrollbar", self._show_runs_later, init=False)
        self.begin_reading()

    def on_resize(self) -> None:
        self.call_after_refresh(self.show_all)

    # Showing.

    def show_all(self) -> None:
        if not self.is_mounted:
            return
        with self.app.batch_update():
            self.show_head()
            self._show_training()
            self.show_runs()
        self.refresh_bindings()

    def show_head(self) -> None:
        job, update, glyphs = self.shown, self.training, self.context.glyphs
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
        update, job = self.training, self.shown
        if update is None or not update.complete or job is None:
            return
        glyphs, side = self.context.glyphs, self.query_one("#train-side")
        width = max(30, (side.size.width or SIDE_WIDTH) - 4)
        notes = [*gain_lines(update.gains, width, glyphs), *note_lines(update.state, width, glyphs)]
        classes = {
            "-no-charts": not update.charts,
            "-no-checkpoints": not update.checkpoints,
            "-no-notes": not notes,
        }
        if any(self.has_class(name) != wanted for name, wanted in classes.items()):
            self.update_classes(classes)
            self.call_after_refresh(self.show_all)  # the parts have other sizes
        self.query_one("#train-notes", Panel).set_lines(notes)
        self.grid.show(update.charts, growing=job.status not in ENDED and update.state.curve_grows)
        rows = [checkpoint_row(one, glyphs) for one in update.checkpoints]
        self.checkpoints.set_rows(rows)
        self.checkpoints.styles.height = "1fr" if self.has_class("-wide") else max(1, min(len(rows), 3))
        count = f"{self._middot()}{len(rows)}" if rows else ""
        set_frame(self.query_one("#train-checkpoints-part"), f"checkpoints{count}")

    def _show_runs_later(self) -> None:
        self.call_after_refresh(self.show_runs)

    def show_runs(self) -> None:
        shown, glyphs = self.shown, self.context.glyphs
        looks = self._looks()
        lines = [
            RunLine(run, looks.get(run.id), shown is not None and run.id == shown.spec.id) for run in self.summaries
        ]
        self.runs.set_rows([run_row(line, glyphs) for line in lines])
        if any(line.run.id == self.wanted for line in lines):
            self.runs.move_to_key(self.wanted)
            self.wanted = None
        parts = ["trainings", str(len(lines))] + ([f"{len(self.marked)} over the charts"] if self.marked else [])
        set_frame(self.query_one("#train-runs-part"), self._middot().join(parts))
        self.query_one("#train-header", TextLine).update(run_header(self.runs.scrollable_content_region.width))

    def _looks(self) -> dict[str, int]:
        """How the curve of each training is drawn that is in the charts."""
        shown = self.shown
        others = [name for name in self.marked if shown is None or name != shown.spec.id]
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
            return self.chosen_id is not None or bool(self.marked)
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
        elif key in self.marked:
            self.marked.remove(key)
        elif len(self.marked) >= OVERLAYS:
            self.notify(f"{OVERLAYS} trainings are over the charts; space on one of them removes it.", markup=False)
        else:
            self.marked.append(key)
        self._changed.set()
        self.show_runs()
        self.refresh_bindings()

    def action_next_chart(self) -> None:
        self.grid.next_chart()

    def action_zoom_charts(self) -> None:
        self.grid.next_zoom()

    def action_switch_axis(self) -> None:
        self.grid.toggle_axis()

    def action_show_newest(self) -> None:
        self.chosen_id = None
        self.marked.clear()
        self._changed.set()
        self._take_jobs(self.context.jobs)
        self.show_runs()

    def is_ready(self) -> bool:
        return self.shown is None or (self.training is not None and self.training.complete)
