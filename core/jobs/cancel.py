"""Stopping, resuming and removing jobs, with nothing of them left behind."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import replace

from core.errors import LabtopError
from core.jobs.folder import JobFolder, JobStore
from core.jobs.launch import launch
from core.jobs.observe import ENDED, observe
from core.jobs.processes import end_marked
from core.jobs.spec import new_spec

CANCEL = "cancel"
CANCEL_NOW = "cancel-now"

GRACE_SECONDS = 30.0
"""A job that is asked to stop may take so long to write down what it has."""

NOW_SECONDS = 10.0
"""A runner on a busy machine gets so long to write down that it was stopped; then it is killed like the rest."""


def request_cancel(folder: JobFolder, *, now: bool = False) -> None:
    """Ask a job to stop; `now` leaves it no time. Returns at once."""
    (folder.control / (CANCEL_NOW if now else CANCEL)).touch()


def cancel(folder: JobFolder, *, now: bool = False) -> str:
    """Stop a job and return its final status when all its processes are gone.

    Raises LabtopError for a job that runs on another host.
    """
    _here_only(folder, "cancelled")
    if observe(folder).status not in ENDED:
        request_cancel(folder, now=now)
        deadline = time.monotonic() + (NOW_SECONDS if now else GRACE_SECONDS + NOW_SECONDS)
        while folder.is_alive() and time.monotonic() < deadline:
            time.sleep(0.05)
    end_marked(str(folder.path))
    while folder.is_alive():
        time.sleep(0.05)
    return observe(folder).status


def resume(folder: JobFolder, store: JobStore, environment: Mapping[str, str] | None = None) -> JobFolder:
    """Go on with a job that was lost, failed or cancelled: a new job with the same options, on the same work folder."""
    _here_only(folder, "resumed")
    status = observe(folder).status
    if status == "succeeded":
        raise LabtopError(f"Job {folder.id} is done: there is nothing to resume.")
    if status not in ENDED:
        raise LabtopError(f"Job {folder.id} is {status}.", hint=f"Watch it with: labtop process attach {folder.id}")
    end_marked(str(folder.path))
    old = folder.spec
    fresh = new_spec(old.kind, old.runner, old.options, title=old.title, resumes=old.id, argv=old.argv)
    return launch(replace(fresh, options=old.options), store, environment)


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
    shutil.rmtree(folder.path)


def _here_only(folder: JobFolder, done: str) -> None:
    elsewhere = observe(folder).elsewhere
    if elsewhere is not None:
        raise LabtopError(
            f"Job {folder.id} belongs to the host {elsewhere} and cannot be {done} from here.",
            hint=f"Log in to {elsewhere} and try again.",
        )
