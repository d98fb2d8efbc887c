"""What the workers of an upload do: read, upload, verify."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.events import Reporter
from core.models.download.source import Source
from core.models.upload import hub, oci
from core.models.upload.content import LocalFile, digested, files_to_upload

MB = 1e6
UNIT = "MB"


def prepare(arguments: Mapping[str, Any], reporter: Reporter) -> dict[str, Any]:
    """The files with their digests, what the destination has, and whether it is the same."""
    folder, destination = _given(arguments)
    paths = files_to_upload(folder)
    total = sum(path.stat().st_size for path in paths)
    before = _of(destination).existing(destination)
    files = digested(folder, paths, _counter(reporter, total))
    same = None
    if before is not None:
        if destination.kind == "oci":
            same = before if before == oci.digest_of(files) else None
        else:
            same = hub.is_same(files, destination)
    return {"files": [file.to_data() for file in files], "before": before, "same": same}


def upload(arguments: Mapping[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Upload the files; the digest of the release."""
    folder, destination = _given(arguments)
    files = _files(arguments)
    sent = _counter(reporter, sum(file.size for file in files))
    return {"digest": _of(destination).upload(folder, files, destination, sent)}


def verify(arguments: Mapping[str, Any], _reporter: Reporter) -> None:
    """Compare what the destination states with the files."""
    _, destination = _given(arguments)
    _of(destination).verify(_files(arguments), destination)


def _of(destination: Source) -> Any:
    return oci if destination.kind == "oci" else hub


def _given(arguments: Mapping[str, Any]) -> tuple[Path, Source]:
    return Path(arguments["folder"]), Source.from_data(arguments["destination"])


def _files(arguments: Mapping[str, Any]) -> list[LocalFile]:
    return [LocalFile.from_data(file) for file in arguments["files"]]


def _counter(reporter: Reporter, total: int) -> Callable[[int], None]:
    """Counts bytes, from several threads, and reports every hundredth of the total."""
    done, shown, lock = 0, -1, threading.Lock()
    reporter.progress(0, total / MB, UNIT)

    def count(number: int) -> None:
        nonlocal done, shown
        with lock:
            done += number
            step = 100 * done // max(1, total)
            if step != shown:
                shown = step
                reporter.progress(min(done, total) / MB, total / MB, UNIT)

    return count
