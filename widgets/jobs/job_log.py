"""The log of a job: what it reported, and its raw output."""

from __future__ import annotations

import time
from collections.abc import Sequence

from textual import getters
from textual.app import ComposeResult
from textual.containers import Container
from textual.reactive import reactive

from core.jobs.event_log import LogEntry
from widgets.glyphs import Glyphs
from widgets.lists.filter_input import FilterInput
from widgets.logs.log_lines import Line
from widgets.logs.log_search import LogSearch
from widgets.logs.log_view import LogView
from widgets.shell.frames import set_frame

NO_EVENTS = "Nothing reported yet; stages, steps, checkpoints and notes appear here."

NO_OUTPUT = "Nothing written yet; what the job reports is in the event log (l)."

NO_OUTPUT_EVER = "Nothing was written; what the job reported is in the event log (l)."


STEPS_SECONDS = 1.9
"""Between two updates of the closed log with steps only: each scrolls all its lines, and steps are read each second."""


class JobLog(Container):
    """The end of the event log; when open, all of it, or the raw output."""

    DEFAULT_CSS = """
    JobLog {
        height: auto;
        #job-events { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 0; }
        #job-raw { height: 1fr; display: none; }
        &.-open #job-events { overflow-x: auto; scrollbar-size-vertical: 1; }
        &.-raw #job-events { display: none; }
        &.-raw #job-raw { display: block; }
    }
    """

    is_open = reactive(False)
    """Whether it is shown whole, and not only its end."""
    raw = reactive(False)
    """Whether the raw output is shown and not the events."""

    events_log = getters.query_one("#job-events", LogView)
    raw_log = getters.query_one("#job-raw", LogView)
    search_line = getters.query_one("#log-search", LogSearch)

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._glyphs = glyphs
        self._waiting: list[LogEntry] = []
        self._added = 0.0

    def compose(self) -> ComposeResult:
        yield LogView(self._glyphs, NO_EVENTS, id="job-events")
        yield LogView(self._glyphs, NO_OUTPUT, id="job-raw")
        yield LogSearch(id="log-search")

    def on_mount(self) -> None:
        self._show_frames()

    @property
    def shown(self) -> LogView:
        """The log that keys act on."""
        return self.raw_log if self.raw else self.events_log

    def reset(self, *, ended: bool = False) -> None:
        """Clear everything about the previous job."""
        self.search_line.close()
        self._waiting.clear()
        self.events_log.reset()
        self.raw_log.reset()
        self.set_ended(ended)

    def set_ended(self, ended: bool) -> None:
        """Whether nothing more will be written."""
        self.raw_log.set_empty(NO_OUTPUT_EVER if ended else NO_OUTPUT)

    def add_entries(self, entries: Sequence[LogEntry], *, again: bool) -> None:
        """Append to the event log, or show these entries instead. Steps may wait a little while it is closed."""
        if again:
            self._waiting.clear()
            self.events_log.set_lines(entries)
            return
        was_empty = not self._waiting
        self._waiting += entries
        waits = self._added + STEPS_SECONDS - time.monotonic()
        if self.is_open or waits <= 0 or any(entry.level != "step" for entry in entries):
            self._add_waiting()
        elif was_empty and entries:
            self.set_timer(waits, self._add_waiting)

    def _add_waiting(self) -> None:
        if self._waiting:
            entries, self._waiting, self._added = self._waiting, [], time.monotonic()
            self.events_log.add(entries)

    def add_output(self, lines: Sequence[str]) -> None:
        """Append to the raw output."""
        self.raw_log.add([Line(line) for line in lines])

    def end_search(self) -> bool:
        """End the search; returns whether there was one."""
        searched = self.shown.has_search
        self.search_line.close()
        self.shown.find("")
        return searched

    def watch_is_open(self, is_open: bool) -> None:
        self._add_waiting()
        self.set_class(is_open, "-open")
        if not is_open:
            self.raw = False
            self.search_line.close()
            self.events_log.action_follow()
        self._show_frames()

    def watch_raw(self, raw: bool) -> None:
        self.set_class(raw, "-raw")
        self._show_frames()

    def _show_frames(self) -> None:
        if self.is_mounted:
            title = "event log, l: raw output" if self.is_open else "log"
            set_frame(self.events_log, title, self.events_log.state_text if self.is_open else "")
            set_frame(self.raw_log, "raw output, l: event log", self.raw_log.state_text)

    def on_log_view_changed(self, message: LogView.Changed) -> None:
        message.stop()
        self._show_frames()

    def on_log_view_find_requested(self, message: LogView.FindRequested) -> None:
        message.stop()
        self.search_line.open()

    def on_filter_input_filtered(self, message: FilterInput.Filtered) -> None:
        message.stop()
        self.shown.find(message.text)

    def on_filter_input_left(self, message: FilterInput.Left) -> None:
        message.stop()
        self.shown.focus()
