"""Unpacking the layers of an image that has a model in its folder /models, or the layers that are packed folders.

The archives are untrusted: only regular files and folders are written, below the target, and not more bytes than fit
the size that the manifest states.
"""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from gzip import BadGzipFile, GzipFile
from io import RawIOBase
from pathlib import Path, PurePosixPath
from typing import IO, Any

from core.errors import LabtopError

MODELS = "models"
"""The folder of an image that holds the model: https://kserve.github.io/website/docs/model-serving/storage/providers/oci"""

MAX_EXPANSION = 20
"""Unpacked bytes for each byte of a layer: weights compress to two thirds, tokenizers to a tenth."""

SPARE = 64_000_000
"""Unpacked bytes that a small layer may have in addition."""

MAX_FILES = 10_000
"""Files of a model."""

GZIP = b"\x1f\x8b"
HEADER, MAGIC_AT, MAGIC = 512, 257, b"ustar"
"""The first block of a tar archive, and what it has at which byte."""

PIECE = 1_000_000
WHITEOUT = ".wh."
"""The prefix of a file that says that an earlier layer's file is deleted, after the OCI image specification."""

OPAQUE = ".wh..wh..opq"
"""Its name where everything in the folder is deleted."""


@dataclass(frozen=True)
class Archive:
    """A layer that is a tar archive, possibly compressed."""

    digest: str
    """Of the layer as it is stored."""
    size: int
    """Bytes as it is stored."""
    content_digest: str | None = None
    """SHA-256 of the archive without compression, if the image states it."""
    folder: str | None = None
    """The name of the file or folder that is packed; None for a layer of an image, of which /models is unpacked."""

    def to_data(self) -> dict[str, Any]:
        return asdict(self)


class _Counted(RawIOBase):
    """A stream whose bytes are counted, up to a limit, and digested."""

    def __init__(self, stream: IO[bytes] | GzipFile, limit: int) -> None:
        self._stream = stream
        self._left = limit
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(PIECE if size < 0 else min(size, PIECE))
        self._left -= len(data)
        if self._left < 0:
            raise LabtopError(
                "A layer unpacks to far more than its size allows.",
                hint="The image may be damaged or harmful: nothing of it was kept.",
                code="unsafe-archive",
            )
        self.digest.update(data)
        return data


@contextmanager
def _open(blob: Path, archive: Archive) -> Iterator[_Counted]:
    """The content of a layer without compression."""
    with blob.open("rb") as stored:
        compressed = stored.read(len(GZIP)) == GZIP
        stored.seek(0)
        yield _Counted(GzipFile(fileobj=stored) if compressed else stored, MAX_EXPANSION * archive.size + SPARE)


def unpack(layers: Sequence[tuple[Archive, Path]], target: Path) -> None:
    """Unpack layers, the lowest first, into a folder that is emptied before. Raises LabtopError.

    The digests of the layers as they are stored were compared before.
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    try:
        files = 0
        for archive, blob in layers:
            files = _unpack_layer(archive, blob, target, files)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise LabtopError(
            "A layer cannot be unpacked: it has a file and a folder of the same name.",
            hint="The image in the registry is damaged: push it again.",
            code="bad-archive",
        ) from None
    except (tarfile.TarError, BadGzipFile, EOFError, zlib.error, ValueError, OverflowError) as error:
        raise LabtopError(
            f"A layer cannot be unpacked: {str(error) or type(error).__name__}.",
            hint="Its digest is right, so that the image in the registry is damaged: push it again.",
            code="bad-archive",
        ) from None
    if all(archive.folder is None for archive, _ in layers):
        _lift(target)


def _unpack_layer(archive: Archive, blob: Path, target: Path, files: int) -> int:
    """Unpack one layer; `files` were unpacked before, and are with this one afterwards."""
    with _open(blob, archive) as content:
        is_tar = content.read(HEADER)[MAGIC_AT:].startswith(MAGIC)
    with _open(blob, archive) as content:
        if archive.folder is not None and not is_tar:  # a single file, whatever its media type says
            path = target / archive.folder
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                shutil.copyfileobj(content, file, PIECE)
        elif is_tar:
            with tarfile.open(fileobj=content, mode="r|") as tar:
                for number, member in enumerate(tar):
                    if number > 100 * MAX_FILES:
                        raise tarfile.TarError("it has too many entries")
                    files += _unpack_member(archive, tar, member, target)
                    if files > MAX_FILES:
                        raise tarfile.TarError(f"the model has more than {MAX_FILES} files")
        while content.read():
            pass
    found = f"sha256:{content.digest.hexdigest()}"
    if archive.content_digest not in (None, found):
        raise LabtopError(
            f"An unpacked layer has the digest {found}, and the image states {archive.content_digest}.",
            hint="The image in the registry is damaged: push it again.",
            code="wrong-digest",
        )
    return files


def _unpack_member(archive: Archive, tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> bool:
    """Unpack one entry; whether it was a file of the model."""
    inside = _path_inside(archive, member.name)
    if inside is None:
        return False
    path = target / inside
    if path.name.startswith(WHITEOUT):
        removed = path.parent if path.name == OPAQUE else _removed(path)
        if removed.is_dir():
            shutil.rmtree(removed)
        else:
            removed.unlink(missing_ok=True)
    elif member.isdir():
        path.mkdir(parents=True, exist_ok=True)
    elif member.isreg() and not member.issparse() and (source := tar.extractfile(member)) is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:  # a path of an archive: it cannot lead through a link, since none is made
            shutil.copyfileobj(source, file, PIECE)
        return True
    else:
        raise LabtopError(
            f"The image has {member.name!r} in the model's folder, which is a link, a device or a sparse file.",
            hint="Build the image with plain copies of the files: labtop unpacks nothing else.",
            code="unsafe-archive",
        )
    return False


def _path_inside(archive: Archive, name: str) -> PurePosixPath | None:
    """The path of an entry below the model's folder; None for one that is not part of the model."""
    parts = [part for part in PurePosixPath(name.lstrip("/")).parts if part != "."]
    if ".." in parts:
        raise _unsafe(name)
    if archive.folder is None:
        if parts[:1] != [MODELS]:
            return None
        parts = parts[1:]
    if not all(map(str.isprintable, parts)):
        raise _unsafe(name)
    return PurePosixPath(*parts) if parts else None


def _removed(marker: Path) -> Path:
    """What a whiteout deletes, which is next to it. Raises LabtopError if its name is not that of a file."""
    name = marker.name.removeprefix(WHITEOUT)
    if name in ("", ".", ".."):
        raise _unsafe(marker.name)
    return marker.with_name(name)


def _unsafe(name: str) -> LabtopError:
    return LabtopError(f"The image has a file with the name {name!r}, which is not safe.", code="unsafe-name")


def _lift(target: Path) -> None:
    """Make the model the folder itself, if it is the only folder in it."""
    entries = list(target.iterdir())
    is_model = any((target / name).exists() for name in ("config.json", "adapter_config.json"))
    if not is_model and len(entries) == 1 and entries[0].is_dir():
        inner = entries[0].rename(target.with_name(f"{target.name}.inner"))
        target.rmdir()
        inner.rename(target)
