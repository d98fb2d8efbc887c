"""What the Train pane does with a training and with its checkpoints."""

from __future__ import annotations

import asyncio

from textual import work

from core.jobs.control import cancel_requested, request_cancel, resume
from core.jobs.folder import JobFolder
from core.jobs.observe import ENDED, Observation
from core.overview.servers import running_servers
from core.overview.training.checkpoints import CheckpointFacts
from core.overview.training.follow import TrainingUpdate
from core.overview.training.stopping import stop_now_loss, stop_promise
from tui.screens.shared.confirm import ConfirmDialog
from tui.screens.shared.pane import Pane

RESUMABLE = ("lost", "failed", "cancelled")

USES = [("serve", "Serve"), ("chat", "Chat"), ("evaluate", "Evaluate"), ("copy", "Copy path")]
"""What can be done with a checkpoint."""


class TrainActions(Pane):
    """The actions; the pane that has them says what they apply to."""

    @property
    def chosen_run(self) -> Observation | None:
        """The training under the cursor of the list, if that has the focus, else the one that is shown."""
        raise NotImplementedError

    @property
    def chosen_checkpoint(self) -> CheckpointFacts | None:
        """The checkpoint under the cursor."""
        raise NotImplementedError

    def update_of(self, job: str) -> TrainingUpdate | None:
        """What was read of a training, if it is the one that is shown."""
        raise NotImplementedError

    def base_model(self) -> str:
        """The folder of the model that the shown training began with; empty if it is not known."""
        raise NotImplementedError

    def show_training(self, job: str) -> None:
        """Show a training, now or as soon as it appears."""
        raise NotImplementedError

    def applies(self, action: str) -> bool:
        """Whether an action is possible now."""
        job, checkpoint = self.chosen_run, self.chosen_checkpoint
        if action == "stop_run":
            return job is not None and job.status not in ENDED and job.elsewhere is None
        if action == "resume_run":
            return job is not None and job.status in RESUMABLE and job.elsewhere is None
        if action == "copy_path":
            return checkpoint is not None
        return action != "show_log" or job is not None

    # The training.

    @work(group="act", exit_on_error=False)
    async def action_stop_run(self) -> None:
        job = self.chosen_run
        if job is None:
            return
        folder, update = JobFolder(self.context.store.root / job.spec.id), self.update_of(job.spec.id)
        asked = cancel_requested(folder)
        detail = stop_now_loss(update) if asked else stop_promise(update)
        verbs = [("now", "End it now")] if asked else [("stop", "Stop training")]
        question = f"Stop {job.spec.id} ({job.spec.title})?"
        dialog = ConfirmDialog(question, verbs, self.context.glyphs, detail=detail, cancel="Keep running")
        if await self.app.push_screen_wait(dialog):
            request_cancel(folder, now=asked)
            if not asked:
                self.notify(f"{job.spec.id} saves its state and stops; c again ends it now.", markup=False)

    @work(group="act", exit_on_error=False)
    async def action_resume_run(self) -> None:
        job = self.chosen_run
        if job is not None:
            folder = JobFolder(self.context.store.root / job.spec.id)
            fresh = await asyncio.to_thread(resume, folder, self.context.store)
            self.notify(f"{fresh.id} resumes {job.spec.id}.", markup=False)
            self.show_training(fresh.id)

    async def action_show_log(self) -> None:
        job = self.chosen_run
        if job is not None:
            await self.run_action(f"app.show_job({job.spec.id!r})")
            await self.app.run_action("screen.show_log")

    # The checkpoints.

    @work(group="act", exit_on_error=False)
    async def use_checkpoint(self) -> None:
        """Ask what to do with the checkpoint under the cursor."""
        one = self.chosen_checkpoint
        if one is None:
            return
        if not one.exists:
            self.notify(f"{one.name} was removed: {one.path}", severity="warning", markup=False)
            return
        dialog = ConfirmDialog(
            f"{one.name}", USES, self.context.glyphs, detail=one.path, safe=[name for name, _ in USES]
        )
        answer = await self.app.push_screen_wait(dialog)
        if answer == "serve":
            await self.action_serve_checkpoint()
        elif answer == "chat":
            await self._chat_with(one)
        elif answer == "evaluate":
            await self.action_evaluate_checkpoint()
        elif answer == "copy":
            self.action_copy_path()

    async def action_serve_checkpoint(self) -> None:
        """Open the form that serves the checkpoint; without one, the form as it is everywhere."""
        one = self.chosen_checkpoint
        if one is None:
            await self.app.run_action("app.start_step('serve')")
        else:
            await self.app.run_action(f"app.serve_model({one.path!r})")

    async def action_evaluate_checkpoint(self) -> None:
        """Open the form that compares the checkpoint with the model that the training began with."""
        one = self.chosen_checkpoint
        if one is None:
            await self.app.run_action("app.start_step('evaluate')")
            return
        texts = {"model": one.path, "base_model": self.base_model()}
        await self.app.run_action(f"app.open_form('evaluate', {texts!r})")

    def action_copy_path(self) -> None:
        one = self.chosen_checkpoint
        if one is not None:
            self.app.copy_to_clipboard(one.path)
            self.notify(f"Copied: {one.path}", markup=False)

    async def _chat_with(self, one: CheckpointFacts) -> None:
        """Chat with the server of the checkpoint; without one, serve it with the usual options first."""
        servers = await asyncio.to_thread(running_servers, self.context.jobs)
        ready = next((server for server in servers if server.model == one.path and server.url is not None), None)
        if ready is not None:
            self.context.base_url = ready.url or self.context.base_url
            self.context.model = ready.names[0] if ready.names else None
        else:
            self.notify(f"{one.name} is being served; the chat uses it as soon as it answers.", markup=False)
            await self.app.run_action(f"app.serve_here({one.path!r})")
        await self.app.run_action("app.show_pane('chat')")
