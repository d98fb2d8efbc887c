"""What the Home pane reads, in threads and only while it is shown: the followed job, the machine, and all else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message

from core.jobs.folder import JobFolder
from core.jobs.follow import JobFollower, JobUpdate
from core.jobs.observe import ENDED, Observation
from core.system.sampler import MachineReading
from tui.context import Context
from tui.screens.shared.pane import Pane

if TYPE_CHECKING:
    from core.overview.glance import Glance, GlanceReader

PAINT_SECONDS = 1.0
"""Between two updates of the screen, and between two reads of the followed job."""

READ_SECONDS = 2.0
"""Between two looks at the taxonomy, the results and the servers; a change to a job is looked at within a second."""


def job_to_show(jobs: Sequence[Observation]) -> Observation | None:
    """The newest job that runs, else the one that ended last; servers do not count. The newest job comes first."""
    own = [job for job in jobs if job.spec.kind != "serve"]
    running = next((job for job in own if job.status not in ENDED), None)
    return running or max(own, key=lambda job: (job.started or 0.0) + (job.seconds or 0.0), default=None)


class HomeReadings(Pane):
    """Keeps the newest readings, and calls `readings_changed` when there is a new one."""

    class JobRead(Message):
        """New events of the followed job were read."""

        def __init__(self, job: str, update: JobUpdate) -> None:
            super().__init__()
            self.job = job
            self.update = update

    class MachineSampled(Message):
        """A new reading was made."""

        def __init__(self, reading: MachineReading) -> None:
            super().__init__()
            self.reading = reading

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, HomeReadings.MachineSampled)

    class GlanceRead(Message):
        """The taxonomy, the jobs and the models were read."""

        def __init__(self, glance: Glance) -> None:
            super().__init__()
            self.glance = glance

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._reader: GlanceReader | None = None
        self._visible = asyncio.Event()
        self._changed = asyncio.Event()
        """Set when something has changed since the last look."""
        self._followed: JobFolder | None = None
        self.job_update: JobUpdate | None = None
        """Of the followed job: the newest that runs, or else the newest one."""
        self.glance: Glance | None = None
        self.reading: MachineReading | None = None

    def readings_changed(self) -> None:
        """Something may have changed; called many times a second."""
        raise NotImplementedError

    def look_again(self) -> None:
        """Read the taxonomy and the results again soon."""
        self._changed.set()

    @property
    def followed_job(self) -> Observation | None:
        """The followed job as it is now."""
        return next((job for job in self.context.jobs if self._followed and job.spec.id == self._followed.id), None)

    def on_mount(self) -> None:
        self._follow_jobs(self.context.jobs)
        self.follow(self.context.jobs_changed, self._follow_jobs)
        self._read_glances()

    def on_screen_resume(self) -> None:
        self._visible.set()
        self._changed.set()
        self.context.machine.watch(self._post_reading)

    def on_screen_suspend(self) -> None:
        self._visible.clear()
        self.context.machine.unwatch(self._post_reading)

    def on_unmount(self) -> None:
        self.context.machine.unwatch(self._post_reading)

    def _post_reading(self, reading: MachineReading) -> None:
        self.post_message(self.MachineSampled(reading))

    @work(group="glance", exit_on_error=False)
    async def _read_glances(self) -> None:
        """Read when a job has changed, and now and then, while the pane is shown."""
        while True:
            await self._visible.wait()
            self._changed.clear()
            glance = await asyncio.to_thread(self._read_glance)
            if glance != self.glance:
                self.post_message(self.GlanceRead(glance))
            try:
                async with asyncio.timeout(READ_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                continue
            await self.pause(PAINT_SECONDS)

    def _read_glance(self) -> Glance:
        """Read in a thread, which also imports what this needs: the first frame does not wait for it."""
        from core.overview.glance import GlanceReader
        from core.overview.read import Sources

        context = self.context
        self._reader = self._reader or GlanceReader(context.overview)
        return self._reader.read(Sources(context.taxonomy_path, context.taxonomy_base, context.lint), context.jobs)

    def _follow_jobs(self, jobs: tuple[Observation, ...]) -> None:
        self._changed.set()
        job = job_to_show(jobs)
        if job is None:
            self._followed = self.job_update = None
            self.workers.cancel_group(self, "follow")
        elif self._followed is None or self._followed.id != job.spec.id:
            self._followed, self.job_update = JobFolder(self.context.store.root / job.spec.id), None
            self._follow(JobFollower(self._followed))
        self.readings_changed()

    @work(group="follow", exclusive=True, exit_on_error=False)
    async def _follow(self, follower: JobFollower) -> None:
        while True:
            await self._visible.wait()
            update = await asyncio.to_thread(follower.read, log=False)
            if update is not None:
                self.post_message(self.JobRead(follower.folder.id, update))
            await self.pause(PAINT_SECONDS if update is None or update.complete else 0.01)

    def on_home_readings_job_read(self, message: JobRead) -> None:
        if self._followed is not None and message.job == self._followed.id and message.update.complete:
            self.job_update = message.update
            self.readings_changed()

    def on_home_readings_machine_sampled(self, message: MachineSampled) -> None:
        self.reading = message.reading
        self.readings_changed()

    def on_home_readings_glance_read(self, message: GlanceRead) -> None:
        self.glance = message.glance
        self.readings_changed()
