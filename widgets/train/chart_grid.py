"""The charts of a training: one large, and the others next to it where there is room."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container

from core.overview.training.charts import KINDS, Chart
from widgets.glyphs import Glyphs
from widgets.train.chart_tile import ZOOMS, ChartTile

TILES = len(KINDS)

SMALL_ROWS = 6
"""Rows of a small chart: a frame, three rows of the curve, and the axis."""

LARGE_ROWS = 8


class ChartGrid(Container):
    """The first tile holds the large chart; on narrow screens only that one is shown."""

    DEFAULT_CSS = """
    ChartGrid { height: 1fr; layout: vertical; }
    ChartGrid .-small { display: none; }
    """

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._glyphs = glyphs
        self._charts: tuple[Chart, ...] = ()
        self._growing = False
        self._name = "loss"
        self._zoom = 0
        self._log: dict[str, bool] = {}
        """The axes that were chosen, by the chart's name."""

    def compose(self) -> ComposeResult:
        yield ChartTile(self._glyphs, id="train-chart-large")
        for number in range(1, TILES):
            tile = ChartTile(self._glyphs, id=f"train-chart-{number}")
            tile.add_class("-small", update=False)
            yield tile

    def on_mount(self) -> None:
        self.large.add_class("-joined", update=False)

    @property
    def large(self) -> ChartTile:
        return self.query_one("#train-chart-large", ChartTile)

    @property
    def has_charts(self) -> bool:
        return bool(self._charts)

    def show(self, charts: Sequence[Chart], *, growing: bool) -> None:
        """Show these charts; equal ones cost nothing."""
        self._charts, self._growing = tuple(charts), growing
        self._draw()

    def next_chart(self) -> None:
        """Let the next chart be the large one."""
        names = [chart.name for chart in self._charts]
        if names:
            at = names.index(self._name) if self._name in names else -1
            self._name = names[(at + 1) % len(names)]
            self._draw()

    def next_zoom(self) -> None:
        self._zoom = (self._zoom + 1) % len(ZOOMS)
        self._draw()

    def toggle_axis(self) -> None:
        """Change the large chart's axis between linear and logarithmic."""
        if self.large.chart is not None:
            self._log[self.large.chart.name] = not self.large.shows_log_axis
            self._draw()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        """Fill the tiles that there is room for."""
        ordered = sorted(self._charts, key=lambda chart: chart.name != self._name)
        shown = ordered[: 1 + self._room(len(ordered) - 1)]
        tiles = list(self.query(ChartTile))
        with self.app.batch_update():
            for number, tile in enumerate(tiles):
                if number < len(shown):
                    chart, share = shown[number], ZOOMS[self._zoom]
                    tile.show(chart, share=share, log=self._log.get(chart.name), growing=self._growing)
                else:
                    tile.hide()
            self._arrange(len(shown) - 1)

    def _columns(self) -> int:
        if not self.screen.has_class("-wide"):
            return 1
        return 3 if self.screen.has_class("-widest") else 2

    def _room(self, small: int) -> int:
        """How many of the small charts fit."""
        columns = self._columns()
        if columns == 1:
            return 0
        rows = max(0, (self.size.height - LARGE_ROWS) // SMALL_ROWS)
        return min(small, TILES - 1, rows * columns)

    def _arrange(self, small: int) -> None:
        """Set the rows of the grid: the large chart over all columns, and the small ones below it."""
        columns = self._columns()
        rows = -(-small // columns) if columns > 1 else 0
        self.set_class(rows > 0, "-grid")
        if not rows:
            return
        self.styles.grid_size_columns, self.styles.grid_size_rows = columns, rows + 1
        height = max(SMALL_ROWS, min(9, (self.size.height - LARGE_ROWS) // rows))
        self.styles.grid_rows = ("1fr", *([str(height)] * rows))
        self.large.styles.column_span = columns
