"""A line chart as text: curves over a shared step axis, with labels, legend, phases and checkpoints."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import floor, inf

from core.jobs.state.series import Series
from widgets.charts.axes import SPARE_WIDTH, drawable, frame_of, labels, plain_number, round_step, with_room
from widgets.charts.braille import Cell, Curve, Drawing, Frame, draw
from widgets.glyphs import Glyphs
from widgets.text_width import cut

MIN_WIDTH, MIN_HEIGHT = 20, 4
"""Below it nothing is drawn."""

CURVE_ROLES = ("first", "second", "third", "fourth", "fifth", "sixth")

ASCII_MARKS = "*+ox@%"
"""Of overlaid curves, so that they differ without colour."""

BRAILLE_MARKS = "⣿⡇⠅⠂⠁⠄"
"""The same in the legend of braille curves, of which the second has every second column of dots, and so on."""

Span = tuple[str, str | None]
"""Text, and the role that decides its colour."""


@dataclass(frozen=True)
class Part:
    """A part of the x axis with a name, such as a phase of a training."""

    name: str
    end: float
    """It begins where the part before ends, and the first one at 0."""


@dataclass(frozen=True)
class Plot:
    """What a line chart shows."""

    series: tuple[Series, ...] = ()
    title: str = ""
    x_name: str = "step"
    sequential: bool = False
    """Whether the curves are shown one after another, as the phases of one training, and not over each other."""
    log: bool = False
    zoom: tuple[float, float] | None = None
    """The shown range of the x axis; of all curves together if they are sequential."""
    heading: bool = True
    """Whether the first line has the title and the legend; without it they are elsewhere, as in a frame."""
    growing: bool = False
    """Whether points will be added at the right; the axes then end at round numbers."""
    from_zero: bool = False
    """Whether a linear axis includes 0."""
    parts: tuple[Part, ...] = ()
    """Of the x axis; the curves' xs are positions on it."""

    def continues(self, earlier: Plot) -> bool:
        """Whether this is the earlier plot with points added."""
        if not (self.growing and self.series and earlier.series):
            return False
        return self._without_points() == earlier._without_points()

    def _without_points(self) -> Plot:
        starts = tuple(replace(one, xs=one.xs[:1], ys=one.ys[:1], smoothed=(), checkpoints=()) for one in self.series)
        parts = tuple(replace(part, end=0.0) for part in self.parts)
        return replace(self, series=starts, parts=parts, zoom=self.zoom and (0.0, 1.0))


def plot_lines(plot: Plot, width: int, height: int, glyphs: Glyphs) -> list[list[Span]]:
    """The chart's lines: a title with the legend, the curves, and the x axis. Empty if there is no room."""
    shown = tuple(one for one in plot.series if one.xs)
    series, boundaries = in_sequence(shown) if plot.sequential else (shown, [part.end for part in plot.parts[:-1]])
    frame = _frame(series, plot)
    rows = height - 1 - plot.heading
    if frame is None or width < MIN_WIDTH or height < MIN_HEIGHT:
        return []
    labelled = labels(frame, rows, log=plot.log)
    margin = max(map(len, labelled.values())) + 2
    columns = width - margin
    drawing = draw(_curves(series, plot), frame, columns, rows, ascii_only=glyphs.ascii_only)
    _add_boundaries(drawing, frame, boundaries, glyphs)
    _add_checkpoints(drawing, series, frame, glyphs, log=plot.log)
    wall = "|" if glyphs.ascii_only else "│"
    lines: list[list[Span]] = [_heading(series, plot, width, glyphs)] if plot.heading else []
    for number, row in enumerate(drawing):
        label = labelled.get(number, "").rjust(margin - 2)
        lines.append([(f"{label} {wall}", "axis"), *_spans(row)])
    named = _named_parts(shown, plot)
    below = _x_axis(named, frame, boundaries, plot.x_name, columns, glyphs)
    return [*lines, [(" " * margin + below, "axis")]]


def in_sequence(series: Sequence[Series]) -> tuple[tuple[Series, ...], tuple[float, ...]]:
    """The curves, moved so that each begins where the previous one ends, and the xs where they meet. None is empty."""
    moved: list[Series] = []
    ends: list[float] = []
    offset = 0.0
    for one in series:
        moved.append(
            replace(
                one,
                xs=tuple(x + offset for x in one.xs),
                checkpoints=tuple(x + offset for x in one.checkpoints),
            )
        )
        offset = moved[-1].xs[-1]
        ends.append(offset)
    return tuple(moved), tuple(ends[:-1])


def last_part(series: Sequence[Series], share: float) -> tuple[float, float] | None:
    """The range of the x axis with the last `share` of all steps of sequential curves; None without steps."""
    end = sum(one.xs[-1] for one in series if one.xs)
    return (end * (1 - share), end) if end else None


def values_shown(series: Sequence[Series], zoom: tuple[float, float] | None) -> list[float]:
    """The values of sequential curves in a range of the x axis."""
    moved, _ = in_sequence([one for one in series if one.xs])
    left, right = zoom or (-inf, inf)
    return [y for one in moved for x, y in zip(one.xs, one.ys, strict=True) if left <= x <= right]


def _frame(series: Sequence[Series], plot: Plot) -> Frame | None:
    left, right = plot.zoom or (-inf, inf)
    if plot.growing and plot.zoom and (step := round_step((right - left) * SPARE_WIDTH)) >= 1:
        left = floor(left / step) * step
    points = [point for one in series for point in drawable(one.xs, one.ys, log=plot.log)]
    points = [point for point in points if left <= point[0] <= right]
    frame = frame_of(points)
    if frame is not None and plot.from_zero and not plot.log:
        frame = replace(frame, bottom=min(0.0, *(y for _, y in points)))
    return with_room(frame) if frame is not None and plot.growing else frame


def _curves(series: Sequence[Series], plot: Plot) -> list[Curve]:
    curves = []
    for number, one in enumerate(series):
        look = number if one.group is None else one.group
        role = CURVE_ROLES[look % len(CURVE_ROLES)]
        overlaid = 0 if plot.sequential else look % len(ASCII_MARKS)
        mark, every = ASCII_MARKS[overlaid], overlaid + 1
        raw = _curve(one.xs, one.ys, role, plot, mark=mark, every=every)
        if one.smoothed:
            curves.append(replace(raw, role="faint", mark=".", joined=False))
            raw = replace(_curve(one.xs, one.smoothed, role, plot, mark=mark, every=every), covers=True)
        curves.append(raw)
    return curves


def _curve(xs: Sequence[float], ys: Sequence[float], role: str, plot: Plot, *, mark: str, every: int) -> Curve:
    points = drawable(xs, ys, log=plot.log)
    return Curve([x for x, _ in points], [y for _, y in points], role, mark, every)


def _add_boundaries(drawing: Drawing, frame: Frame, boundaries: Sequence[float], glyphs: Glyphs) -> None:
    for x in boundaries:
        if frame.left <= x <= frame.right:
            column = frame.column(x, len(drawing[0]))
            for row in drawing:
                if row[column][0] == " ":
                    row[column] = (_boundary_mark(glyphs), "axis")


def _boundary_mark(glyphs: Glyphs) -> str:
    return ":" if glyphs.ascii_only else "┊"


def _add_checkpoints(drawing: Drawing, series: Sequence[Series], frame: Frame, glyphs: Glyphs, *, log: bool) -> None:
    """Mark each checkpoint on its curve, at the first known step from there on."""
    for one in series:
        points = drawable(one.xs, one.smoothed or one.ys, log=log)
        for checkpoint in one.checkpoints if points else ():
            x, y = points[min(bisect_left(points, (checkpoint, -inf)), len(points) - 1)]
            if frame.left <= x <= frame.right and frame.bottom <= y <= frame.top:
                row = drawing[frame.row(y, len(drawing))]
                row[frame.column(x, len(row))] = (_checkpoint_mark(glyphs), "checkpoint")


def _checkpoint_mark(glyphs: Glyphs) -> str:
    return "#" if glyphs.ascii_only else "◆"


def _spans(row: Sequence[Cell]) -> list[Span]:
    """Adjacent cells of one role as one span."""
    return [("".join(text for text, _ in cells), role) for role, cells in groupby(row, key=lambda cell: cell[1])]


def _heading(series: Sequence[Series], plot: Plot, width: int, glyphs: Glyphs) -> list[Span]:
    """The title and the legend, as far as there is room."""
    title = plot.title + (", log axis" if plot.log else "")
    legend: list[Span] = []
    if not plot.sequential:
        looks = dict.fromkeys(
            (number if one.group is None else one.group, one.name) for number, one in enumerate(series)
        )
        legend += [legend_entry(look, name, glyphs) for look, name in looks]
    if any(one.smoothed for one in series):
        line, dot = "*." if glyphs.ascii_only else "━·"
        legend += [(f"{line} smoothed", "first"), (f"{dot} raw", "faint")]
    if any(one.checkpoints for one in series):
        legend.append((f"{_checkpoint_mark(glyphs)} checkpoint", "checkpoint"))
    spans: list[Span] = [(cut(title, width, glyphs), "title")]
    room = width - len(spans[0][0])
    for text, role in legend:
        if len(text) + 3 > room:
            break
        spans += [("   ", None), (text, role)]
        room -= len(text) + 3
    return spans


def legend_entry(look: int, name: str, glyphs: Glyphs) -> Span:
    """The mark and the name of the curves that are drawn alike."""
    marks = ASCII_MARKS if glyphs.ascii_only else BRAILLE_MARKS
    return f"{marks[look % len(marks)]} {name}", CURVE_ROLES[look % len(CURVE_ROLES)]


def _named_parts(series: Sequence[Series], plot: Plot) -> list[tuple[str, float]]:
    """The name and the length of each part of the x axis."""
    if plot.sequential or not plot.parts:
        return [(one.name if plot.sequential or len(series) == 1 else "", max(one.xs)) for one in series]
    starts = [0.0, *(part.end for part in plot.parts)]
    return [(part.name, part.end - start) for part, start in zip(plot.parts, starts, strict=False)]


def _x_axis(
    parts: Sequence[tuple[str, float]],
    frame: Frame,
    boundaries: Sequence[float],
    x_name: str,
    columns: int,
    glyphs: Glyphs,
) -> str:
    """For each part of the x axis its name at the left and its last step at the right, as far as they fit."""
    if not boundaries:
        name = parts[0][0]
        return ends(f"{plain_number(frame.left)}  {name}", f"{x_name} {frame.right:,.0f}", columns, glyphs)
    walls = [min(columns, max(-1, frame.column(x, columns))) for x in boundaries]
    cells = [" "] * columns
    for (name, length), start, end in zip(parts, [-1, *walls], [*walls, columns], strict=True):
        room = max(0, end - start - 1)
        last = length if end < columns else max(length, frame.right - boundaries[-1])
        cells[start + 1 : start + 1 + room] = ends(name, f"{x_name} {last:,.0f}", room, glyphs)
    for wall in walls:
        if 0 <= wall < columns:
            cells[wall] = _boundary_mark(glyphs)
    return "".join(cells)


def ends(left: str, right: str, width: int, glyphs: Glyphs) -> str:
    """Both texts at the ends of a line; the right one, then the end of the left one is dropped if there is no room."""
    if width <= 0:
        return ""
    if width < len(right) + 10:
        return cut(left, width, glyphs).ljust(width)
    return cut(left, width - len(right) - 2, glyphs).ljust(width - len(right)) + right
