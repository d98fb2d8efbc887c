"""The options of `process` and its commands."""

from __future__ import annotations

from typing import Annotated, Literal

from core.config.options.base import (
    JobOptions,
    JobResultOptions,
    JsonOptions,
    Natural,
    NotNegative,
    Options,
    Positive,
    once,
)

JobStatus = Literal["queued", "running", "stalled", "succeeded", "failed", "cancelled", "lost"]


class LatestOptions(Options):
    """Selecting the newest job."""

    latest: Annotated[bool, once()] = False
    """Use the newest job; the same as the ID `latest`."""


class OneJobOptions(LatestOptions):
    """Selecting one job with InstructLab's option instead of the argument ID."""

    uuid: Annotated[str | None, once(metavar="ID")] = None
    """The same as ID."""


class RemovalOptions(Options):
    """Options of every command that removes jobs."""

    force: Annotated[bool, once("--force", "-f")] = False
    """Do not ask for confirmation."""
    json_output: Annotated[bool, once("--json")] = False
    """Print what was deleted as one JSON document."""


class ListJobsOptions(JsonOptions):
    """All options of `process list`."""

    state: Annotated[JobStatus | None, once()] = None
    """List only jobs in this state."""


class AttachOptions(OneJobOptions, JobResultOptions):
    """All options of `process attach`."""


class LogsOptions(OneJobOptions):
    """All options of `process logs`."""

    follow: Annotated[bool, once("--follow", "-f")] = False
    """Keep showing new output until the job ends."""
    lines: Annotated[Positive | None, once("--lines", "-n")] = None
    """Show only this many of the last lines."""
    events: Annotated[bool, once()] = False
    """Show what the job reported (stages, steps, checkpoints, scores, notes) instead of its raw output."""


class CancelOptions(OneJobOptions):
    """All options of `process cancel`."""

    now: Annotated[bool, once()] = False
    """Kill the job without waiting for it to save."""
    json_output: Annotated[bool, once("--json")] = False
    """Print the job's final status as one JSON document."""


class ResumeOptions(OneJobOptions, JobOptions):
    """All options of `process resume`."""


class RemoveOptions(LatestOptions, RemovalOptions):
    """All options of `process remove`."""

    uuids: Annotated[tuple[str, ...], once("--uuid", metavar="ID")] = ()
    """The same as ID."""


class PruneOptions(RemovalOptions):
    """All options of `process prune`."""

    days: Annotated[NotNegative, once(unit="days")] = 30.0
    """Delete only jobs that ended at least this many days ago."""
    keep: Annotated[Natural, once()] = 0
    """Keep this many of the newest ended jobs."""
    dry_run: Annotated[bool, once()] = False
    """Show what would be deleted, without deleting anything."""
