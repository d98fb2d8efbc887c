"""Folders of jobs that were never run, written from their events."""

from __future__ import annotations

from collections.abc import Sequence

from core.events import Event
from core.jobs.folder import JobFolder, JobStore
from core.jobs.spec import JobSpec
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce


def write_job(spec: JobSpec, events: Sequence[Event], last_told: float) -> JobFolder:
    """The folder of a job that began when its spec was made, with the status that a real one would have."""
    folder = JobStore().create(spec)
    folder.events.write_text("".join(event.encode() + "\n" for event in events))
    state = reduce(JobState(), events)
    folder.write_status({**state.summary(), "started": spec.created, "last_told": last_told})
    return folder
