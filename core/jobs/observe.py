"""The current state of a job: its last recorded status, checked against its lock."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import Any, Literal

from core.errors import LabtopError
from core.jobs.folder import JobFolder, JobStore
from core.jobs.spec import JobSpec, as_quantity, boot_id
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce
from core.jobs.stop import StopRequest
from core.jobs.tail import EventTail

QUEUED_SECONDS = 10.0
"""A job that has been queued for longer than this without a held lock has lost its runner."""

Status = Literal["queued", "running", "succeeded", "failed", "cancelled", "lost", "stalled"]
ENDED = ("succeeded", "failed", "cancelled", "lost")


@dataclass(frozen=True)
class Observation:
    """A job at one moment, cheap enough to be read for every job each second."""

    spec: JobSpec
    status: Status
    started: float | None
    seconds: float | None
    pid: int | None
    progress: float | None
    """The share of the expected duration that has passed, 0 to 1."""
    seconds_left: float | None
    """Of the same estimate; only while it runs."""
    stage: str | None
    """The running stage."""
    activity: str
    """How much the running stage has done, such as `640/1,920 samples`."""
    ended_in: str | None
    """The stage in which it failed or was stopped or lost."""
    error: dict[str, Any] | None
    result: dict[str, Any] | None
    elsewhere: str | None
    """The host that it runs on, if that is not this one."""
    stopping: bool = False
    """Whether it was asked to stop and has not ended yet."""

    @property
    def shown_status(self) -> str:
        """The status for people; programs get `status` and `stopping`."""
        return "stopping" if self.stopping else self.status

    def to_data(self) -> dict[str, Any]:
        """The record of `process list --json`."""
        return {
            "id": self.spec.id,
            "kind": self.spec.kind,
            "status": self.status,
            "stopping": self.stopping,
            "started": self.started,
            "seconds": None if self.seconds is None else round(self.seconds, 1),
            "pid": self.pid,
            "progress": None if self.progress is None else round(self.progress, 4),
            "seconds_left": None if self.seconds_left is None else round(self.seconds_left, 1),
            "title": self.spec.title,
            "stage": self.stage,
            "host": self.spec.host,
            "error": self.error,
        }


def observe(folder: JobFolder, now: float | None = None) -> Observation:
    """Read the current state of a job. Raises LabtopError when its spec cannot be read."""
    now = time.time() if now is None else now
    spec = folder.spec
    # Another name with the same boot id is not another host: it was renamed, or is another container on it.
    elsewhere = spec.host if spec.host != socket.gethostname() and spec.boot_id != boot_id() else None
    alive = folder.is_alive()  # read before the status: a job that ends in between has recorded its end
    record = folder.read_status()
    started = as_quantity(record.get("started"))
    elapsed = None if started is None else max(0.0, now - started)
    since = as_quantity(record.get("monotonic_start"))
    if since is not None and spec.boot_id == boot_id():  # this machine's monotonic clock, which is never set
        elapsed = max(0.0, time.monotonic() - since)
    status = derive(spec, record, alive=alive or elsewhere is not None, now=now, elapsed=elapsed)
    running = status in ("running", "stalled")
    seconds = reported = as_quantity(record.get("seconds"))
    pid, error, result = (record.get(name) for name in ("pid", "error", "result"))
    stage, activity, ended_in = (_text(record.get(name)) for name in ("stage", "activity", "ended_in"))
    progress, left = (as_quantity(record.get(name)) for name in ("progress", "seconds_left"))
    if running and elapsed is not None:
        seconds = elapsed
        if left is not None and reported is not None:
            left = max(0.0, left - max(0.0, elapsed - reported))
            progress = elapsed / (elapsed + left) if elapsed + left > 0 else progress
    return Observation(
        spec=spec,
        status=status,
        started=started if started is not None else spec.created,
        seconds=seconds,
        pid=pid if running and isinstance(pid, int) else None,
        progress=progress,
        seconds_left=left if running else None,
        stage=stage if running else None,
        activity=(activity or "") if running else "",
        ended_in=None if running else ended_in or stage,
        error=error if isinstance(error, dict) and isinstance(error.get("message"), str) else None,
        result=result if isinstance(result, dict) else None,
        elsewhere=elsewhere,
        stopping=status not in ENDED and StopRequest(folder.control)(),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def derive(spec: JobSpec, record: dict[str, Any], *, alive: bool, now: float, elapsed: float | None) -> Status:
    """The state of a job from its last status and whether its lock is held: an old status alone proves nothing.

    `elapsed` is the seconds since its start, on the monotonic clock where that is possible.
    """
    recorded = record.get("status", "queued")
    if recorded in ("succeeded", "failed", "cancelled"):
        ended: Status = recorded
        return ended
    if not alive:
        waiting = recorded == "queued" and abs(now - spec.created) <= QUEUED_SECONDS and spec.boot_id == boot_id()
        return "queued" if waiting else "lost"
    if recorded == "queued":
        return "queued"
    quiet = as_quantity(record.get("quiet_seconds"))
    reported = as_quantity(record.get("last_told"))
    # status.json is written at most once a second, and only with an event; heartbeats do not change last_told.
    if reported is None or elapsed is None or not quiet:
        return "running"
    return "stalled" if elapsed - reported > quiet else "running"


def read_state(folder: JobFolder) -> JobState:
    """The state of a job after replaying all its events."""
    tail = EventTail(folder.events)
    state = JobState()
    while events := tail.read():
        state = reduce(state, events)
    return state


def observe_all(store: JobStore) -> list[Observation]:
    """Every job, newest first; one whose folder is removed meanwhile is left out."""
    seen = []
    for folder in store.list():
        try:
            seen.append(observe(folder))
        except LabtopError:
            continue
    return seen
