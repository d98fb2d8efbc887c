"""The Evaluate pane: models and checkpoints by benchmark, and the questions behind each score."""

from __future__ import annotations

import asyncio

from textual import on, work
from textual.message import Message
from textual.timer import Timer

from core.errors import LabtopError
from core.jobs.observe import Observation
from core.overview.evaluations import Evaluations, EvaluationsReader, ScoredModel
from core.overview.job_reader import JobReader
from core.overview.model_questions import NOT_STORED, SELECTIONS, read_model_questions
from tui.context import Context
from tui.screens.evaluate.keys import KEYS
from tui.screens.evaluate.showing import EvaluateView
from widgets.evaluate.lists import AskedQuestions, EvaluateDetail, ScoredModels
from widgets.lists.filter_input import FilterInput
from widgets.lists.row_list import RowList

READ_SECONDS = 2.0
"""Between two readings while a job runs that may bring scores."""

NOT_STORED_HINT = "h shows another benchmark first; e opens the form that evaluates the model."


class EvaluatePane(EvaluateView):
    """Reads the scores, and moves between models and questions."""

    NAME = "evaluate"
    ABOUT = (
        "All scores of models and checkpoints: those of evaluations, of trainings that chose a checkpoint by them, and "
        "of whole runs, with their standard error. The chosen benchmark is the first column. Scores are compared with "
        "the model marked =, question by question where both were asked the same: better or worse means that the 95 % "
        "interval of the difference does not contain zero. enter opens the questions, with both answers. "
        "* marks the newest trained model."
    )
    CSS_PATH = "pane.tcss"
    PARTS = (ScoredModels, AskedQuestions, EvaluateDetail, FilterInput)
    BINDINGS = KEYS

    class ScoresRead(Message):
        """The jobs were read."""

        def __init__(self, found: Evaluations) -> None:
            super().__init__()
            self.found = found

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._reader = EvaluationsReader(JobReader(context.store))
        self._timer: Timer | None = None
        self._has_chosen = False
        """Whether the user has chosen the first benchmark."""
        self._is_default = True
        """Whether the benchmark is the first there is, neither chosen nor that of an evaluation that ran."""
        self._ended: set[str] = set()
        """The jobs that have a result."""

    def on_mount(self) -> None:
        self._timer = self.set_interval(READ_SECONDS, self._read_while_running, pause=True)
        self.follow(self.context.jobs_changed, self._jobs_changed)

    def on_screen_resume(self) -> None:
        if self._timer is not None:
            self._timer.resume()
        self.read_again()

    def on_screen_suspend(self) -> None:
        if self._timer is not None:
            self._timer.pause()

    # Reading.

    def _jobs_changed(self, jobs: tuple[Observation, ...]) -> None:
        ended = {job.spec.id for job in jobs if job.result is not None}
        if ended != self._ended:
            self._ended = ended
            self.forget_files()
            self.read_again()

    def _read_while_running(self) -> None:
        if self._found is not None and self._found.running:
            self.read_again()

    @work(thread=True, exclusive=True, group="read-scores", exit_on_error=False)
    def read_again(self) -> None:
        self.post_message(self.ScoresRead(self._reader.read(self.context.jobs)))

    def on_evaluate_pane_scores_read(self, message: ScoresRead) -> None:
        found = self._found = message.found
        if found.evaluated is not None and not self._has_chosen and self._opened is None:
            self._benchmark, self._is_default = found.evaluated, False
        elif self._benchmark not in found.benchmarks or (self._is_default and self._opened is None):
            self._benchmark = next(iter(found.benchmarks), "")
        self._show()

    def is_ready(self) -> bool:
        return self._found is not None

    # Moving.

    @on(RowList.Moved)
    def _moved(self) -> None:
        self._show_detail()
        self.side.scroll_home(animate=False)

    @on(RowList.Opened, "#evaluate-models")
    def _open_model(self) -> None:
        model = self.chosen
        if model is not None:
            self._read_questions(model, self.reference, self._benchmark)

    @work(exclusive=True, group="read-questions", exit_on_error=False)
    async def _read_questions(self, model: ScoredModel, reference: ScoredModel | None, benchmark: str) -> None:
        try:
            self._opened = await asyncio.to_thread(read_model_questions, model, reference, benchmark)
        except LabtopError as error:
            if error.code == NOT_STORED:
                error.hint = NOT_STORED_HINT
            raise
        self._selection, self._filter = "all", ""
        self.filter_line.close()
        self.add_class("-questions")
        self.questions.focus()
        self._show()
        self.questions.action_move_to(0)

    @on(RowList.Opened, "#evaluate-questions")
    async def _explain(self) -> None:
        await self.action_explain()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide keys that do not apply to what is shown."""
        if not self.is_mounted:
            return True
        if action in ("leave_zoom", "leave_questions"):
            zoomed = self.has_class("-zoomed")
            return zoomed if action == "leave_zoom" else self._opened is not None and not zoomed
        if action in ("next_selection", "write_question"):
            return self._opened is not None and (action != "write_question" or self.chosen_pair is not None)
        if action in ("mark_reference", "toggle_checkpoints", "next_benchmark"):
            return self._opened is None and len(self.found.models) > 1
        if action in ("serve_model", "copy_path", "filter_rows", "export_report", "zoom_detail"):
            return self.chosen is not None
        return True

    def action_next_benchmark(self) -> None:
        names = self.benchmarks
        if len(names) > 1:
            self._benchmark, self._has_chosen, self._is_default = names[1], True, False
            self._show()

    def action_mark_reference(self) -> None:
        model = self.chosen
        if model is not None:
            self._reference = "" if model.path == self._reference else model.path
            self._show()

    def action_toggle_checkpoints(self) -> None:
        self._with_checkpoints = not self._with_checkpoints
        self._show()

    def action_zoom_detail(self) -> None:
        zoomed = not self.has_class("-zoomed")
        self.set_class(zoomed, "-zoomed")
        (self.side if zoomed else self.models if self._opened is None else self.questions).focus()
        self.call_after_refresh(self._fit)

    def action_leave_zoom(self) -> None:
        self.action_zoom_detail()

    def action_next_selection(self) -> None:
        names = list(SELECTIONS)
        self._selection = names[(names.index(self._selection) + 1) % len(names)]
        self._show()
        self.questions.action_move_to(0)

    def action_leave_questions(self) -> None:
        self._opened, self._filter = None, ""
        self.filter_line.close()
        self.remove_class("-questions")
        self.models.focus()
        self._show()
        self.call_after_refresh(self._fit)  # the list had no width

    def action_filter_rows(self) -> None:
        self.filter_line.open()

    @on(FilterInput.Filtered)
    def _filtered(self, message: FilterInput.Filtered) -> None:
        self._filter = message.text
        self._show()

    @on(FilterInput.Left)
    def _left_filter(self) -> None:
        (self.models if self._opened is None else self.questions).focus()
