"""The files of a model that are uploaded, with their digests."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import LabtopError, disk_error
from core.models.download.digests import BLOCK, THREADS
from core.models.download.record import RECORD
from core.models.local import check_model_folder
from core.models.state import ADAPTER_CONFIG


@dataclass(frozen=True)
class LocalFile:
    """A file of the model."""

    path: str
    """Relative, with slashes."""
    size: int
    sha256: str
    """In hexadecimal."""
    git: str
    """The SHA-1 that git gives it, in hexadecimal."""

    def has_digest(self, digest: str) -> bool:
        """Whether a registry's digest, `sha256:…` or `git:…`, is that of this file."""
        return digest in (f"sha256:{self.sha256}", f"git:{self.git}")

    def to_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> LocalFile:
        return cls(**data)


def files_to_upload(folder: Path) -> list[Path]:
    """All files of a model, without hidden ones and labtop's own record. Raises LabtopError for a damaged model."""
    if not (folder / ADAPTER_CONFIG).is_file() or (folder / "config.json").is_file():
        check_model_folder(folder)
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != RECORD]
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def digested(folder: Path, files: Sequence[Path], read: Callable[[int], object]) -> list[LocalFile]:
    """The files with their digests; `read` receives the bytes of each block, from threads. Raises LabtopError."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda path: _digested(folder, path, read), files))


def _digested(folder: Path, path: Path, read: Callable[[int], object]) -> LocalFile:
    try:
        size = path.stat().st_size
        sha256, git = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        with path.open("rb", buffering=0) as stream:
            while block := stream.read(BLOCK):
                sha256.update(block)
                git.update(block)
                read(len(block))
    except OSError as error:
        raise disk_error(error, f"reading {path}") from error
    return LocalFile(str(path.relative_to(folder)), size, sha256.hexdigest(), git.hexdigest())


def changed_error(path: str) -> LabtopError:
    """The error for a file that is not as it was when the upload began."""
    return LabtopError(
        f"{path} changed while it was uploaded.",
        hint="Upload a model that nothing writes to, and try again.",
        code="changed",
    )
