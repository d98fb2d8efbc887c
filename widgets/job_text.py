"""A job's state as lines of text, purely: stages, counts, scores, notes, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from textual.content import Content

from core.jobs.reducer import Count, JobState, StageState
from widgets.figures import bar, cut, duration, fit
from widgets.glyphs import STATUS_STYLES, Glyphs

TITLE_WIDTH = 30
"""Columns for a stage's title or a leaf's name."""

SHOWN = 5
"""Of the newest scores, notes and artifacts."""

RESULT_LINES = 24
"""Of a job's result; the command line prints all of it."""

Data = Mapping[str, Any]


def status_text(status: str, glyphs: Glyphs, width: int = 0) -> Content:
    """Sign and word."""
    return Content.styled(f"{glyphs.status.get(status, ' ')} {status:<{width}}", STATUS_STYLES.get(status, ""))


def stage_lines(state: JobState, width: int, glyphs: Glyphs) -> list[Content]:
    """A line for each stage, and what the running one is for."""
    title_width = min(TITLE_WIDTH, max([12, *(len(stage.title) for stage in state.stages.values())]))
    bar_width = 20 if width >= 100 else 12
    lines = []
    for stage in state.stages.values():
        style = STATUS_STYLES[stage.status]
        parts: list[tuple[str, str]] = [
            (f"{glyphs.status[stage.status]} ", style),
            (fit(stage.title, title_width, glyphs), "bold" if stage.status == "running" else style),
            ("  ", ""),
        ]
        if stage.status == "running" and stage.progress is not None and stage.progress.fraction is not None:
            full, empty = bar(stage.fraction, bar_width, glyphs)
            parts += [(full, "$primary"), (empty, "$foreground-disabled"), (f" {int(stage.fraction * 100):>3}%  ", "")]
        room = max(0, width - sum(len(text) for text, _ in parts))
        parts.append((cut(stage_figures(stage, state), room, glyphs), "$foreground-muted"))
        lines.append(Content.assemble(*parts))
    if state.stage is not None and state.stage.purpose:
        lines.append(Content.styled(cut(state.stage.purpose, width, glyphs), "italic $foreground-muted"))
    return lines


def stage_figures(stage: StageState, state: JobState) -> str:
    """What is worth saying of a stage in one line."""
    said = []
    progress = stage.progress
    if stage.status == "running" and progress is not None:
        total = "" if progress.total is None else f"/{progress.total:,.0f}"
        said.append(f"{progress.done:,.0f}{total} {progress.unit}")
        if progress.seconds_left is not None:
            said.append(f"{duration(progress.seconds_left)} left")
    elif stage.seconds is not None:
        said.append(duration(stage.seconds))
    elif stage.status == "waiting" and stage.expected_seconds is not None:
        said.append(f"about {duration(stage.expected_seconds)}")
    steps = state.metrics.get(stage.id)
    if steps:
        loss = steps[next(reversed(steps))].get("loss")
        said += [] if loss is None else [f"loss {loss:.3f}"]
    scores = [score.score for score in state.scores if score.stage == stage.id]
    if scores:
        said.append(f"{'best' if len(scores) > 1 else 'score'} {max(scores):.3f}")
    return ", ".join(said)


def count_lines(counts: Iterable[Count], width: int, glyphs: Glyphs) -> list[Content]:
    """What was made for each leaf: produced, parsed and kept, and why the rest was not."""
    by_leaf: dict[str, tuple[int, int, int, dict[str, int]]] = {}
    for count in counts:
        produced, parsed, kept, rejected = by_leaf.get(count.leaf, (0, 0, 0, {}))
        rejected = {
            reason: rejected.get(reason, 0) + count.rejected.get(reason, 0) for reason in {**rejected, **count.rejected}
        }
        by_leaf[count.leaf] = (produced + count.produced, parsed + count.parsed, kept + count.kept, rejected)
    if not by_leaf:
        return []
    leaf_width = max(20, min(44, width - 44))
    lines = [
        Content.styled(
            f"{'Leaf':<{leaf_width}} {'produced':>9} {'parsed':>7} {'kept':>7}  rejected", "$foreground-muted"
        )
    ]
    for leaf, (produced, parsed, kept, rejected) in by_leaf.items():
        figures = f" {produced:>9,} {parsed:>7,} {kept:>7,}"
        reasons = ", ".join(f"{reason} {number:,}" for reason, number in rejected.items() if number)
        room = max(0, width - leaf_width - len(figures) - 2)
        lines.append(
            Content.assemble(
                fit(_tail(leaf, leaf_width, glyphs), leaf_width, glyphs),
                figures,
                (f"  {cut(reasons, room, glyphs)}", "$foreground-muted"),
            )
        )
    return lines


def _tail(path: str, width: int, glyphs: Glyphs) -> str:
    """The end of a leaf's path says more than its beginning."""
    return path if len(path) <= width else glyphs.ellipsis + path[-(width - 1) :]


def score_lines(state: JobState, width: int, glyphs: Glyphs) -> list[Content]:
    """The newest scores."""
    lines = []
    for score in state.scores[-SHOWN:]:
        spread = (
            "" if score.stderr is None else f" ±{score.stderr:.3f}".replace("±", "+-" if glyphs.ascii_only else "±")
        )
        asked = "" if score.n is None else f", {score.n:,} questions"
        figures = f"  {score.score:.3f}{spread}{asked}"
        name = cut(f"{score.benchmark}  {score.model}", max(10, width - len(figures)), glyphs)
        lines.append(Content.assemble(name, (figures, "bold")))
    return lines


def note_lines(state: JobState, glyphs: Glyphs) -> list[Content]:
    """The newest notes, with what to do about them."""
    lines = []
    for note in state.notes[-SHOWN:]:
        level = note.get("level")
        sign = {"warning": glyphs.warning, "error": glyphs.error}.get(str(level), glyphs.file)
        style = {"warning": "$text-warning", "error": "$text-error"}.get(str(level), "$foreground-muted")
        hint = f"  {note['hint']}" if note.get("hint") else ""
        lines.append(Content.assemble((f"{sign} {note.get('message', '')}", style), (hint, "$foreground-muted")))
    return lines


def end_lines(state: JobState, status: str, width: int, glyphs: Glyphs) -> list[Content]:
    """The error with its hint, or the result; `status` is as observed, since a lost job has told no end."""
    lines: list[Content] = []
    if status == "lost":
        lines.append(Content.styled(f"{glyphs.error} Its process is gone and left no last word.", "bold $text-error"))
        lines.append(Content("  What it had done is kept: r goes on from there."))
    elif status == "cancelled":
        lines.append(Content("It was stopped. What it had done is kept: r goes on from there."))
    if state.error:
        lines.append(Content.styled(f"{glyphs.error} {state.error.get('message', '')}", "bold $text-error"))
        if state.error.get("hint"):
            lines.append(Content(f"  {state.error['hint']}"))
    if state.result:
        flat = list(_flat(state.result))
        name_width = min(28, max(len(name) for name, _ in flat)) if flat else 0
        for name, value in flat[:RESULT_LINES]:
            room = max(10, width - name_width - 2)
            lines.append(
                Content.assemble((fit(name, name_width, glyphs), "$foreground-muted"), "  ", cut(value, room, glyphs))
            )
        if len(flat) > RESULT_LINES:
            lines.append(Content.styled(f"and {len(flat) - RESULT_LINES} more", "$foreground-muted"))
    return lines


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """A result's figures, one line each, named by the way to them."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and value and not isinstance(value[0], (dict, list)):
        yield name, ", ".join(map(str, value))
    elif isinstance(value, list):
        yield name, f"{len(value)} items"
    elif isinstance(value, float):
        yield name, f"{value:.4g}"
    elif value is not None:
        yield name, str(value)
