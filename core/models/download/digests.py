"""Comparing files with the registry's digests."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.errors import LabtopError
from core.models.download.record import RemoteFile

BLOCK = 4_000_000
"""Bytes read at once."""

THREADS = 4


def file_digest(path: Path, like: str, read: Callable[[int], object] = lambda _count: None) -> str:
    """The digest of a file in the form of another one; `read` receives the bytes of each block."""
    kind = like.partition(":")[0]
    digest = hashlib.sha256() if kind == "sha256" else hashlib.sha1(usedforsecurity=False)
    if kind == "git":
        digest.update(f"blob {path.stat().st_size}\0".encode())
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            read(len(block))
    return f"{kind}:{digest.hexdigest()}"


def verify(folder: Path, files: Iterable[RemoteFile], read: Callable[[int], object]) -> None:
    """Compare the files in a folder with their digests. `read` is called from threads.

    A file that differs is deleted, so that a resumed download gets it again. Raises LabtopError.
    """

    def differs(file: RemoteFile) -> bool:
        path = folder / file.path
        return path.stat().st_size != file.size or file_digest(path, file.digest, read) != file.digest

    everything = list(files)
    with ThreadPoolExecutor(THREADS) as pool:
        wrong = [file for file, differ in zip(everything, pool.map(differs, everything), strict=True) if differ]
    for file in wrong:
        (folder / file.path).unlink()
    if wrong:
        raise LabtopError(
            f"{wrong[0].path} does not have the digest that the registry states ({wrong[0].digest}).",
            hint="It was deleted. If a second download ends in the same way, the registry's copy is damaged.",
            code="wrong-digest",
            job_command="resume",
        )


def described(folder: Path, known: Collection[str], read: Callable[[int], object]) -> list[RemoteFile]:
    """The files in a folder with their SHA-256, except those whose paths are known."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    unknown = [path for path in paths if str(path.relative_to(folder)) not in known]
    with ThreadPoolExecutor(THREADS) as pool:
        digests = pool.map(lambda path: file_digest(path, "sha256:", read), unknown)
        return [
            RemoteFile(str(path.relative_to(folder)), path.stat().st_size, digest)
            for path, digest in zip(unknown, digests, strict=True)
        ]
