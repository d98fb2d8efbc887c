"""The GPUs: a graph for each, or, if they are many, a line for each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from core.monitor.processes import ProcessRow
from core.system.gpu import Gpu, GpuReading
from core.system.history import History
from widgets.glyphs import Glyphs
from widgets.lists.row_list import Row, RowList
from widgets.machine.gpu_views import (
    GpuGraph,
    absent_text,
    driver_text,
    gpu_line,
    gpu_title,
    gpu_usage,
    gpu_view,
    mig_text,
    total_title,
)
from widgets.machine.time_graph import TimeGraph
from widgets.shell.frames import set_frame
from widgets.shell.text_line import TextLine
from widgets.text_width import cut


class GpuPanel(Container):
    """Holds as many graphs as there are GPUs, or a list."""

    DEFAULT_CSS = """
    GpuPanel { layout: grid; height: 1fr; }
    GpuPanel Static { height: 1fr; text-wrap: nowrap; color: $foreground-muted; }
    """

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._glyphs = glyphs
        self._held: tuple[int, int] | None = None
        """Graphs side by side, and their number; zeros for the list."""

    async def hold(self, reading: GpuReading, cards: int) -> None:
        """Hold what these GPUs need: `cards` graphs side by side, or with 0 a list, or a sentence without a GPU."""
        wanted = (cards, len(reading.gpus) if cards or not reading.gpus else -1)
        if wanted == self._held:
            return
        self._held = wanted
        await self.remove_children()
        self.styles.grid_size_columns = max(1, cards)
        if not reading.gpus:
            await self.mount(TextLine("", classes="frame -joined"))
        elif cards:
            await self.mount(*(TimeGraph(self._glyphs, id=f"gpu-{number}") for number in range(len(reading.gpus))))
        else:
            await self.mount(RowList(id="gpu-list", classes="frame -joined"))

    def show(
        self, reading: GpuReading, history: History, span: float, graph: GpuGraph, processes: Sequence[ProcessRow]
    ) -> None:
        """Show a reading in what is held; each GPU's graph names the jobs whose processes use it."""
        glyphs = self._glyphs
        jobs: dict[int, dict[str, None]] = {}
        for row in processes:
            for index in row.gpus if row.job else ():
                jobs.setdefault(index, {})[row.job or ""] = None
        for sentence in self.query_children(Static):
            set_frame(sentence, "gpu")
            sentence.update(Content(cut(absent_text(reading), sentence.size.width or 200, glyphs)))
        for number, (card, gpu) in enumerate(zip(self.query_children(TimeGraph), reading.gpus, strict=False)):
            title = gpu_title(gpu, graph, gpu_usage(history.newest, number), glyphs, [*jobs.get(gpu.index, ())])
            card.show(gpu_view(gpu, number, history, span, graph, glyphs), title, driver_text(reading))
        for rows in self.query_children(RowList):
            set_frame(rows, total_title(reading, history.newest, glyphs), driver_text(reading))
            rows.set_rows(
                [row for number, gpu in enumerate(reading.gpus) for row in _rows(gpu, number, history, span, glyphs)]
            )


def _rows(gpu: Gpu, number: int, history: History, span: float, glyphs: Glyphs) -> list[Row]:
    moment = history.newest.time
    own = Row(
        (number, -1),
        (moment, span),
        lambda width: gpu_line(gpu, number, history, span, width, glyphs),
    )
    return [
        own,
        *(
            Row((number, device.index), device, partial(_draw_mig, gpu, number_of, glyphs))
            for number_of, device in enumerate(gpu.mig_devices)
        ),
    ]


def _draw_mig(gpu: Gpu, place: int, glyphs: Glyphs, width: int) -> Content:
    return mig_text(gpu, gpu.mig_devices[place], width, glyphs)
