"""What the Evaluate pane shows: the models with their scores, or the questions of one of them, and the detail."""

from __future__ import annotations

from textual import getters, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from core.evaluation.statistics import Comparison
from core.figures import counted
from core.jobs.state.series import Series
from core.overview.asked import AskedPair
from core.overview.evaluations import Evaluations, ScoredModel
from core.overview.model import Figure
from core.overview.model_questions import SELECTIONS, ModelQuestions
from core.overview.scores import KnownScore, compare_known, is_better, is_share, tasks_of
from tui.context import Context
from tui.screens.evaluate.actions import EvaluateActions
from widgets.charts.histogram import Distribution, Histogram
from widgets.charts.line_chart import LineChart
from widgets.charts.line_plot import Plot
from widgets.evaluate.detail_text import change_lines, model_lines, question_lines
from widgets.evaluate.lists import AskedQuestions, EvaluateDetail, ScoredModels
from widgets.evaluate.model_row import columns, model_header, model_line, model_row
from widgets.evaluate.question_row import QuestionLine, question_row
from widgets.lists.filter_input import FilterInput
from widgets.shell.frames import set_frame

NO_SCORES = "No model has been scored yet. e opens the form that evaluates one."
NO_MATCH = "No question is in this selection; v shows another one."

MIN_RATINGS = 5
"""Fewer ratings are read faster as numbers."""

CompareKey = tuple[str, str, str]
"""The result files of the reference and of another model, and the benchmark."""

Tasks = tuple[tuple[str, Figure], ...]
"""The tasks of a benchmark, with a model's score on each."""


class EvaluateView(EvaluateActions):
    """A list of models, or of the questions of one of them, and the detail of what is under the cursor."""

    models = getters.query_one("#evaluate-models", ScoredModels)
    questions = getters.query_one("#evaluate-questions", AskedQuestions)
    side = getters.query_one("#evaluate-detail", EvaluateDetail)
    detail = getters.query_one("#evaluate-text", Static)
    filter_line = getters.query_one(FilterInput)

    class Compared(Message):
        """A model was compared with the reference."""

        def __init__(self, key: CompareKey, change: Comparison | None) -> None:
            super().__init__()
            self.key = key
            self.change = change

    class TasksRead(Message):
        """The scores by task were read from a result file."""

        def __init__(self, file: str, tasks: Tasks) -> None:
            super().__init__()
            self.file = file
            self.tasks = tasks

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._found: Evaluations | None = None
        self._benchmark = ""
        self._reference = ""
        """The path of the marked model; empty for the default."""
        self._with_checkpoints = True
        self._selection = "all"
        self._filter = ""
        self._opened: ModelQuestions | None = None
        self._shown: list[AskedPair] = []
        self._changes: dict[CompareKey, Comparison | None] = {}
        self._tasks: dict[str, Tasks] = {}
        """By result file; empty while it is read."""

    def compose_body(self) -> ComposeResult:
        with Container(id="evaluate-parts"):
            with Container(id="evaluate-lists", classes="frame -joined"):
                yield Static("", id="evaluate-header")
                yield ScoredModels("Reading the scores.", id="evaluate-models")
                yield AskedQuestions(NO_MATCH, id="evaluate-questions")
                yield FilterInput()
            with Container(id="evaluate-side"):
                with EvaluateDetail(id="evaluate-detail", classes="frame"):
                    yield Static("", id="evaluate-text")
                yield LineChart(self.context.glyphs, id="evaluate-curve", classes="frame")
                yield Histogram(self.context.glyphs, id="evaluate-ratings", classes="frame")

    def on_mount(self) -> None:
        set_frame(self.query_one("#evaluate-lists"), "scores")
        set_frame(self.side, "detail")
        set_frame(self.query_one("#evaluate-curve"), "checkpoints")
        set_frame(self.query_one("#evaluate-ratings"), "ratings")
        self.watch(self.models, "show_vertical_scrollbar", self.on_resize, init=False)
        self.models.focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Show again what depends on the size; rows are drawn for their width anyway."""
        if self.is_mounted and self._opened is None:
            self._show_models()
        if self.is_mounted:
            self._show_detail()

    # What is chosen.

    @property
    def found(self) -> Evaluations:
        return self._found or Evaluations()

    @property
    def benchmarks(self) -> list[str]:
        """The chosen one first."""
        names = list(self.found.benchmarks)
        start = names.index(self._benchmark) if self._benchmark in names else 0
        return names[start:] + names[:start]

    @property
    def listed(self) -> list[ScoredModel]:
        """The models that are shown."""
        kept = [one for one in self.found.models if self._with_checkpoints or one.samples is None or one.is_best]
        return [one for one in kept if self._filter in one.path.casefold()] if not self._opened else kept

    @property
    def chosen(self) -> ScoredModel | None:
        if self._opened is not None:
            return self._opened.model
        return next((one for one in self.listed if one.path == self.models.cursor_key), None)

    @property
    def reference(self) -> ScoredModel | None:
        """The marked model; by default the first with a score on the chosen benchmark, which is no checkpoint."""
        scored = [one for one in self.found.models if self._benchmark in one.scores]
        finished = (one for one in scored if one.scores[self._benchmark].total is None)
        return next((one for one in scored if one.path == self._reference), next(finished, next(iter(scored), None)))

    @property
    def opened(self) -> ModelQuestions | None:
        return self._opened

    @property
    def chosen_pair(self) -> AskedPair | None:
        number = self.questions.cursor_key
        return self._shown[number] if isinstance(number, int) and number < len(self._shown) else None

    @property
    def shown_pairs(self) -> list[AskedPair]:
        return self._shown

    # Showing.

    def _show(self) -> None:
        if not self.is_mounted:
            return
        if self._opened is None:
            self._show_models()
        else:
            self._show_questions(self._opened)
        self._show_detail()

    def _show_models(self) -> None:
        glyphs, names, reference = self.context.glyphs, self.benchmarks, self.reference
        tops = self._top_scores()
        lines = [
            model_line(one, names, reference=one is reference, top=one.path in tops and len(tops) < len(self.listed))
            for one in self.listed
        ]
        self.models.set_rows([model_row(line, glyphs) for line in lines], NO_SCORES)
        width = self.models.scrollable_content_region.width or self.models.size.width
        self.query_one("#evaluate-header", Static).update(model_header(names, width, glyphs) if names else "")
        parts = ["scores", counted(len(lines), "model"), *([counted(len(names), "benchmark")] if names else [])]
        hidden = len(names) - columns(width, len(names))[1] if names else 0
        parts += [f"h shows {hidden} more"] if hidden > 0 else []
        running = next((job for job in self.found.running if job.spec.kind == "evaluate"), None)
        if running is not None:
            done = " runs" if running.progress is None else f" {running.progress:.0%}"
            parts.insert(1, f"{running.spec.id}{done}")  # the end of a long title is cut
        set_frame(self.query_one("#evaluate-lists"), self._joined(parts))

    def _top_scores(self) -> set[str]:
        """The models with the best score on the chosen benchmark."""
        found = [(one.path, one.scores[self._benchmark]) for one in self.listed if self._benchmark in one.scores]
        scored = [(path, score) for path, score in found if score.total is None]
        if not scored:
            return set()
        best = scored[0][1].figure.score
        for _, score in scored[1:]:
            best = score.figure.score if is_better(self._benchmark, score.figure.score - best) else best
        return {path for path, score in scored if score.figure.score == best}

    def _show_questions(self, opened: ModelQuestions) -> None:
        glyphs = self.context.glyphs
        self._shown = opened.selected(self._selection, self._filter)
        lines = [QuestionLine(number, pair, opened.ratings) for number, pair in enumerate(self._shown)]
        self.questions.set_rows([question_row(line, glyphs) for line in lines], NO_MATCH)
        counts = {name: len(opened.selected(name)) for name in SELECTIONS}
        names = [
            f"[{name} {count}]" if name == self._selection else f"{name} {count}" for name, count in counts.items()
        ]
        title = self._joined([opened.score.benchmark, *names, opened.model.name])  # the end of a long one is cut
        set_frame(self.query_one("#evaluate-lists"), title)
        ratings = tuple(pair.second.score for pair in self._shown if pair.second.score is not None)
        self.set_class(opened.ratings and len(ratings) >= MIN_RATINGS, "-ratings")
        self.query_one("#evaluate-ratings", Histogram).show(Distribution(ratings, x_name="rating"))

    def _show_detail(self) -> None:
        glyphs = self.context.glyphs
        width = max(20, self.side.size.width - 3)
        title, lines = "detail", list[Content]()
        pair, model = self.chosen_pair, self.chosen
        if self._opened is not None:
            if pair is not None:
                names = (self._opened.reference.name if self._opened.reference else "", self._opened.model.name)
                title = pair.second.task or "question"
                lines = question_lines(pair, names, width, glyphs, ratings=self._opened.ratings)
        elif model is not None:
            title = model.name
            lines = [*self._change(model), *model_lines(model, self.benchmarks, self._tasks_of(model), width, glyphs)]
            self._show_curve(model)
        set_frame(self.side, title)
        self.detail.update(Content("\n").join(lines))
        self.refresh_bindings()

    def forget_files(self) -> None:
        """Read result files again: a model that is evaluated again has the same file."""
        self._changes.clear()
        self._tasks.clear()

    def _change(self, model: ScoredModel) -> list[Content]:
        """The difference to the reference on the chosen benchmark, once it is computed."""
        reference, benchmark = self.reference, self._benchmark
        if reference is None or reference is model or benchmark not in model.scores:
            return []
        scores = reference.scores[benchmark], model.scores[benchmark]
        if any(score.total is not None for score in scores):  # means of other tasks
            return []
        key = (scores[0].file or "", scores[1].file or "", benchmark)
        if key not in self._changes:
            if key[0] and key[1]:
                self._compare(key, *scores)
            return change_lines(reference, scores, None) if not (key[0] and key[1]) else []
        return change_lines(reference, scores, self._changes[key])

    @work(thread=True, exclusive=True, group="compare", exit_on_error=False)
    def _compare(self, key: tuple[str, str, str], first: KnownScore, second: KnownScore) -> None:
        self.post_message(self.Compared(key, compare_known(first, second)))

    def on_evaluate_view_compared(self, message: Compared) -> None:
        self._changes[message.key] = message.change
        self._show_detail()

    def _tasks_of(self, model: ScoredModel) -> Tasks:
        """The scores by task on the chosen benchmark, once they are read."""
        score = model.scores.get(self._benchmark)
        if score is None or score.tasks or score.file is None or score.task:
            return () if score is None else score.tasks
        if score.file not in self._tasks:
            self._tasks[score.file] = ()
            self._read_tasks(score.file, score)
        return self._tasks[score.file]

    @work(thread=True, group="read-tasks", exit_on_error=False)
    def _read_tasks(self, file: str, score: KnownScore) -> None:
        self.post_message(self.TasksRead(file, tasks_of(score)))

    def on_evaluate_view_tasks_read(self, message: TasksRead) -> None:
        self._tasks[message.file] = message.tasks
        self._show_detail()

    def _show_curve(self, model: ScoredModel) -> None:
        """The chosen score over the checkpoints of the model's training."""
        siblings = [one for one in self.found.siblings(model) if self._benchmark in one.scores]
        self.set_class(model.samples is not None and len(siblings) > 1, "-curve")
        scale = 100 if is_share(self._benchmark) else 1
        points = [(float(one.samples or 0), one.scores[self._benchmark].figure.score * scale) for one in siblings]
        series = Series(self._benchmark, tuple(x for x, _ in points), tuple(y for _, y in points))
        self.query_one("#evaluate-curve", LineChart).set_plot(Plot((series,), x_name="samples", heading=False))

    def _joined(self, parts: list[str]) -> str:
        return (" - " if self.context.glyphs.ascii_only else " · ").join(parts)
