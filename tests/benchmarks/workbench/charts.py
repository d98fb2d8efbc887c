"""Processor time to draw a chart of 2,000 points again after a new one, without a terminal.

Run as `python tests/benchmarks/workbench/charts.py`; prints one JSON line. Compared with drawing a static of as many
cells in the same run.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Callable
from math import exp, sin

from textual.app import App, ComposeResult
from textual.widget import Widget
from textual.widgets import Static

from core.jobs.state.series import Series, smoothed_curve
from widgets.charts.area import area_rows
from widgets.charts.histogram import Distribution, Histogram
from widgets.charts.line_chart import LineChart
from widgets.charts.line_plot import Plot
from widgets.charts.sparkline import sparkline
from widgets.glyphs import UNICODE

POINTS = 2_000

FRAMES = 40

WIDTH, HEIGHT = 100, 20


def loss(step: int) -> float:
    return 8 * exp(-step / 300) + 0.1 + 0.05 * sin(step)


def series(newest: int, name: str = "loss") -> Series:
    """The newest 2,000 steps, with their mean."""
    return smoothed_curve(name, [(step, loss(step)) for step in range(newest - POINTS, newest)], [newest - 100])


class Charts(App[None]):
    CSS = f"LineChart, Histogram, Static {{ width: {WIDTH}; height: {HEIGHT}; }}"

    def compose(self) -> ComposeResult:
        yield LineChart(UNICODE)
        yield Histogram(UNICODE)
        yield Static()


def milliseconds(draw: Callable[[int], object]) -> float:
    """The median processor time of one frame."""
    spent = []
    for frame in range(FRAMES):
        before = time.process_time()
        draw(frame)
        spent.append(time.process_time() - before)
    return round(1000 * statistics.median(spent), 2)


def drawn(widget: Widget) -> None:
    """Render all lines, as the screen does."""
    widget.render_lines(widget.size.region)


async def measure() -> dict[str, float]:
    app = Charts()
    async with app.run_test(size=(WIDTH, 3 * HEIGHT)) as pilot:
        await pilot.pause()
        chart, histogram, static = app.query_one(LineChart), app.query_one(Histogram), app.query_one(Static)
        curves = [series(POINTS + frame) for frame in range(FRAMES)]
        others = [series(POINTS + 10 * frame, "other") for frame in range(FRAMES)]

        def line(frame: int) -> None:
            chart.set_plot(Plot((curves[frame],), "loss", log=True))
            drawn(chart)

        def overlaid(frame: int) -> None:
            chart.set_plot(Plot((curves[frame], others[frame]), "loss"))
            drawn(chart)

        def bars(frame: int) -> None:
            histogram.show(Distribution(curves[frame].ys, "loss"))
            drawn(histogram)

        def text(frame: int) -> None:
            static.update("\n".join(f"{frame}{'x' * (WIDTH - 4)}" for _ in range(HEIGHT)))
            drawn(static)

        return {
            "line_ms": milliseconds(line),
            "overlaid_ms": milliseconds(overlaid),
            "histogram_ms": milliseconds(bars),
            "area_ms": milliseconds(lambda frame: area_rows(curves[frame].ys, WIDTH, HEIGHT, ascii_only=False)),
            "sparkline_ms": milliseconds(lambda frame: sparkline(curves[frame].ys, WIDTH, ascii_only=False)),
            "static_ms": milliseconds(text),
        }


def main() -> None:
    found = asyncio.run(measure())
    ratio = round(found["line_ms"] / found["static_ms"], 2)
    print(json.dumps({"benchmark": "charts", "points": POINTS, "cells": f"{WIDTH}x{HEIGHT}", **found, "ratio": ratio}))


if __name__ == "__main__":
    main()
