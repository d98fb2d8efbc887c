"""One job in detail: its stages and figures in frames."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive

from core.figures import duration
from core.jobs.observe import Observation
from core.jobs.state.estimate import estimate
from core.jobs.state.job_state import JobState
from core.jobs.state.rates import rates_of
from core.jobs.state.series import Series
from widgets.glyphs import Glyphs
from widgets.jobs.job_text import count_lines, end_lines, note_lines, score_lines
from widgets.jobs.panels import ChartPanel, Panel
from widgets.jobs.rate_text import rate_line, rate_lines
from widgets.jobs.stage_lines import compact_lines, stage_lines
from widgets.shell.frames import set_frame
from widgets.text_width import bar

MIN_WIDTH = 40
"""Lines are never laid out for less."""


class JobDetail(VerticalScroll):
    """Shows the state it is given; does not access files or processes."""

    DEFAULT_CSS = """
    JobDetail {
        scrollbar-size-vertical: 1;
        &:focus Panel, &:focus ChartPanel { border-title-color: $text-primary; }
    }
    """

    zoomed = reactive(False)
    """Whether the curves show only the newest steps."""
    log_axis: reactive[bool | None] = reactive[bool | None](None)
    """Whether the curves have a logarithmic axis; None chooses by their values."""
    compact = reactive(False)
    """Whether the stages are shown in few lines."""

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._glyphs = glyphs
        self._job: Observation | None = None
        self._state: JobState | None = None
        self._curve_name = "loss"
        self._curves: tuple[Series, ...] = ()
        self._other_charts: tuple[ChartPanel, ...] = ()
        self._is_old = False

    def also_in(self, chart: ChartPanel) -> None:
        """Show the curves in another frame, too, where a wide screen has room for it."""
        self._other_charts = (chart,)

    def compose(self) -> ComposeResult:
        yield Panel("stages", id="job-stages")
        yield Panel("now", id="job-rates")
        yield Panel("outcome", id="job-end")
        yield ChartPanel(self._glyphs, id="job-chart")
        yield Panel("scores", id="job-scores")
        yield Panel("generated data", id="job-counts")
        yield Panel("notes", id="job-notes")

    @property
    def has_curves(self) -> bool:
        return bool(self._curves)

    @property
    def events_shown(self) -> int:
        """How many events the state that is shown is made of; 0 before it is read."""
        return 0 if self._state is None else self._state.events

    def show_job(self, job: Observation) -> None:
        """The job as the list has it: its status, and its clock."""
        grew, self._job = self._grows, job
        self._show_all()
        if grew != self._grows:
            self._show_curves()

    def reset(self) -> None:
        """Clear everything about the previous job."""
        self._job = self._state = None
        self._curves = ()
        self.zoomed, self.log_axis = False, None
        for panel in self.query(Panel):
            panel.set_lines(())
        self._show_curves()
        self.scroll_home(animate=False)

    def expire(self) -> None:
        """Show the next state at once: what is shown now will be old by then, since the widget is hidden."""
        self._is_old = True

    def show_reading(self, share: float) -> None:
        """Say how much is read of a job whose present state is not known yet."""
        full, empty = bar(share, 20, self._glyphs)
        dots = self._glyphs.ellipsis if not self._glyphs.ascii_only else "..."
        line = Content.assemble(f"Reading the events{dots} ", (full, "$primary"), (empty, "$foreground-disabled"))
        self.query_one("#job-stages", Panel).set_lines([Content.assemble(line, f" {share:.0%}")])

    def show(self, state: JobState, curve_name: str, curves: Sequence[Series]) -> None:
        """Show the state of the job, and the curves.

        What runs is drawn again when its clock changes (`show_job`), so that each second has one update and not two.
        """
        unchanged = self._state is not None and self._state.status == state.status == "running"
        waits, self._is_old = unchanged and self._runs and not self._is_old, False
        grew, self._state = self._grows, state
        changed = (curve_name, tuple(curves), self._grows) != (self._curve_name, self._curves, grew)
        self._curve_name, self._curves = curve_name, tuple(curves)
        with self.app.batch_update():
            if changed:
                self._show_curves()
            if not waits:
                self._show_all()

    @property
    def _runs(self) -> bool:
        return self._job is not None and self._job.status in ("running", "stalled")

    @property
    def _grows(self) -> bool:
        """Whether points will be added to the curves."""
        return self._runs and self._state is not None and self._state.curve_grows

    @property
    def _width(self) -> int:
        """Columns for a line in a frame."""
        return max(MIN_WIDTH, self.size.width - 5)

    def _show_all(self) -> None:
        state, job, glyphs, width = self._state, self._job, self._glyphs, self._width
        if job is None:
            return
        stages = self.query_one("#job-stages", Panel)
        self._show_head(job, stages)
        if state is None:
            return
        now = state.seconds if job.seconds is None else max(state.seconds, job.seconds)
        known = estimate(state.status, state.stages, now)
        rates = rates_of(state)
        if self.compact:  # the rates are in the frame of the stages
            lines = [*compact_lines(state, known, width, glyphs), *rate_line(rates, width)]
            in_own_frame: list[Content] = []
        else:
            lines = stage_lines(state, known, width, glyphs)
            in_own_frame = rate_lines(rates, width, glyphs)
        stages.set_lines(lines or [Content.styled(job.spec.title, "$foreground-muted")])
        self.query_one("#job-rates", Panel).set_lines(in_own_frame)
        self.query_one("#job-end", Panel).set_lines(end_lines(state, job.status, width, glyphs))
        self.query_one("#job-scores", Panel).set_lines(score_lines(state, width, glyphs))
        self.query_one("#job-counts", Panel).set_lines(count_lines(state.counts.values(), width, glyphs))
        self.query_one("#job-notes", Panel).set_lines(note_lines(state, width, glyphs))

    def _show_head(self, job: Observation, stages: Panel) -> None:
        """The job's id, title, status and times in the frame of its stages."""
        middot = " - " if self._glyphs.ascii_only else " · "
        left = f"{duration(job.seconds_left)} left" if job.seconds_left and job.shown_status == "running" else ""
        done = "" if job.progress is None else f"{int(job.progress * 100)}%"
        status = f"{self._glyphs.status.get(job.shown_status, ' ')} {job.shown_status}"
        figures = [part for part in (status, done, duration(job.seconds), left) if part]
        resumes = [f"resumes {job.spec.resumes}"] if job.spec.resumes else []
        if self.screen.has_class("-narrow"):  # frames that share a line have no lower one for figures
            resumes = [f"resumes {job.spec.resumes.rpartition('-')[2]}"] if job.spec.resumes else []
            title = [] if job.spec.title.lower() == job.spec.kind else [job.spec.title]
            set_frame(stages, middot.join([job.spec.id, *figures, *resumes, *title]))
        else:
            set_frame(stages, middot.join([job.spec.id, job.spec.title, *resumes]), middot.join(figures))

    def _show_curves(self) -> None:
        for panel in (self.query_one("#job-chart", ChartPanel), *self._other_charts):
            panel.set_curves(self._curve_name, self._curves, zoomed=self.zoomed, log=self.log_axis, growing=self._grows)

    def watch_zoomed(self) -> None:
        if self.is_mounted:
            self._show_curves()

    def watch_log_axis(self) -> None:
        if self.is_mounted:
            self._show_curves()

    def watch_compact(self) -> None:
        if self.is_mounted:
            self._show_all()

    def toggle_axis(self) -> None:
        """Change between a linear and a logarithmic axis."""
        shown = self.query_one("#job-chart", ChartPanel).shows_log_axis
        self.log_axis = not shown

    def on_resize(self) -> None:
        self._show_all()
        self._show_curves()
