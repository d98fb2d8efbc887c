"""The Jobs pane: every job with its state, and the chosen one in detail, live."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.widgets import Static

from core.jobs.folder import JobFolder
from core.jobs.follow import TICK_SECONDS, JobFollower, JobUpdate
from core.jobs.observe import ENDED, Observation
from core.jobs.spec import Kind
from tui.context import Context
from tui.screens.jobs.actions import JobActions, applies
from tui.screens.jobs.empty import EMPTY, NO_JOB_OF_KIND, NO_MATCH, STARTS
from widgets.jobs.job_detail import JobDetail
from widgets.jobs.job_log import JobLog
from widgets.jobs.job_row import header_line, job_row, row_texts
from widgets.jobs.panels import ChartPanel
from widgets.lists.filter_input import FilterInput
from widgets.lists.row_list import RowList
from widgets.logs.log_search import LogSearch
from widgets.logs.log_view import LogView
from widgets.shell.frames import set_frame
from widgets.shell.pane_tabs import PaneTabs

WIDE = 110
"""Columns from which list and detail are side by side."""


class JobsPane(JobActions):
    """The list shows all jobs; the detail follows the one under the cursor."""

    NAME = "jobs"
    ABOUT = (
        "Every long task is a job: it runs on its own and outlives this terminal. The list shows all jobs, newest "
        "first; the one under the cursor is shown live. Attaching shows it in the whole pane. The log has what the job "
        "reported, with its end always in sight; l opens it, and the raw output after it. "
        "Stalled: no progress for a while. Lost: the process died without a report."
    )
    CSS_PATH = "pane.tcss"
    PARTS = (LogView, LogSearch)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "a", "attach_job", "Attach", id="jobs.attach-job", tooltip="Show the job in the whole pane (also enter)."
        ),
        Binding("l", "show_log", "Log", id="jobs.show-log", tooltip="Open the event log, then the raw output."),
        Binding("tab", "switch_log", "Other log", show=False, id="jobs.switch-log", tooltip="Event log or raw output."),
        Binding(
            "z", "zoom_curves", "Zoom", id="jobs.zoom-curves", tooltip="Show the last quarter of the curves, or all."
        ),
        Binding("v", "switch_axis", "Axis", id="jobs.switch-axis", tooltip="Linear or logarithmic axis of the curves."),
        Binding("c", "cancel_job", "Stop", id="jobs.cancel-job", tooltip="Stop a running job; it can be resumed."),
        Binding("r", "resume_job", "Resume", id="jobs.resume-job", tooltip="Resume a lost, failed or cancelled job."),
        Binding(
            "x,delete",
            "remove_job",
            "Remove",
            id="jobs.remove-job",
            tooltip="Remove the records of a job that has ended; its outputs are kept.",
        ),
        Binding(
            "n",
            "start_quickstart",
            "New",
            id="jobs.start-quickstart",
            tooltip="Start the quickstart: all five steps on a small sample; takes about 3 to 20 minutes.",
        ),
        Binding("slash", "filter_jobs", "Filter", id="jobs.filter-jobs", tooltip="Filter jobs by text."),
        Binding(
            "escape",
            "go_back",
            "Back",
            id="jobs.go-back",
            tooltip="Return from the log or the attached job to the list.",
        ),
    ]

    jobs = getters.query_one("#job-list", RowList)
    detail = getters.query_one("#job-detail", JobDetail)
    log_part = getters.query_one("#job-log", JobLog)
    filter_line = getters.query_one("#job-filter", FilterInput)

    class JobRead(Message):
        """New events or log lines of the followed job were read."""

        def __init__(self, job: str, update: JobUpdate) -> None:
            super().__init__()
            self.job = job
            self.update = update

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._wanted: str | None = None
        self._filter = ""
        self._kinds: tuple[Kind, ...] = ()
        self._visible = asyncio.Event()
        self.set_class(not context.jobs, "-empty", update=False)

    def compose_body(self) -> ComposeResult:
        with Container(id="job-columns"):
            with Container(id="job-side", classes="frame -joined"):
                yield Static("", id="job-header")
                yield RowList(EMPTY, id="job-list")
                line = FilterInput()
                line.id = "job-filter"
                yield line
            yield JobDetail(self.context.glyphs, id="job-detail")
            yield ChartPanel(self.context.glyphs, id="job-chart-side")
            yield JobLog(self.context.glyphs, id="job-log")

    def on_mount(self) -> None:
        self.detail.also_in(self.query_one("#job-chart-side", ChartPanel))
        self.jobs.focus()
        self.watch(self.jobs, "show_vertical_scrollbar", self.on_resize, init=False)
        self.show_kinds(self.NAME)
        self.follow(self.context.jobs_changed, self._show_jobs)

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """What depends on the width: the names of the columns, and how much room the stages have."""
        self.query_one("#job-header", Static).update(header_line(self.jobs.scrollable_content_region.width))
        self.detail.compact = self.app.size.width < WIDE and not self.has_class("-attached")

    def on_screen_resume(self) -> None:
        self._visible.set()

    def on_screen_suspend(self) -> None:
        self._visible.clear()
        self.detail.expire()

    # The list.

    def _show_jobs(self, jobs: tuple[Observation, ...]) -> None:
        of_kind = [job for job in jobs if not self._kinds or job.spec.kind in self._kinds]
        shown = [job for job in of_kind if self._filter in " ".join(row_texts(job)).casefold()]
        self.set_class(not shown, "-empty")
        rows = [job_row(job, self.context.glyphs) for job in shown]
        empty = NO_MATCH if jobs else EMPTY
        if self._kinds and not of_kind:
            empty = NO_JOB_OF_KIND.format(start=STARTS[self._kinds[0]])
        if self._followed is not None and self._followed.id not in {job.spec.id for job in jobs}:
            self.remove_class("-attached")  # it was removed elsewhere
        self.jobs.set_rows(rows, empty)
        self._show_list_frame(len(shown))
        if self._wanted is not None and any(job.spec.id == self._wanted for job in shown):
            self.jobs.move_to_key(self._wanted)
            self._wanted = None
        self._show_chosen()

    def show_kinds(self, tab: str, kinds: tuple[Kind, ...] = ()) -> None:
        """Show only jobs of these kinds, or all, under the tab of this name."""
        self.query_one(PaneTabs).current = tab
        self._kinds = kinds
        self._show_jobs(self.context.jobs)

    def _show_list_frame(self, count: int) -> None:
        """What the list holds, in its frame; on a narrow screen only the upper line of the frame is seen."""
        middot = " - " if self.context.glyphs.ascii_only else " · "
        parts = [f"Jobs: {', '.join(self._kinds)}" if self._kinds else "Jobs", str(count)]
        parts += [f"/{self._filter}"] if self._filter else []
        parts += ["8 shows all jobs"] if self._kinds else []
        set_frame(self.query_one("#job-side"), middot.join(parts))

    def show_job(self, job: str) -> None:
        """Move the cursor to a job, now or as soon as it appears."""
        self._wanted = job
        self._show_jobs(self.context.jobs)

    @property
    def chosen(self) -> Observation | None:
        """The job under the cursor."""
        key = self.jobs.cursor_key
        return next((job for job in self.context.jobs if job.spec.id == key), None)

    @on(RowList.Moved)
    def _show_chosen(self) -> None:
        job = self.chosen
        self.refresh_bindings()
        if job is None:
            self._followed = None
            self.workers.cancel_group(self, "follow")
            self.detail.reset()
            self.log_part.reset()
            self.remove_class("-attached")
            return
        if self._followed is None or self._followed.id != job.spec.id:
            self._followed = JobFolder(self.context.store.root / job.spec.id)
            self.detail.reset()
            self.log_part.reset()
            self._follow(JobFollower(self._followed))
        self.log_part.set_ended(job.status in ENDED)
        self.detail.show_job(job)

    # The detail.

    @work(group="follow", exclusive=True, exit_on_error=False)
    async def _follow(self, follower: JobFollower) -> None:
        """Post what is new about a job, one message per tick, while it is selected and the pane is shown."""
        while True:
            await self._visible.wait()
            update = await asyncio.to_thread(follower.read, log=self.log_part.raw)
            if update is not None:
                self.post_message(self.JobRead(follower.folder.id, update))
            await self.pause(TICK_SECONDS if update is None or update.complete else 0.01)

    def on_jobs_pane_job_read(self, message: JobRead) -> None:
        update = message.update
        if self._followed is None or message.job != self._followed.id:
            return
        if not update.complete and not self.detail.events_shown:
            self.detail.show_reading(update.share_read)
            return
        had_curves = self.detail.has_curves
        self.detail.show(update.state, update.curve_name, update.curves)
        if self.detail.has_curves != had_curves:
            self.refresh_bindings()
        self.log_part.add_entries(update.entries, again=update.entries_again)
        self.log_part.add_output(update.log_lines)

    @on(RowList.Opened)
    def action_attach_job(self) -> None:
        self.add_class("-attached")
        self._focus_shown()

    def action_show_log(self) -> None:
        if self.log_part.is_open:
            self.log_part.raw = not self.log_part.raw
        else:
            self.log_part.is_open = True
            self.add_class("-log")
        self._focus_shown()

    action_switch_log = action_show_log

    def action_zoom_curves(self) -> None:
        self.detail.zoomed = not self.detail.zoomed

    def action_switch_axis(self) -> None:
        self.detail.toggle_axis()

    def action_go_back(self) -> None:
        if self.log_part.is_open:
            if not self.log_part.end_search():
                self._close_log()
        elif self.has_class("-attached"):
            self.remove_class("-attached")
        else:
            self.filter_line.close()
        self._focus_shown()

    def _close_log(self) -> None:
        self.log_part.is_open = False
        self.remove_class("-log")

    def _focus_shown(self) -> None:
        """Focus what the keys should act on: the log, the attached job, or the list."""
        attached = self.detail if self.has_class("-attached") else self.jobs
        self.set_focus(self.log_part.shown if self.log_part.is_open else attached)
        self.call_after_refresh(self._fit)  # the list has no width while the log is open
        self.refresh_bindings()

    # The filter.

    def action_filter_jobs(self) -> None:
        self.remove_class("-attached")
        self.filter_line.open()

    def on_filter_input_filtered(self, message: FilterInput.Filtered) -> None:
        self._filter = message.text
        self.set_class(bool(message.text), "-filtered")
        self._show_jobs(self.context.jobs)

    def on_filter_input_left(self) -> None:
        self._focus_shown()

    # Actions on a job.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide keys that do not apply to the selected job, and Back when there is nothing to return from."""
        if action == "go_back":
            log_is_open = self.is_mounted and self.log_part.is_open
            return log_is_open or self.has_class("-attached") or self.has_class("-filtered")
        if action in ("zoom_curves", "switch_axis"):
            return self.is_mounted and self.detail.has_curves and not self.log_part.is_open
        if action == "switch_log":
            return self.is_mounted and self.log_part.is_open
        if action not in ("attach_job", "show_log", "cancel_job", "resume_job", "remove_job"):
            return True
        job = self.chosen if self.is_mounted else None
        if job is None:
            return False
        return applies(action, job)
