"""Stopping, resuming and removing jobs, with nothing of them left behind."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Mapping

from core.errors import LabtopError, disk_error
from core.jobs.folder import JobFolder, JobStore
from core.jobs.launch import launch
from core.jobs.observe import ENDED, Observation, observe
from core.jobs.processes import GRACE_SECONDS, end_marked
from core.jobs.spec import as_quantity, new_spec
from core.jobs.stop import CANCEL, CANCEL_NOW, StopRequest

DAY_SECONDS = 86_400.0

NOW_SECONDS = 10.0
"""A runner on a busy machine gets so long to write down that it was stopped; then it is killed like the rest."""


def request_cancel(folder: JobFolder, *, now: bool = False) -> None:
    """Ask a job to stop; `now` leaves it no time. Returns at once."""
    try:
        (folder.control / (CANCEL_NOW if now else CANCEL)).touch()
    except OSError as error:
        raise disk_error(error, f"asking job {folder.id} to stop") from error


def cancel_requested(folder: JobFolder) -> bool:
    """Whether a job was asked to stop."""
    return StopRequest(folder.control)()


def cancel(folder: JobFolder, *, now: bool = False) -> str:
    """Stop a job and return its final status when all its processes are gone.

    Raises LabtopError for a job that runs on another host.
    """
    _here_only(folder, "cancelled")
    if not _has_ended(folder):
        request_cancel(folder, now=now)
        _wait_for_end(folder, NOW_SECONDS if now else stop_seconds(folder) + GRACE_SECONDS + NOW_SECONDS)
    end_marked(str(folder.path))
    if not _wait_for_end(folder, NOW_SECONDS):
        raise LabtopError(f"Job {folder.id} does not end.", hint="A process of it may wait for a device: see ps -ef.")
    return observe(folder).status


def stop_seconds(folder: JobFolder) -> float:
    """The most that the running stages of a job need to end by themselves when it is asked to stop."""
    return as_quantity(folder.read_status().get("stop_seconds")) or 0.0


def _has_ended(folder: JobFolder) -> bool:
    return observe(folder).status in ENDED and not folder.is_alive()


def _wait_for_end(folder: JobFolder, seconds: float) -> bool:
    """Wait until a job has ended; returns whether it has. One that is still being launched gets the time for it."""
    deadline = time.monotonic() + seconds
    while not (ended := _has_ended(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return ended


def resume(folder: JobFolder, store: JobStore, environment: Mapping[str, str] | None = None) -> JobFolder:
    """Go on with a job that was lost, failed or cancelled: a new job with the same options, on the same work folder."""
    _here_only(folder, "resumed")
    with store.resuming():
        _check_resumable(folder, store)
        end_marked(str(folder.path))
        old = folder.spec
        fresh = new_spec(old.kind, old.runner, old.options, title=old.title, resumes=old.id)
        return launch(fresh, store, environment)


def _check_resumable(folder: JobFolder, store: JobStore) -> None:
    """Raises LabtopError when a job is done or still runs, itself or as a job that resumed it or that it resumed."""
    status = observe(folder).status
    if status == "succeeded":
        raise LabtopError(f"Job {folder.id} is done: there is nothing to resume.")
    if status not in ENDED:
        raise LabtopError(f"Job {folder.id} is {status}.", hint=f"Watch it with: labtop process attach {folder.id}")
    jobs = store.list()
    resumed = {job.id: job.spec.resumes for job in jobs}
    for other in jobs:
        if _first(other.id, resumed) == _first(folder.id, resumed) and observe(other).status not in ENDED:
            raise LabtopError(
                f"Job {folder.id} was already resumed as {other.id}.",
                hint=f"Watch it with: labtop process attach {other.id}",
            )


def _first(job: str, resumed: Mapping[str, str | None]) -> str:
    """The job that began the work which this one continues, as far as jobs are still known."""
    seen = {job}
    while (before := resumed.get(job)) is not None and before not in seen:
        job = before
        seen.add(job)
    return job


def remove(folder: JobFolder) -> None:
    """Delete a job's folder; what the job made elsewhere stays. Raises LabtopError while it runs."""
    observation = observe(folder)
    if observation.elsewhere is not None and observation.status not in ("succeeded", "failed", "cancelled"):
        _here_only(folder, "removed")
    if observation.status not in ENDED:
        raise LabtopError(
            f"Job {folder.id} is {observation.status}.", hint=f"Stop it first: labtop process cancel {folder.id}"
        )
    end_marked(str(folder.path))
    try:
        shutil.rmtree(folder.path)
    except OSError as error:
        raise disk_error(error, f"removing {folder.path}") from error


def prunable(jobs: Iterable[Observation], now: float, *, days: float, keep: int) -> list[Observation]:
    """Of jobs, newest first, those that ended at least so many days ago, but for the newest `keep` that have ended."""
    ended = [job for job in jobs if job.status in ENDED]
    return [job for job in ended[keep:] if now - (job.started or 0.0) - (job.seconds or 0.0) >= days * DAY_SECONDS]


def _here_only(folder: JobFolder, done: str) -> None:
    elsewhere = observe(folder).elsewhere
    if elsewhere is not None:
        raise LabtopError(
            f"Job {folder.id} belongs to the host {elsewhere} and cannot be {done} from here.",
            hint=f"Log in to {elsewhere} and try again.",
        )
