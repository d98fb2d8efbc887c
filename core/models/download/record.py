"""What was downloaded: a file in the model's folder with the registry's digests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from core.errors import LabtopError
from core.files import read_regular
from core.models.download.source import Source
from core.models.oci.unpack import Archive

UNPACKED = 1.6
"""Bytes that a byte of a compressed layer with weights becomes, about."""

RECORD = "labtop-download.json"
VERSION = 1
MAX_RECORD = 2**26
"""Bytes."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of a model, as the registry describes it."""

    path: str
    """Relative, with slashes."""
    size: int
    digest: str
    """`sha256:…`, or `git:…` for a small file of Hugging Face, which has the SHA-1 that git gives it."""


@dataclass(frozen=True)
class RemoteModel:
    """What a release consists of at this moment."""

    source: Source
    digest: str
    """Of the whole release: the commit of Hugging Face, or the digest of the manifest of an OCI registry."""
    files: tuple[RemoteFile, ...]
    left_out: tuple[str, ...] = ()
    """Files that are not downloaded: weights in formats that labtop cannot use."""
    archives: tuple[Archive, ...] = ()
    """Layers to unpack, the lowest first; what is in them is known afterwards."""

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(file.size for file in self.files) + sum(archive.size for archive in self.archives)

    @property
    def disk_size(self) -> int:
        """Bytes of disk that are needed until it is in place."""
        return self.size + round(UNPACKED * sum(archive.size for archive in self.archives))

    def to_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> RemoteModel:
        files = tuple(RemoteFile(**file) for file in data["files"])
        archives = tuple(Archive(**archive) for archive in data.get("archives", ()))
        return cls(Source.from_data(data["source"]), data["digest"], files, tuple(data["left_out"]), archives)


def checked_path(path: str, where: str) -> str:
    """A file's path in a registry. Raises LabtopError for one that would leave the model's folder."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or not path.isprintable() or path == RECORD:
        raise LabtopError(f"{where} has a file with the name {path!r}, which is not safe.", code="unsafe-name")
    return str(PurePosixPath(path))


@dataclass(frozen=True)
class Download:
    """Where a model on this machine came from."""

    kind: Literal["hub", "oci"]
    repository: str
    release: str
    digest: str
    files: Mapping[str, tuple[int, str]]
    """Size and digest of each file."""


def record_text(model: RemoteModel, time: str) -> str:
    """The text of the file for a model whose files were verified at a time."""
    document = {
        "version": VERSION,
        "kind": model.source.kind,
        "repository": model.source.repository,
        "release": model.source.release,
        "digest": model.digest,
        "verified": time,
        "files": [asdict(file) for file in model.files],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def read_record(folder: Path) -> Download | None:
    """Where the model in a folder came from; None if labtop did not download it."""
    try:
        data = json.loads(read_regular(folder / RECORD, MAX_RECORD))
        files = {str(file["path"]): (int(file["size"]), str(file["digest"])) for file in data["files"]}
        if data["version"] > VERSION or data["kind"] not in ("hub", "oci"):
            return None
        return Download(data["kind"], str(data["repository"]), str(data["release"]), str(data["digest"]), files)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def differing_file(folder: Path, files: Mapping[str, tuple[int, str]]) -> str | None:
    """The first of the recorded files that is missing or has another size; contents are not read."""
    for path, (size, _) in files.items():
        try:
            if (folder / path).stat().st_size != size:
                return path
        except OSError:
            return path
    return None
