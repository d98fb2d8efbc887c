"""The state of a step of the method as lines of text."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content

from core.overview.model import Overview, State, Step
from widgets.glyphs import STATUS_STYLES, Glyphs
from widgets.text_width import bar, cut

STATUS: Mapping[State, str] = {
    "empty": "waiting",
    "ready": "queued",
    "running": "running",
    "done": "succeeded",
    "failed": "failed",
    "outdated": "stalled",
}
"""The status of a job whose symbol and colour a state has."""


def share_of(step: Step, overview: Overview) -> float | None:
    """How much of the running stage of a step is done, if it is known."""
    if step.state != "running":
        return None
    for job in overview.running:
        stage = job.state.stage
        if job.observation.spec.id == step.job and stage is not None and stage.progress is not None:
            return stage.progress.fraction
    return None


def step_lines(step: Step, share: float | None, width: int, height: int, glyphs: Glyphs) -> list[Content]:
    """State and figures; the parts of a figure are on lines of their own where they do not fit on one."""
    status = STATUS[step.state]
    percent = "" if share is None else f" {share:.0%}"
    lines = [Content.styled(f"{glyphs.status[status]} {_word(step)}{percent}", f"bold {STATUS_STYLES[status]}")]
    figures = _figures(step, percent.strip())
    if glyphs.ascii_only:
        figures = [figure.replace("±", "+-") for figure in figures]
    if len(figures) >= height or any(len(figure) > width - 2 for figure in figures):
        figures = [part for figure in figures for part in figure.split(", ")]
    style = "$foreground" if step.state in ("running", "done") else "$foreground-muted"
    lines += [Content.styled("  " + _shortened(figure, width - 2, glyphs), style) for figure in figures]
    if share is not None and len(lines) < height - 1:
        full, empty = bar(share, width, glyphs)
        lines.append(Content.assemble((full, "$primary"), (empty, "$foreground-disabled")))
    return lines[: max(1, height)]


def _shortened(figure: str, width: int, glyphs: Glyphs) -> str:
    """A figure in a few columns: a score may lose its standard error, which the best model shows as well."""
    return cut(
        figure if len(figure) <= width else figure.partition(" +- " if glyphs.ascii_only else " ± ")[0], width, glyphs
    )


def _word(step: Step) -> str:
    if step.state == "empty" and step.name != "taxonomy":
        return "waiting"
    return "not served" if step.name == "serve" and step.state == "ready" else step.state


def _figures(step: Step, percent: str) -> list[str]:
    """The figures without what the state says; of a failed step the reason comes first."""
    if step.state == "empty" and step.name != "taxonomy":
        return []
    parts = [[part for part in figure.split(", ") if part not in (percent, _word(step))] for figure in step.figures]
    figures = [", ".join(part) for part in parts if part]
    return figures[::-1] if step.state == "failed" else figures


def next_step_line(overview: Overview, width: int, glyphs: Glyphs) -> Content:
    """The key, the next step and why, and as far as there is room the command that does the same."""
    step = overview.next_step
    head = f"w  {step.title}"
    why = cut(f"  {step.why}", max(0, width - len(head)), glyphs)
    command = f"   {step.command}"
    room = width - len(head) - len(why) - 2
    return Content.assemble(
        (head[:1], "bold $text-primary"),
        (head[1:], "bold"),
        (f"  {why}" if why else "", "$foreground"),
        (command if len(command) <= room else "", "$foreground-muted"),
    )
