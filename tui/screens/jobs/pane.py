"""The Jobs pane: every job with its state, and the chosen one in detail, live."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.message import Message

from core.figures import duration
from core.jobs.control import cancel_requested, remove, request_cancel, resume
from core.jobs.folder import JobFolder
from core.jobs.follow import TICK_SECONDS, JobFollower, JobUpdate
from core.jobs.launch import launch
from core.jobs.observe import ENDED, Observation
from core.jobs.spec import Kind
from core.quickstart.options import FOLDER, quickstart_spec
from tui.context import Context
from tui.screens.shared.confirm import ConfirmDialog
from tui.screens.shared.pane import Pane
from widgets.glyphs import Glyphs
from widgets.jobs.job_detail import JobDetail
from widgets.jobs.job_text import status_text
from widgets.lists.filter_input import FilterInput
from widgets.lists.row_list import Row, RowList
from widgets.shell.frames import set_frame
from widgets.shell.pane_tabs import PaneTabs
from widgets.text_width import bar, fit

EMPTY = "No jobs yet. Press n for the quickstart: all five steps\non a small sample. Every long task is listed here."
NO_MATCH = "No job matches the filter; esc shows all."
NO_JOB_OF_KIND = "No jobs of these kinds yet. Press 8 to see all jobs."

RESUMABLE = ("lost", "failed", "cancelled")


class JobsPane(Pane):
    """The list shows all jobs; the detail follows the one under the cursor."""

    NAME = "jobs"
    ABOUT = (
        "Every long task is a job: it runs on its own and outlives this terminal. The list shows all jobs, newest "
        "first; the one under the cursor is shown live. Attaching shows it in the whole pane. "
        "Stalled: no progress for a while. Lost: the process died without a report."
    )
    CSS_PATH = "pane.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "a", "attach_job", "Attach", id="jobs.attach-job", tooltip="Show the job in the whole pane (also enter)."
        ),
        Binding("l", "show_log", "Log", id="jobs.show-log", tooltip="Switch between the overview and the raw log."),
        Binding(
            "z", "zoom_curves", "Zoom", id="jobs.zoom-curves", tooltip="Show the last quarter of the curves, or all."
        ),
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
            show=False,
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
    filter_line = getters.query_one(FilterInput)

    class JobRead(Message):
        """New events or log lines of the followed job were read."""

        def __init__(self, job: str, update: JobUpdate) -> None:
            super().__init__()
            self.job = job
            self.update = update

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._wanted: str | None = None
        self._followed: JobFolder | None = None
        self._filter = ""
        self._kinds: tuple[Kind, ...] = ()
        self._visible = asyncio.Event()

    def compose_body(self) -> ComposeResult:
        with Container(id="job-columns"):
            with Container(id="job-side"):
                yield RowList(EMPTY, id="job-list")
                yield FilterInput()
            yield JobDetail(self.context.glyphs, id="job-detail")

    def on_mount(self) -> None:
        super().on_mount()
        self.jobs.focus()
        self.show_kinds(self.NAME)
        self.context.jobs_changed.subscribe(self, self._show_jobs)

    def on_screen_resume(self) -> None:
        self._visible.set()

    def on_screen_suspend(self) -> None:
        self._visible.clear()

    # The list.

    def _show_jobs(self, jobs: tuple[Observation, ...]) -> None:
        glyphs = self.context.glyphs
        of_kind = [job for job in jobs if not self._kinds or job.spec.kind in self._kinds]
        shown = [job for job in of_kind if self._filter in " ".join(_texts(job)).casefold()]
        titles = Counter(job.spec.title for job in shown)
        rows = [_row(job, glyphs, show_id=titles[job.spec.title] > 1) for job in shown]
        empty = NO_JOB_OF_KIND if jobs and not of_kind else NO_MATCH if jobs else EMPTY
        self.jobs.set_rows(rows, empty)
        if self._wanted is not None and any(job.spec.id == self._wanted for job in shown):
            self.jobs.move_to_key(self._wanted)
            self._wanted = None
        self._show_chosen()

    def show_kinds(self, tab: str, kinds: tuple[Kind, ...] = ()) -> None:
        """Show only jobs of these kinds, or all, under the tab of this name."""
        self.query_one(PaneTabs).current = tab
        self._kinds = kinds
        title = f"Jobs: {', '.join(kinds)}" if kinds else "Jobs"
        set_frame(self.query_one("#job-side"), title, "8 shows all jobs" if kinds else "")
        self._show_jobs(self.context.jobs)

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
            self.detail.show_nothing("")
            self.remove_class("-attached")
            return
        if self._followed is None or self._followed.id != job.spec.id:
            self._followed = JobFolder(self.context.store.root / job.spec.id)
            self.detail.reset()
            self._follow(JobFollower(self._followed))
        self.detail.show_head(job.spec.id, job.spec.title, job.status, job.seconds)

    # The detail.

    @work(group="follow", exclusive=True, exit_on_error=False)
    async def _follow(self, follower: JobFollower) -> None:
        """Post what is new about a job, one message per tick, while it is selected and the pane is shown."""
        while True:
            await self._visible.wait()
            update = await asyncio.to_thread(follower.read, log=self.detail.log_shown)
            if update is not None:
                self.post_message(self.JobRead(follower.folder.id, update))
            await asyncio.sleep(TICK_SECONDS if update is None or update.complete else 0.01)

    def on_jobs_pane_job_read(self, message: JobRead) -> None:
        if self._followed is None or message.job != self._followed.id:
            return
        had_curves = self.detail.has_curves
        self.detail.show(message.update.state, message.update.curve_name, message.update.curves)
        if self.detail.has_curves != had_curves:
            self.refresh_bindings()
        if message.update.log_lines:
            self.detail.add_log(message.update.log_lines)

    @on(RowList.Opened)
    def action_attach_job(self) -> None:
        self.add_class("-attached")
        self._focus_shown()

    def action_show_log(self) -> None:
        self.detail.log_shown = not self.detail.log_shown
        self._focus_shown()

    def action_zoom_curves(self) -> None:
        self.detail.zoomed = not self.detail.zoomed

    def action_go_back(self) -> None:
        if self.detail.log_shown:
            self.detail.log_shown = False
        elif self.has_class("-attached"):
            self.remove_class("-attached")
        else:
            self.filter_line.close()
        self._focus_shown()

    def _focus_shown(self) -> None:
        """Focus what the keys should act on: the attached job, or the list."""
        self.set_focus(self.detail.part if self.has_class("-attached") else self.jobs)
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
            return (
                self.has_class("-attached")
                or self.has_class("-filtered")
                or (self.is_mounted and self.detail.log_shown)
            )
        if action == "zoom_curves":
            return self.is_mounted and self.detail.has_curves and not self.detail.log_shown
        if action not in ("attach_job", "show_log", "cancel_job", "resume_job", "remove_job"):
            return True
        job = self.chosen if self.is_mounted else None
        if job is None:
            return False
        if action == "cancel_job":
            return job.status not in ENDED and job.elsewhere is None
        if action == "resume_job":
            return job.status in RESUMABLE and job.elsewhere is None
        return action != "remove_job" or job.status in ENDED

    @work(group="act", exit_on_error=False)
    async def action_start_quickstart(self) -> None:
        folder = Path.cwd() / FOLDER
        detail = f"Runs all five steps on a small sample (about 3 to 20 minutes) and writes to {folder}."
        if await self._confirm("Start the quickstart?", [("start", "Start")], detail):
            started = await asyncio.to_thread(launch, quickstart_spec(folder), self.context.store)
            self.show_job(started.id)

    @work(group="act", exit_on_error=False)
    async def action_cancel_job(self) -> None:
        job, folder = self.chosen, self._followed
        if job is None or folder is None:
            return
        asked = cancel_requested(folder)
        if asked:
            detail = "A stop was requested, but the job has not ended yet. Ending it now loses unsaved work."
        else:
            detail = "Stops all its processes. What it has saved is kept; the job can be resumed."
        verbs = [("now", "End it now")] if asked else [("stop", "Stop job")]
        if await self._confirm(f"Stop {job.spec.id} ({job.spec.title})?", verbs, detail, cancel="Keep running"):
            request_cancel(folder, now=asked)

    @work(group="act", exit_on_error=False)
    async def action_resume_job(self) -> None:
        if self._followed is not None:
            fresh = await asyncio.to_thread(resume, self._followed, self.context.store)
            self.notify(f"{fresh.id} resumes {self._followed.id}.", markup=False)
            self.show_job(fresh.id)

    @work(group="act", exit_on_error=False)
    async def action_remove_job(self) -> None:
        job, folder = self.chosen, self._followed
        if job is None or folder is None:
            return
        detail = "Deletes its events and log; its outputs (data, checkpoints, reports) are kept."
        if await self._confirm(f"Remove {job.spec.id} ({job.spec.title})?", [("remove", "Remove records")], detail):
            await asyncio.to_thread(remove, folder)

    async def _confirm(
        self, question: str, verbs: list[tuple[str, str]], detail: str, cancel: str = "Cancel"
    ) -> str | None:
        dialog = ConfirmDialog(question, verbs, self.context.glyphs, detail=detail, cancel=cancel)
        return await self.app.push_screen_wait(dialog)


def _texts(job: Observation) -> tuple[str, ...]:
    """The texts of a row, which the filter searches."""
    known = job.progress is not None and job.status in ("running", "stalled", "succeeded")
    done = f"{int((job.progress or 0.0) * 100)}%" if known else ""
    what = f"{job.spec.title} on {job.elsewhere}" if job.elsewhere else job.spec.title
    return (job.status, job.spec.kind, job.spec.id, what, job.stage or "", done, duration(job.seconds))


def _row(job: Observation, glyphs: Glyphs, *, show_id: bool) -> Row:
    return Row(job.spec.id, (_texts(job), show_id), partial(_job_line, job, glyphs, show_id=show_id))


def _job_line(job: Observation, glyphs: Glyphs, width: int, *, show_id: bool = False) -> Content:
    """Status, kind, title, progress and time; a narrow line omits the kind and the bar.

    If several jobs share a title, each also shows the end of its id, which is unique.
    """
    status, kind, _, what, stage, done, seconds = _texts(job)
    wide = width >= 64
    head = Content.assemble(" ", status_text(status, glyphs, 9))
    tail = f" {done:>4} {seconds:>7} "
    drawn: tuple[str, str] = ("", "")
    if wide:
        kind = f" {kind:<10} "
        live = job.status in ("running", "stalled") and job.progress is not None
        done_part, rest = bar(job.progress or 0.0, 8, glyphs) if live else (" " * 8, "")
        drawn = (f" {done_part}", rest)
    else:
        kind = " "
    own = f" {job.spec.id.rpartition('-')[2]}" if show_id else ""
    room = max(4, width - head.cell_length - len(kind) - len("".join(drawn)) - len(tail) - len(own))
    named = f"{what}: {stage}" if stage not in ("", what) else what
    return Content.assemble(
        head,
        (kind, "$foreground-muted"),
        fit(named, room, glyphs),
        (own, "$foreground-muted"),
        (drawn[0], "$primary"),
        (drawn[1], "$foreground-disabled"),
        tail,
    )
