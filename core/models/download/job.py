"""Downloading models as a job."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.events import StagePlan
from core.files import locked_folder, write_atomic
from core.jobs.context import JobContext
from core.models.download.hub import ENVIRONMENT
from core.models.download.place import Place, bytes_below, put_in_place, require_space
from core.models.download.record import RECORD, RemoteFile, RemoteModel, differing_file, read_record, record_text
from core.models.download.source import Source
from core.models.local import check_model_folder

LOOK_UP = "look-up"

QUIET_SECONDS = 300.0
"""A download that is slower than one report in this time is stalled."""

DOWNLOAD_RATE, VERIFY_RATE = 100e6, 800e6
"""Bytes a second that are expected before anything is measured."""

MIN_SECONDS = 0.5
"""The expected duration of a step, at least."""


@dataclass(frozen=True)
class DownloadJob:
    """The options of the job."""

    sources: tuple[Source, ...]
    models_dir: str

    def to_data(self) -> dict[str, Any]:
        return {"sources": [source.to_data() for source in self.sources], "models_dir": self.models_dir}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> DownloadJob:
        return cls(tuple(map(Source.from_data, data["sources"])), data["models_dir"])


def run(context: JobContext) -> dict[str, Any]:
    """Download the models of the options (DownloadJob); one that was begun is continued.

    Returns for each its folder, digest, size, and whether it is `new`, `changed` or `unchanged`.
    """
    job = DownloadJob.from_data(context.options)
    context.reporter.plan([StagePlan(LOOK_UP, "Look up", expected_seconds=MIN_SECONDS)])
    with context.reporter.stage(LOOK_UP, "Look up", quiet_seconds=QUIET_SECONDS):
        sources = [source.to_data() for source in job.sources]
        found = context.work(
            "core.models.download.worker:look_up", {"sources": sources}, LOOK_UP, environment=ENVIRONMENT
        )
        models = [RemoteModel.from_data(data) for data in found["models"]]
        _check_space(models, Path(job.models_dir))
    context.reporter.plan([StagePlan(LOOK_UP, "Look up", expected_seconds=MIN_SECONDS), *_plans(models)])
    return {"models": [_download(context, model, Path(job.models_dir)) for model in models]}


def _plans(models: Sequence[RemoteModel]) -> list[StagePlan]:
    return [
        plan
        for model in models
        for plan in (
            _plan("download", "Download", model, DOWNLOAD_RATE),
            _plan("verify", "Verify", model, VERIFY_RATE),
        )
    ]


def _plan(step: str, title: str, model: RemoteModel, rate: float) -> StagePlan:
    seconds = max(MIN_SECONDS, model.size / rate)
    return StagePlan(_stage(step, model), f"{title} {model.source.name}", model.size / 1e6, "MB", seconds)


def _stage(step: str, model: RemoteModel) -> str:
    return f"{step}.{model.source.name}"


def _check_space(models: Sequence[RemoteModel], models_dir: Path) -> None:
    """Raise LabtopError if the disk has no room for all that remains to be downloaded."""
    places = [(model, Place.of(models_dir, model.source.name)) for model in models]
    require_space(
        models_dir,
        sum(
            max(0, model.disk_size - bytes_below(place.unfinished))
            for model, place in places
            if not _is_here(model, place.target)
        ),
    )


def _is_here(model: RemoteModel, folder: Path) -> bool:
    """Whether the folder has exactly this version, as far as that can be seen without reading the files."""
    record = read_record(folder)
    return (
        record is not None
        and (record.kind, record.repository, record.digest)
        == (model.source.kind, model.source.repository, model.digest)
        and differing_file(folder, record.files) is None
    )


def _download(context: JobContext, model: RemoteModel, models_dir: Path) -> dict[str, Any]:
    name = model.source.name
    place = Place.of(models_dir, name)
    result = {"name": name, "path": str(place.target), "digest": model.digest, "bytes": model.size}
    if _is_here(model, place.target):
        return {**result, "status": "unchanged"}
    older = read_record(place.target)
    arguments = {"model": model.to_data(), "models_dir": str(models_dir), "name": name}
    with locked_folder(place.unfinished, f"download of {name}"):
        for step, title in (("fetch", "Download"), ("verify", "Verify")):
            stage = _stage("download" if step == "fetch" else step, model)
            with context.reporter.stage(stage, f"{title} {name}", quiet_seconds=QUIET_SECONDS):
                done = context.work(f"core.models.download.worker:{step}", arguments, stage, environment=ENVIRONMENT)
        model = replace(model, files=tuple(RemoteFile(**file) for file in done["files"]))
        _only_files_of(model, place.files)
        write_atomic(place.files / RECORD, record_text(model, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())))
        kept = put_in_place(place)
    _notes(context, model, place, kept)
    return {**result, "status": "changed" if older or kept else "new", "before": older.digest if older else None}


def _only_files_of(model: RemoteModel, folder: Path) -> None:
    """Remove what does not belong to the model: state of the download, files of a version that was begun earlier."""
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    expected = {folder / file.path for file in model.files}
    for path in [path for path in folder.rglob("*") if path.is_file() and path not in expected]:
        path.unlink()


def _notes(context: JobContext, model: RemoteModel, place: Place, kept: Path | None) -> None:
    note = context.reporter.note
    if kept is not None:
        note("warning", f"{place.target} was not downloaded by labtop; it was kept as {kept}.")
    if model.left_out:
        count = "1 file in another format was" if len(model.left_out) == 1 else f"{len(model.left_out)} files were"
        note("info", f"{count} left out: {', '.join(model.left_out[:3])}.")
    if (place.target / "adapter_config.json").is_file():
        return
    try:
        check_model_folder(place.target)
    except LabtopError as error:
        note("warning", f"The download is complete, but cannot be used: {error.message}", hint=error.hint)
