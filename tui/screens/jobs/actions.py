"""What the Jobs pane does to a job: start the quickstart, stop, resume, remove; after asking."""

from __future__ import annotations

import asyncio

from textual import work

from core.jobs.control import cancel_requested, remove, request_cancel, resume
from core.jobs.ended import what_a_stop_does
from core.jobs.folder import JobFolder
from core.jobs.observe import ENDED, Observation
from tui.screens.shared.confirm import ConfirmDialog
from tui.screens.shared.pane import Pane
from tui.screens.shared.quickstart import start_quickstart

RESUMABLE = ("lost", "failed", "cancelled")


def applies(action: str, job: Observation) -> bool:
    """Whether an action is possible for a job in its present state."""
    if action == "cancel_job":
        return job.status not in ENDED and job.elsewhere is None
    if action == "resume_job":
        return job.status in RESUMABLE and job.elsewhere is None
    return action != "remove_job" or job.status in ENDED


class JobActions(Pane):
    """The actions on the job under the cursor; the pane that has them says which one that is."""

    _followed: JobFolder | None = None

    @property
    def chosen(self) -> Observation | None:
        """The job under the cursor."""
        raise NotImplementedError

    def show_job(self, job: str) -> None:
        """Move the cursor to a job."""
        raise NotImplementedError

    @work(group="act", exit_on_error=False)
    async def action_start_quickstart(self) -> None:
        started = await start_quickstart(self.app, self.context)
        if started is not None:
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
            detail = what_a_stop_does(job.spec.kind)
        verbs = [("now", "End it now")] if asked else [("stop", "Stop job")]
        if await self._confirm(f"Stop {job.spec.id} ({job.spec.title})?", verbs, detail, cancel="Keep running"):
            request_cancel(folder, now=asked)
            if not asked:
                self.notify(
                    f"{job.spec.id} is stopping, which may take some seconds; c again ends it now.", markup=False
                )

    @work(group="act", exit_on_error=False)
    async def action_resume_job(self) -> None:
        if self._followed is not None:
            fresh = await asyncio.to_thread(resume, self._followed, self.context.store)
            self.show_job(fresh.id)  # its frame says which job it resumes

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
