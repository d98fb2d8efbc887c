"""Stopping, resuming and removing jobs, without leftover processes or files."""

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
"""The time for a runner on a busy machine to record that it was stopped; then it is killed like the rest."""


def request_cancel(folder: JobFolder, *, now: bool = False) -> None:
    """Ask a job to stop, with `now` without a grace period. Returns at once."""
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
    _require_this_host(folder, "cancelled")
    if not _has_ended(folder):
        request_cancel(folder, now=now)
        _wait_for_end(folder, NOW_SECONDS if now else stop_seconds(folder) + GRACE_SECONDS + NOW_SECONDS)
    end_marked(str(folder.path))
    if not _wait_for_end(folder, NOW_SECONDS):
        raise LabtopError(
            f"Job {folder.id} does not end.", hint="One of its processes may be waiting for a device: see ps -ef."
        )
    return observe(folder).status


def stop_seconds(folder: JobFolder) -> float:
    """The longest time that a job's running stages need to end by themselves after a request to stop."""
    return as_quantity(folder.read_status().get("stop_seconds")) or 0.0


def _has_ended(folder: JobFolder) -> bool:
    return observe(folder).status in ENDED and not folder.is_alive()


def _wait_for_end(folder: JobFolder, seconds: float) -> bool:
    """Wait until a job has ended, also one that is still being launched; returns whether it has."""
    deadline = time.monotonic() + seconds
    while not (ended := _has_ended(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return ended


def resume(folder: JobFolder, store: JobStore, environment: Mapping[str, str] | None = None) -> JobFolder:
    """Resume a lost, failed or cancelled job as a new job with the same options and the same work folder."""
    _require_this_host(folder, "resumed")
    with store.resuming():
        _check_resumable(folder, store)
        end_marked(str(folder.path))
        old = folder.spec
        fresh = new_spec(old.kind, old.runner, old.options, title=old.title, resumes=old.id)
        return launch(fresh, store, environment)


def _check_resumable(folder: JobFolder, store: JobStore) -> None:
    """Raises LabtopError when a job has succeeded, or when it or a job of the same chain of resumptions is running."""
    status = observe(folder).status
    if status == "succeeded":
        raise LabtopError(f"Job {folder.id} has succeeded: there is nothing to resume.")
    if status not in ENDED:
        raise LabtopError(f"Job {folder.id} is {status}.", hint=f"Watch it with: labtop process attach {folder.id}")
    jobs = store.list()
    resumed = {job.id: job.spec.resumes for job in jobs}
    for other in jobs:
        if _origin(other.id, resumed) == _origin(folder.id, resumed) and observe(other).status not in ENDED:
            raise LabtopError(
                f"Job {folder.id} was already resumed as {other.id}.",
                hint=f"Watch it with: labtop process attach {other.id}",
            )


def _origin(job: str, resumed: Mapping[str, str | None]) -> str:
    """The first job of a chain of resumptions, as far as its jobs still exist."""
    seen = {job}
    while (before := resumed.get(job)) is not None and before not in seen:
        job = before
        seen.add(job)
    return job


def check_removable(folder: JobFolder) -> None:
    """Raises LabtopError while a job is running, and for one that another host may run."""
    observation = observe(folder)
    if observation.elsewhere is not None and observation.status not in ("succeeded", "failed", "cancelled"):
        _require_this_host(folder, "removed")
    if observation.status not in ENDED:
        raise LabtopError(
            f"Job {folder.id} is {observation.status}.", hint=f"Stop it first: labtop process cancel {folder.id}"
        )


def remove(folder: JobFolder) -> None:
    """Delete a job's folder; its outputs elsewhere are kept. Raises LabtopError while it is running."""
    check_removable(folder)
    end_marked(str(folder.path))
    try:
        shutil.rmtree(folder.path)
    except OSError as error:
        raise disk_error(error, f"removing {folder.path}") from error


def prunable(jobs: Iterable[Observation], now: float, *, days: float, keep: int) -> list[Observation]:
    """Of jobs, newest first, those that ended at least `days` ago, except for the newest `keep` ended ones."""
    ended = [job for job in jobs if job.status in ENDED]
    return [job for job in ended[keep:] if now - (job.started or 0.0) - (job.seconds or 0.0) >= days * DAY_SECONDS]


def _require_this_host(folder: JobFolder, action: str) -> None:
    elsewhere = observe(folder).elsewhere
    if elsewhere is not None:
        raise LabtopError(
            f"Job {folder.id} belongs to the host {elsewhere} and cannot be {action} from here.",
            hint=f"Log in to {elsewhere} and try again.",
        )
