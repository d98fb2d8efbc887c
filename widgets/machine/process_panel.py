"""The list of processes with the names of its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from core.monitor.processes import ProcessRow
from widgets.glyphs import Glyphs
from widgets.lists.row_list import Row, RowList
from widgets.machine.process_lines import process_header, process_line
from widgets.machine.titles import in_frame, together
from widgets.shell.frames import set_frame


class ProcessList(RowList):
    """The rows; enter opens the job of a process that has one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "select_row",
            "Its job",
            id="system.show-job",
            tooltip="Show the job of this process in the Jobs pane.",
        ),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide enter for a process without a job."""
        panel = self.parent
        return action != "select_row" or (isinstance(panel, ProcessPanel) and panel.chosen_job is not None)


class ProcessPanel(Vertical):
    """labtop's processes, and other programs on the GPUs."""

    DEFAULT_CSS = """
    ProcessPanel { height: 1fr; }
    ProcessPanel Static { height: 1; text-wrap: nowrap; color: $foreground-muted; }
    """

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, classes="frame")
        self._glyphs = glyphs
        self._rows: tuple[ProcessRow, ...] = ()
        self._header = ""

    def compose(self) -> ComposeResult:
        yield Static("")
        yield ProcessList(id="process-list")

    def on_resize(self) -> None:
        self._show_header()

    def _show_header(self) -> None:
        """Name the columns; a scroll bar takes one."""
        header = process_header(self.query_one(RowList).scrollable_content_region.width)
        if header != self._header:
            self._header = header
            self.query_one(Static).update(Content.styled(header, "bold"))

    def show(self, rows: Sequence[ProcessRow], progress: Mapping[str, float | None], figures: str) -> None:
        """Show these rows; `progress` is that of each job."""
        self._rows = tuple(rows)
        ours = sum(row.ours for row in rows)
        others = len(rows) - ours
        counts = f"{ours} of labtop" + (f", {others} other on GPUs" if others else "")
        set_frame(self, together(("processes", counts), self._glyphs), in_frame(figures, self.size.width, self._glyphs))
        drawn = [
            Row(row.pid, (row, share), partial(_draw, row, share, self._glyphs))
            for row in rows
            for share in (progress.get(row.job) if row.job else None,)
        ]
        self.query_one(RowList).set_rows(drawn, "No process of labtop is running.")
        self.call_after_refresh(self._show_header)

    @property
    def chosen_job(self) -> str | None:
        """The job of the process under the cursor."""
        row = self.chosen
        return None if row is None else row.job

    @property
    def chosen(self) -> ProcessRow | None:
        """The process under the cursor."""
        pid = self.query_one(RowList).cursor_key
        return next((row for row in self._rows if row.pid == pid), None)


def _draw(row: ProcessRow, share: float | None, glyphs: Glyphs, width: int) -> Content:
    return process_line(row, share, width, glyphs)
