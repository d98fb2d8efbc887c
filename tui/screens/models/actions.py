"""What the Models pane does with the model, server or transfer under the cursor; after asking where it deletes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from textual import work

from core import paths
from core.commands.models.remove import removals
from core.commands.models.remove import remove as delete
from core.commands.stop_servers import stop
from core.figures import size
from core.jobs.control import cancel_requested, request_cancel, resume
from core.jobs.ended import what_a_stop_does
from core.jobs.folder import JobFolder
from core.jobs.observe import ENDED, Observation
from core.models.catalog import CatalogEntry
from core.models.here import HereModel
from core.serving.registry import ServerRecord
from tui.screens.shared.confirm import ConfirmDialog
from tui.screens.shared.pane import Pane

NOT_ENDED = "A stop was requested, but the job has not ended yet."

RESUMABLE = ("failed", "cancelled", "lost")


@dataclass(frozen=True)
class Chosen:
    """What is under the cursor of the list that has the focus; one of these."""

    here: HereModel | None = None
    entry: CatalogEntry | None = None
    job: Observation | None = None
    server: ServerRecord | None = None
    """With the job that runs it, if one does; or the one that serves `here`."""


class ModelActions(Pane):
    """The actions; the pane that has them says what is under the cursor."""

    @property
    def chosen(self) -> Chosen:
        """What the keys apply to."""
        raise NotImplementedError

    def read_again(self) -> None:
        """Read what is on this machine, since it has changed."""
        raise NotImplementedError

    def applies(self, action: str) -> bool:
        """Whether an action is possible for what is under the cursor."""
        here, job = self.chosen.here, self.chosen.job
        if action == "stop_job":
            running = job is not None and job.status not in ENDED and job.elsewhere is None
            return running or (here is None and self.chosen.server is not None)
        if action == "resume_transfer":
            return job is not None and job.status in RESUMABLE and job.elsewhere is None
        if action == "remove_model":
            return here is not None and here.kind != "checkpoint"
        if action == "upload_model":
            return here is not None and here.finding.state in ("complete", "adapter")
        return True

    async def _open_form(self, command: str, **texts: str) -> None:
        await self.app.run_action(f"app.open_form({command!r}, {texts!r})")

    async def action_download_model(self) -> None:
        """Open the form, with the model of the catalog that is under the cursor."""
        entry, here = self.chosen.entry, self.chosen.here
        name = entry.model.name if entry is not None and entry.path is None else ""
        if here is not None and here.origin is not None:
            name = f"docker://{here.origin.repository}" if here.origin.kind == "oci" else here.origin.repository
        await self._open_form("model download", repositories=name)

    async def action_upload_model(self) -> None:
        here = self.chosen.here
        await self._open_form("model upload", model="" if here is None else str(here.path))

    async def action_serve_model(self) -> None:
        here, entry = self.chosen.here, self.chosen.entry
        if entry is not None and entry.path is None:
            self.notify(f"{entry.model.name} is not on this machine; enter downloads it.", markup=False)
        elif here is not None and here.can_be_served:
            await self.app.run_action(f"app.serve_model({str(here.path)!r})")
        else:
            await self.app.run_action("app.start_step('serve')")

    async def use_model(self) -> None:
        """Chat with a served model; serve another one; say why one cannot be used."""
        here, server = self.chosen.here, self.chosen.server
        if server is not None and server.url is not None:
            await self._chat_with(server)
        elif here is not None and not here.can_be_served and here.finding.reason:
            self.notify(f"{here.finding.reason} {here.finding.hint or ''}", severity="warning", markup=False)
        elif here is not None and here.kind == "adapter":
            self.notify(
                "A LoRA adapter is served next to its base model: labtop model serve --lora NAME=PATH.", markup=False
            )
        else:
            await self.action_serve_model()

    async def open_running(self) -> None:
        """Chat with the model of a server that is ready; show the job of anything else."""
        server, job = self.chosen.server, self.chosen.job
        if server is not None and server.url is not None:
            await self._chat_with(server)
        elif job is not None:
            await self.app.run_action(f"app.show_job({job.spec.id!r})")

    async def get_model(self) -> None:
        """Download a model of the catalog, or say where it is."""
        entry = self.chosen.entry
        if entry is not None and entry.path is not None:
            self.notify(f"{entry.model.name} is here: {entry.path}", markup=False)
        else:
            await self.action_download_model()

    async def _chat_with(self, server: ServerRecord) -> None:
        self.context.base_url = server.url or self.context.base_url
        self.context.model = server.names[0] if server.names else None
        await self.app.run_action("app.show_pane('chat')")

    @work(group="act", exit_on_error=False)
    async def action_remove_model(self) -> None:
        here = self.chosen.here
        if here is None:
            return
        name = here.path.name if here.kind == "adapter" else here.name
        (removal,) = await asyncio.to_thread(removals, [name], paths.current().models_dir)
        places = "\n".join(map(str, removal.paths))
        dialog = ConfirmDialog(
            f"Delete {removal.name} ({size(removal.size)})?",
            [("delete", "Delete model")],
            self.context.glyphs,
            detail=f"Nothing of labtop uses it now. This deletes {places}",
        )
        if await self.app.push_screen_wait(dialog):
            await asyncio.to_thread(delete, removal)
            self.notify(f"Deleted {removal.name}; {size(removal.size)} are free again.", markup=False)
            self.read_again()

    @work(group="act", exit_on_error=False)
    async def action_stop_job(self) -> None:
        job, server = self.chosen.job, self.chosen.server
        if server is not None:
            await self._stop_server(server)
        elif job is not None:
            folder = JobFolder(self.context.store.root / job.spec.id)
            asked = cancel_requested(folder)
            detail = NOT_ENDED if asked else what_a_stop_does(job.spec.kind)
            verbs = [("now", "End it now")] if asked else [("stop", "Stop job")]
            question = f"Stop {job.spec.id} ({job.spec.title})?"
            dialog = ConfirmDialog(question, verbs, self.context.glyphs, detail=detail, cancel="Keep running")
            if await self.app.push_screen_wait(dialog):
                request_cancel(folder, now=asked)

    async def _stop_server(self, server: ServerRecord) -> None:
        needed = f" {server.owner} needs it, and will fail without it." if server.purpose != "serve" else ""
        dialog = ConfirmDialog(
            f"Stop the server for {server.name}?",
            [("stop", "Stop server")],
            self.context.glyphs,
            detail=f"It answers at {server.url or 'no address yet'}.{needed}",
            cancel="Keep running",
        )
        if await self.app.push_screen_wait(dialog):
            await asyncio.to_thread(stop, server)
            self.notify(f"Stopped the server for {server.name}.", markup=False)
            self.read_again()

    @work(group="act", exit_on_error=False)
    async def action_resume_transfer(self) -> None:
        job = self.chosen.job
        if job is not None:
            folder = JobFolder(self.context.store.root / job.spec.id)
            fresh = await asyncio.to_thread(resume, folder, self.context.store)
            self.notify(f"{fresh.id} resumes {job.spec.id}.", markup=False)
