"""The stages of a job as lines: one for each stage, or in few lines where there is little room."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from core.figures import amount, duration, quantity
from core.jobs.state.estimate import Estimate
from core.jobs.state.job_state import JobState
from core.jobs.state.score_text import scores_text
from core.jobs.state.stage_text import MIN_SECONDS_LEFT
from core.jobs.state.stages import StageState
from widgets.glyphs import STATUS_STYLES, Glyphs
from widgets.text_width import bar, cut, fit

TITLE_WIDTH = 30
"""Columns for a stage's title."""

BAR_WIDTH, MIN_BAR_WIDTH = 20, 6

TIME_WIDTH = 7

GAP = "   "

Part = tuple[str, str]


def stage_lines(state: JobState, known: Estimate, width: int, glyphs: Glyphs) -> list[Content]:
    """A line for each stage: title, time spent or expected, and figures; the running one with a bar."""
    title_width = min(TITLE_WIDTH, max(12, width // 2 - 6), max([12, *(len(s.title) for s in state.stages.values())]))
    bar_width = BAR_WIDTH if width >= 100 else 10 if width >= 75 else MIN_BAR_WIDTH
    lines = []
    for stage in state.stages.values():
        style = STATUS_STYLES[stage.status]
        head: list[Part] = [
            (f"{glyphs.status[stage.status]} ", style),
            (fit(stage.title, title_width, glyphs), "bold" if stage.status == "running" else style),
            (f" {_spent(stage, known):>{TIME_WIDTH}}  ", ""),
        ]
        parts = _figures(stage, state, known)
        if stage.status == "running":
            head += [*_bar(stage, known, bar_width, glyphs), ("  ", "")]
        room = max(0, width - sum(len(text) for text, _ in head))
        shown = _fitting_count(parts, room) if stage.status == "running" else len(parts)
        lines.append(Content.assemble(*head, (fitting_parts(parts[:shown], room, glyphs), "$foreground-muted")))
        if shown < len(parts):
            rest = fitting_parts(parts[shown:], max(0, width - 4), glyphs)
            lines.append(Content.styled(f"    {rest}", "$foreground-muted"))
    return lines


def _fitting_count(parts: Sequence[str], width: int) -> int:
    """How many parts fit, separated by blanks."""
    return max((count for count in range(len(parts) + 1) if len("  ".join(parts[:count])) <= width), default=0)


def compact_lines(state: JobState, known: Estimate, width: int, glyphs: Glyphs) -> list[Content]:
    """A line with the last ended stages, one for each running stage, and one with the next stages."""
    stages = list(state.stages.values())
    ended = [stage for stage in stages if stage.status not in ("running", "waiting")]
    waiting = [stage for stage in stages if stage.status == "waiting"]
    lines = [_one_line(ended[::-1], known, width, glyphs, ended=True)] if ended else []
    lines += running_lines(state, known, width, glyphs)
    return lines + ([_one_line(waiting, known, width, glyphs, ended=False)] if waiting else [])


def running_lines(state: JobState, known: Estimate, width: int, glyphs: Glyphs) -> list[Content]:
    """A line for each running stage."""
    running = [stage for stage in state.stages.values() if stage.status == "running"]
    return [_running_line(stage, state, known, width, glyphs) for stage in running]


def _running_line(stage: StageState, state: JobState, known: Estimate, width: int, glyphs: Glyphs) -> Content:
    title = cut(stage.title, TITLE_WIDTH, glyphs)
    head: list[Part] = [(f"{glyphs.status['running']} ", STATUS_STYLES["running"]), (f"{title} ", "bold")]
    parts = _figures(stage, state, known)
    room = width - len(title) - 3
    figures = fitting_parts(parts, max(10, room - MIN_BAR_WIDTH - 7), glyphs)
    drawn = _bar(stage, known, max(MIN_BAR_WIDTH, min(40, room - len(figures) - 7)), glyphs)
    return Content.assemble(*head, *drawn, (f" {figures}", ""))


def _bar(stage: StageState, known: Estimate, width: int, glyphs: Glyphs) -> list[Part]:
    """A bar with its percentage: of the stage's amount, or of its expected time where no amount is known."""
    share = stage_share(stage, known)
    if share is None:
        activity = "" if stage.progress is None else amount(stage.progress.done, None, stage.progress.unit)
        return [(fit(activity, max(width + 5, len(activity)), glyphs), "$text-primary")]
    full, empty = bar(share, width, glyphs)
    return [(full, "$primary"), (empty, "$foreground-disabled"), (f" {int(share * 100):>3}%", "")]


def stage_share(stage: StageState, known: Estimate) -> float | None:
    """How much of a running stage is done, 0 to 1: of its total, else of the time that is expected; None if unknown."""
    if stage.progress is not None and stage.progress.fraction is not None:
        return stage.progress.fraction
    if stage.progress is not None and stage.progress.done:
        return None  # an amount without a total: the amount is shown
    estimate = known.stages.get(stage.id)
    return 1 - estimate.left / estimate.seconds if estimate is not None and estimate.seconds else None


def _spent(stage: StageState, known: Estimate) -> str:
    """The time it took or takes so far; of a coming stage the expected time."""
    if stage.status == "waiting":
        estimate = known.stages.get(stage.id)
        return "" if estimate is None else f"~{duration(estimate.seconds)}"
    if stage.seconds is not None:
        return duration(stage.seconds)
    return duration(max(0.0, known.seconds - (stage.started or 0.0)))


def _figures(stage: StageState, state: JobState, known: Estimate) -> list[str]:
    """The most important first."""
    parts = []
    estimate = known.stages.get(stage.id)
    if stage.status == "running" and estimate is not None and estimate.left >= MIN_SECONDS_LEFT:
        parts.append(f"{duration(estimate.left)} left")
    if stage.status == "running" and stage.progress is not None:
        progress = stage.progress
        if progress.total is not None:
            parts.append(progress.activity)
        if progress.rate:
            parts.append(f"{quantity(progress.rate)} {progress.unit}/s")
    loss = state.metrics.get(stage.id, {}).get("loss")
    if loss is not None and loss.newest is not None:
        parts.append(f"loss {loss.newest[1]:.3f}")
    if scores := scores_text(stage, state, ".1%"):
        parts.append(scores)
    return parts


def _one_line(stages: Sequence[StageState], known: Estimate, width: int, glyphs: Glyphs, *, ended: bool) -> Content:
    """As many of these stages as fit, the first ones nearest to the present, and the number of the others."""
    for count in range(len(stages), 0, -1):
        items = [_item(stage, known, glyphs) for stage in stages[:count]]
        if rest := len(stages) - count:
            items.append(Content.styled(f"{rest} {'earlier' if ended else 'more'}", "$foreground-muted"))
        line = Content(GAP).join(items[::-1] if ended else items)
        if line.cell_length <= width:
            return line
    return _item(stages[0], known, glyphs).truncate(width, ellipsis=True)


def _item(stage: StageState, known: Estimate, glyphs: Glyphs) -> Content:
    time = _spent(stage, known)
    named = (f"{glyphs.status[stage.status]} {stage.title}", STATUS_STYLES[stage.status])
    return Content.assemble(named, (f" {time}" if time else "", "$foreground-muted"))


def fitting_parts(parts: Sequence[str], width: int, glyphs: Glyphs) -> str:
    """As many parts as fit, separated by blanks; an ellipsis says that some were left out."""
    for count in range(len(parts), 0, -1):
        text = "  ".join(parts[:count]) + ("" if count == len(parts) else f" {glyphs.ellipsis}")
        if len(text) <= width:
            return text
    return cut(parts[0], width, glyphs) if parts else ""
