"""The running job: what it does, how far it is, and its loss."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from core.figures import duration
from core.jobs.observe import ENDED, Observation
from core.jobs.state.estimate import estimate
from core.jobs.state.job_state import JobState
from core.jobs.state.rates import rates_of
from core.jobs.state.series import Series
from core.jobs.state.stages import StageState
from widgets.charts.line_chart import LineChart
from widgets.charts.line_plot import Plot, values_shown
from widgets.glyphs import STATUS_STYLES, Glyphs
from widgets.jobs.rate_text import rate_line
from widgets.jobs.stage_lines import stage_share
from widgets.shell.frames import Framed, set_frame
from widgets.shell.text_line import TextLine
from widgets.text_width import bar, cut

MIN_BAR, MAX_BAR = 8, 40
"""Columns of the bar."""


NOTHING = Content("")


class JobPanel(Vertical, Framed):
    """Shows a job with its curves; without one, a hint."""

    DEFAULT_CSS = """
    JobPanel {
        #panel-head, #panel-figures { height: 1; }
        #panel-figures { color: $foreground-muted; display: none; }
        LineChart { height: 1fr; display: none; }
        #panel-hint { height: 1fr; color: $foreground-muted; }
        &.-idle #panel-head, &.-idle #panel-figures { display: none; }
        &.-rates #panel-figures { display: block; }
        &.-no-rates #panel-figures { display: none; }
        &.-curves LineChart { display: block; }
        &.-curves #panel-hint { display: none; }
    }
    """

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._glyphs = glyphs
        self._shown: tuple[Content, ...] = ()
        set_frame(self, "running")

    def compose(self) -> ComposeResult:
        yield TextLine("", id="panel-head", markup=False)
        yield LineChart(self._glyphs, id="panel-chart")
        yield TextLine("", id="panel-hint", markup=False)
        yield TextLine("", id="panel-figures", markup=False)

    def show_hint(self, text: str) -> None:
        """Show only a text, since there is no job."""
        set_frame(self, "running")
        self.update_classes({"-curves": False, "-idle": True})
        self._set(Content(""), Content(text))

    def show(self, job: Observation, state: JobState, curve_name: str, curves: Sequence[Series]) -> None:
        """Show this job; equal values cost no repaint."""
        title = f"{'running' if job.status not in ENDED else 'last job'} {self._middot} {job.spec.id}"
        stage = state.stage
        times = _times(job, self._middot)
        wide = self.screen.has_class("-wide")
        if not wide:  # without a lower line in the frame, and with few rows
            title, times = f"{title} {self._middot} {times}", ""
        set_frame(self, title, times)
        self.update_classes({"-curves": bool(curves), "-idle": False})
        log = bool(curves) and min(values_shown(curves, None)) > 0
        growing = state.curve_grows and job.status not in ENDED
        plot = Plot(tuple(curves), curve_name, sequential=True, log=log, growing=growing)
        self.query_one(LineChart).set_plot(plot)
        self.set_class(wide or not curves, "-rates")
        hint = "" if curves else _hint(job, stage)
        rates = rate_line(rates_of(state), self._width)
        self._set(_head(job, state, self._width, self._glyphs), Content(hint), *rates[:1])

    @property
    def _middot(self) -> str:
        return "-" if self._glyphs.ascii_only else "·"

    @property
    def _width(self) -> int:
        return max(30, self.size.width)

    def _set(self, head: Content, hint: Content, figures: Content = NOTHING) -> None:
        new, names = (head, hint, figures), ("head", "hint", "figures")
        for name, content, old in zip(names, new, self._shown or (None, None, None), strict=True):
            if old is None or not content.is_same(old):
                self.query_one(f"#panel-{name}", Static).update(content)
        self._shown = new
        self.set_class(not figures.plain, "-no-rates")


def _hint(job: Observation, stage: StageState | None) -> str:
    """What is done, and why, where there is no curve."""
    if stage is None:
        return job.spec.title
    activity = "" if stage.progress is None else stage.progress.activity
    return "\n".join(part for part in (activity, stage.purpose) if part)


def _times(job: Observation, middot: str) -> str:
    """The share done, the time spent and the time left, of the whole job."""
    running = job.status not in ENDED
    done = f"{int(job.progress * 100)}%" if job.progress is not None and running else ""
    left = f"{duration(job.seconds_left)} left" if job.seconds_left and running and not job.stopping else ""
    return f" {middot} ".join(part for part in (done, duration(job.seconds), left) if part)


def _head(job: Observation, state: JobState, width: int, glyphs: Glyphs) -> Content:
    """Status and stage, and where the share that is done is known, a bar and a percentage."""
    stage = state.stage
    status = f"{glyphs.status[job.shown_status]} {job.shown_status}  "
    if stage is None:
        progress = job.progress
    elif stage.status == "running":
        known = estimate(state.status, state.stages, max(state.seconds, job.seconds or 0.0))
        progress = stage_share(stage, known)
    else:
        progress = stage.fraction
    share = "" if progress is None else f" {int(progress * 100):>3}%"
    name = stage.title if stage is not None else job.spec.title
    title = cut(name, width - len(status) - MIN_BAR - len(share) - 2, glyphs)
    room = width - len(status) - len(title) - len(share) - 2
    full, empty = ("", "") if progress is None else bar(progress, max(0, min(MAX_BAR, room)), glyphs)
    return Content.assemble(
        (status, STATUS_STYLES[job.shown_status]),
        (title, "bold"),
        "  ",
        (full, "$primary"),
        (empty, "$foreground-disabled"),
        share,
    )
