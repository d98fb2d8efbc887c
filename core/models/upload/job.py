"""Uploading a model as a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import LabtopError
from core.events import StagePlan
from core.jobs.context import JobContext
from core.models.download.source import Source
from core.models.upload.hub import ENVIRONMENT

QUIET_SECONDS = 300.0
"""An upload that is slower than one report in this time is stalled."""

READ_RATE, UPLOAD_RATE = 500e6, 50e6
"""Bytes a second that are expected before anything is measured."""

MIN_SECONDS = 0.5
"""The expected duration of a step, at least."""


@dataclass(frozen=True)
class UploadJob:
    """The options of the job."""

    folder: str
    destination: Source
    overwrite: bool
    """Whether a release that exists may be replaced."""

    def to_data(self) -> dict[str, Any]:
        return {"folder": self.folder, "destination": self.destination.to_data(), "overwrite": self.overwrite}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> UploadJob:
        return cls(data["folder"], Source.from_data(data["destination"]), data["overwrite"])


def run(context: JobContext) -> dict[str, Any]:
    """Upload the model of the options (UploadJob).

    Returns its destination, digest, size, and whether it is `new`, `changed` or `unchanged`.
    """
    job = UploadJob.from_data(context.options)
    arguments = {"folder": job.folder, "destination": job.destination.to_data()}
    context.reporter.plan([StagePlan("prepare", "Read and compare"), StagePlan("upload", "Upload")])
    found = _work(context, "prepare", "Read and compare", arguments)
    size = sum(file["size"] for file in found["files"])
    result = {"destination": job.destination.label, "release": job.destination.release, "bytes": size}
    if found["same"] is not None:
        return {**result, "status": "unchanged", "digest": found["same"]}
    if found["before"] is not None and not job.overwrite:
        raise exists_error(job.destination, found["before"])
    context.reporter.plan(
        [
            StagePlan("prepare", "Read and compare", size / 1e6, "MB", max(MIN_SECONDS, size / READ_RATE)),
            StagePlan("upload", "Upload", size / 1e6, "MB", max(MIN_SECONDS, size / UPLOAD_RATE)),
            StagePlan("verify", "Verify", expected_seconds=MIN_SECONDS),
        ]
    )
    arguments["files"] = found["files"]
    digest = _work(context, "upload", "Upload", arguments)["digest"]
    _work(context, "verify", "Verify", arguments)
    status = "new" if found["before"] is None else "changed"
    return {**result, "status": status, "digest": digest, "before": found["before"]}


def _work(context: JobContext, step: str, title: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    with context.reporter.stage(step, title, quiet_seconds=QUIET_SECONDS):
        return context.work(f"core.models.upload.worker:{step}", arguments, step, environment=ENVIRONMENT)


def exists_error(destination: Source, digest: str) -> LabtopError:
    """The error for a release that would be replaced without permission."""
    return LabtopError(
        f"{destination.label} already has the release {destination.release} ({digest[:19]}).",
        hint="Choose another one with --release, or replace it with --force.",
        code="exists",
    )
