"""What the workers of a download do: look up, fetch, verify."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.events import Reporter
from core.files import write_atomic
from core.models.download import hub, oci
from core.models.download.digests import described
from core.models.download.digests import verify as verify_files
from core.models.download.place import Place, bytes_below
from core.models.download.record import RemoteModel
from core.models.download.source import Source

MB = 1e6
UNIT = "MB"
REPORT_SECONDS = 0.5


def look_up(arguments: Mapping[str, Any], _reporter: Reporter) -> dict[str, Any]:
    """What each source consists of."""
    sources = [Source.from_data(source) for source in arguments["sources"]]
    found = [hub.look_up(source) if source.kind == "hub" else oci.look_up(source) for source in sources]
    return {"models": [model.to_data() for model in found]}


def fetch(arguments: Mapping[str, Any], reporter: Reporter) -> None:
    """Download the files of a model that are not on this machine yet."""
    model, place = _given(arguments)
    _forget_other_version(model, place)
    place.files.mkdir(parents=True, exist_ok=True)
    with _progress_of(place.unfinished, model.size, reporter):
        if model.source.kind == "hub":
            hub.fetch(model, place.files)
        else:
            oci.fetch(model, place)


def _forget_other_version(model: RemoteModel, place: Place) -> None:
    """Remove files of an unfinished download of another version; blobs have their digest as name, and can stay."""
    version = place.unfinished / "version"
    if not version.exists() or version.read_text() != model.digest:
        shutil.rmtree(place.files, ignore_errors=True)
        write_atomic(version, model.digest)


def verify(arguments: Mapping[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Compare each file of a model with the registry's digest; return all files, also those that were unpacked."""
    model, place = _given(arguments)
    read, lock = 0, threading.Lock()

    def count(number: int) -> None:
        nonlocal read
        with lock:
            read += number
            if (read - number) // int(100 * MB) != read // int(100 * MB):
                reporter.progress(min(read, model.size) / MB, model.size / MB, UNIT)

    try:
        verify_files(place.files, model.files, count)
    except LabtopError:
        oci.forget_damaged(model, place)
        raise
    files = model.files
    if model.archives:  # their digests were compared before they were unpacked
        files = (*files, *described(place.files, {file.path for file in files}, count))
    reporter.progress(model.size / MB, model.size / MB, UNIT)
    return {"files": [asdict(file) for file in files]}


def _given(arguments: Mapping[str, Any]) -> tuple[RemoteModel, Place]:
    return RemoteModel.from_data(arguments["model"]), Place.of(Path(arguments["models_dir"]), arguments["name"])


@contextmanager
def _progress_of(folder: Path, total: int, reporter: Reporter) -> Iterator[None]:
    """Report the bytes below a folder while the block runs: what is on the disk, however it arrives."""
    end = threading.Event()

    def report() -> None:
        while not end.wait(REPORT_SECONDS):
            reporter.progress(min(bytes_below(folder), total) / MB, total / MB, UNIT)

    reporter.progress(min(bytes_below(folder), total) / MB, total / MB, UNIT)
    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
        reporter.progress(min(bytes_below(folder), total) / MB, total / MB, UNIT)
