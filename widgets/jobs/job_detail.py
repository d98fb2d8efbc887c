"""One job in detail: its stages and figures, or its log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Log, Static

from core.figures import duration
from core.jobs.state.job_state import JobState
from core.jobs.state.series import Series
from widgets.charts.axes import needs_log_axis
from widgets.charts.line_chart import LineChart
from widgets.charts.line_plot import Plot, last_part, values_shown
from widgets.glyphs import Glyphs
from widgets.jobs.job_text import count_lines, end_lines, note_lines, score_lines, stage_lines, status_text
from widgets.text_width import cut

LOG_LINES = 5000
"""Lines of a log that are kept; `labtop process logs` prints all of them."""

ZOOM = 0.25
"""Share of all steps that the zoomed curves show."""


class Section(Vertical):
    """A heading and a block of lines below it, hidden while there are none."""

    DEFAULT_CSS = """
    Section { height: auto; display: none; margin-top: 1; }
    Section.-filled { display: block; }
    Section > .heading { color: $text-primary; text-style: bold; height: 1; }
    Section > .lines { height: auto; }
    """

    def __init__(self, heading: str, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._heading = heading
        self._lines: list[Content] = []

    def compose(self) -> ComposeResult:
        yield Static(self._heading, classes="heading")
        yield Static("", classes="lines")

    def set_lines(self, lines: Iterable[Content]) -> None:
        """Show these lines; equal ones cost no repaint."""
        new = list(lines)
        if len(new) == len(self._lines) and all(map(Content.is_same, new, self._lines)):
            return
        self._lines = new
        self.set_class(bool(new), "-filled")
        self.query_one(".lines", Static).update(Content("\n").join(new))


class JobDetail(Vertical):
    """Shows the state it is given; does not access files or processes."""

    DEFAULT_CSS = """
    JobDetail {
        #job-head { height: 1; padding: 0 1; background: $panel; }
        #job-overview { padding: 0 1; scrollbar-size-vertical: 1; }
        #job-chart { margin-top: 1; display: none; }
        #job-chart.-filled { display: block; }
        #job-stages { height: auto; }
        #job-log { display: none; padding: 0 1; scrollbar-size: 1 1; background: $background; }
        &.-log #job-log { display: block; }
        &.-log #job-overview { display: none; }
    }
    """

    log_shown = reactive(False)
    zoomed = reactive(False)
    """Whether the curves show only the newest steps."""

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._glyphs = glyphs
        self._state = JobState()
        self._status = "queued"
        self._curve_name = ""
        self._curves: tuple[Series, ...] = ()

    def compose(self) -> ComposeResult:
        yield Static("", id="job-head")
        with VerticalScroll(id="job-overview"):
            yield Static("", id="job-stages")
            yield Section("Outcome", id="job-end")
            yield LineChart(self._glyphs, id="job-chart")
            yield Section("Scores", id="job-scores")
            yield Section("Generated data", id="job-counts")
            yield Section("Notes", id="job-notes")
        yield Log(id="job-log", max_lines=LOG_LINES)

    def watch_log_shown(self, shown: bool) -> None:
        self.set_class(shown, "-log")

    @property
    def part(self) -> VerticalScroll | Log:
        """The scrollable part: the overview or the log."""
        return self.query_one("#job-log", Log) if self.log_shown else self.query_one("#job-overview", VerticalScroll)

    def show_head(self, job: str, title: str, status: str, seconds: float | None) -> None:
        """Show the job's status, time, title and id in the line at the top."""
        if status != self._status:
            self._status = status
            self._show_end()
        left = self._state.seconds_left if status == "running" else None
        times = f"  {duration(seconds)}" + (f", about {duration(left)} left" if left else "")
        state = status_text(status, self._glyphs)
        room = self.size.width - 2 - state.cell_length - len(times) - len(job) - 4
        self.query_one("#job-head", Static).update(
            Content.assemble(
                state,
                (times, "$foreground-muted"),
                "  ",
                (cut(title, max(8, room), self._glyphs), "bold"),
                (f"  {job}", "$foreground-muted"),
            )
        )

    def show_nothing(self, note: str) -> None:
        """Show only a note, since no job is selected."""
        self.reset()
        self.query_one("#job-head", Static).update("")
        self.query_one("#job-stages", Static).update(Content(note))

    def reset(self) -> None:
        """Clear everything about the previous job."""
        self._state = JobState()
        self.zoomed = False
        self.query_one("#job-log", Log).clear()
        self.show(self._state, "loss", ())
        self.query_one("#job-overview", VerticalScroll).scroll_home(animate=False)

    def show(self, state: JobState, curve_name: str, curves: Sequence[Series]) -> None:
        """Show the state of the job, and the curves."""
        self._state = state
        glyphs = self._glyphs
        width = max(40, self.size.width - 3)
        with self.app.batch_update():
            self.query_one("#job-stages", Static).update(Content("\n").join(stage_lines(state, width, glyphs)))
            self._curve_name, self._curves = curve_name, tuple(curves)
            self._show_curves()
            self._show_end()
            self.query_one("#job-scores", Section).set_lines(score_lines(state, width, glyphs))
            self.query_one("#job-counts", Section).set_lines(count_lines(state.counts.values(), width, glyphs))
            self.query_one("#job-notes", Section).set_lines(note_lines(state, glyphs))

    @property
    def has_curves(self) -> bool:
        return bool(self._curves)

    def watch_zoomed(self) -> None:
        if self.is_mounted:
            self._show_curves()

    def _show_curves(self) -> None:
        curves = self._curves
        chart = self.query_one("#job-chart", LineChart)
        chart.set_class(bool(curves), "-filled")
        zoom = last_part(curves, ZOOM) if self.zoomed else None
        title = f"{self._curve_name}, last quarter" if zoom else self._curve_name
        log = needs_log_axis(values_shown(curves, zoom))
        chart.set_plot(Plot(curves, title, sequential=True, log=log, zoom=zoom))

    def _show_end(self) -> None:
        lines = end_lines(self._state, self._status, max(40, self.size.width - 3), self._glyphs)
        self.query_one("#job-end", Section).set_lines(lines)

    def on_resize(self) -> None:
        if self._state.events:
            self.query_one("#job-stages", Static).update(
                Content("\n").join(stage_lines(self._state, max(40, self.size.width - 3), self._glyphs))
            )

    def add_log(self, lines: Sequence[str]) -> None:
        """Append to the log; the view follows its end unless the user has scrolled up."""
        log = self.query_one("#job-log", Log)
        following = log.is_vertical_scroll_end
        log.write_lines(lines, scroll_end=following)
