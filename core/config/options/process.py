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
    """Naming the newest job."""

    latest: Annotated[bool, once()] = False
    """The newest job; the same as the ID `latest`."""


class OneJobOptions(LatestOptions):
    """Naming one job as InstructLab's users do, instead of by ID."""

    uuid: Annotated[str | None, once(metavar="ID")] = None
    """The same as ID."""


class RemovalOptions(Options):
    """Options of every command that removes jobs."""

    force: Annotated[bool, once("--force", "-f")] = False
    """Do not ask."""
    json_output: Annotated[bool, once("--json")] = False
    """Print what was removed as one JSON document."""


class ListJobsOptions(JsonOptions):
    """The whole of `process list`."""

    state: Annotated[JobStatus | None, once()] = None
    """Only jobs in this state."""


class AttachOptions(OneJobOptions, JobResultOptions):
    """The whole of `process attach`."""


class LogsOptions(OneJobOptions):
    """The whole of `process logs`."""

    follow: Annotated[bool, once("--follow", "-f")] = False
    """Keep showing new output until the job ends."""
    lines: Annotated[Positive | None, once("--lines", "-n")] = None
    """Show only this many of the last lines."""


class CancelOptions(OneJobOptions):
    """The whole of `process cancel`."""

    now: Annotated[bool, once()] = False
    """Do not wait for the job to save."""
    json_output: Annotated[bool, once("--json")] = False
    """Print the job's final status as one JSON document."""


class ResumeOptions(OneJobOptions, JobOptions):
    """The whole of `process resume`."""


class RemoveOptions(LatestOptions, RemovalOptions):
    """The whole of `process remove`."""

    uuids: Annotated[tuple[str, ...], once("--uuid", metavar="ID")] = ()
    """The same as ID."""


class PruneOptions(RemovalOptions):
    """The whole of `process prune`."""

    days: Annotated[NotNegative, once(unit="days")] = 30.0
    """Only jobs that ended at least this many days ago."""
    keep: Annotated[Natural, once()] = 0
    """Keep this many of the newest ended jobs."""
    dry_run: Annotated[bool, once()] = False
    """Only show what would be removed."""
