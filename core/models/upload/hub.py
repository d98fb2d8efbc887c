"""Uploading to Hugging Face, or another hub with its API at HF_ENDPOINT. Used in workers only."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.errors import LabtopError, disk_error
from core.models.download.hub import ENVIRONMENT as DOWNLOAD_ENVIRONMENT
from core.models.download.hub import TOKEN
from core.models.download.source import Source
from core.models.download.streaming import THREADS
from core.models.http_stream import TIMEOUT
from core.models.hub_session import prepare_session
from core.models.upload.content import LocalFile
from core.models.upload.destination import MAIN

ENVIRONMENT = {**DOWNLOAD_ENVIRONMENT, "HF_HUB_DISABLE_XET": "1"}  # which reports no progress
"""Read by huggingface_hub when it is imported: workers get it."""

OLD_WEIGHTS = (".safetensors", ".safetensors.index.json")
"""Files of an earlier version that would be read with the new ones, and are deleted unless they are uploaded."""


class _CountedFile(io.BufferedReader):
    """A file whose bytes are counted as they are sent."""

    def __init__(self, path: Path, sent: Callable[[int], object]) -> None:
        super().__init__(io.FileIO(path))
        self._sent = sent

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self._sent(len(data))
        return data

    def __next__(self) -> bytes:  # what iterates would read lines, which weights have none of
        data = self.read(1_000_000)
        if not data:
            raise StopIteration
        return data


def existing(destination: Source) -> str | None:
    """The commit of the release that the destination has now; None if it has no weights yet. Raises LabtopError."""
    found = _remote(destination)
    return found[0] if found and any(name.endswith(OLD_WEIGHTS[0]) for name in found[1]) else None


def _remote(destination: Source) -> tuple[str, dict[str, str]] | None:
    """The commit, and the digest of each file; None for a repository or branch that does not exist."""
    from huggingface_hub import HfApi, errors

    prepare_session()
    with _explained(destination):
        try:
            info = HfApi().model_info(
                destination.repository,
                revision=destination.release,
                files_metadata=True,
                timeout=TIMEOUT,
                token=_token(),
            )
        except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError):
            return None
    files = {
        str(each.rfilename): f"sha256:{each.lfs.sha256}" if each.lfs else f"git:{each.blob_id}"
        for each in info.siblings or []
    }
    return str(info.sha), files


def is_same(files: Sequence[LocalFile], destination: Source) -> str | None:
    """The commit of the release if it has all the files already."""
    found = _remote(destination)
    if found is None or not all(file.has_digest(found[1].get(file.path, "")) for file in files):
        return None
    return None if _old_weights(files, found[1]) else found[0]


def upload(folder: Path, files: Sequence[LocalFile], destination: Source, sent: Callable[[int], object]) -> str:
    """Upload the files that the hub does not have, in one commit, whose id is returned. Raises LabtopError."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    prepare_session()
    api, token = HfApi(), _token()
    opened: list[_CountedFile] = []
    with _explained(destination):
        api.create_repo(destination.repository, private=True, exist_ok=True, token=token)
        if destination.release != MAIN:
            api.create_branch(destination.repository, branch=destination.release, exist_ok=True, token=token)
        additions = []
        for file in files:
            addition = CommitOperationAdd(file.path, str(folder / file.path))
            addition.upload_info.sha256 = bytes.fromhex(file.sha256)  # so that it is not read once more
            additions.append(addition)
        try:
            for addition in additions:
                opened.append(_CountedFile(folder / addition.path_in_repo, sent))
                addition.path_or_fileobj = opened[-1]
            where = {"revision": destination.release, "token": token}
            api.preupload_lfs_files(destination.repository, additions, num_threads=THREADS, free_memory=False, **where)
            there = _remote(destination)
            old = _old_weights(files, there[1]) if there else []
            commit = api.create_commit(
                destination.repository,
                [*additions, *(CommitOperationDelete(name) for name in old)],
                commit_message=f"Upload {folder.name}",
                **where,
            )
        finally:
            for counted in opened:
                counted.close()
    return str(commit.oid)


def verify(files: Sequence[LocalFile], destination: Source) -> None:
    """Compare the digests that the hub states with those of the files. Raises LabtopError."""
    found = _remote(destination)
    there = found[1] if found else {}
    for file in files:
        if not file.has_digest(there.get(file.path, "")):
            raise LabtopError(
                f"{file.path} in {destination.repository} is not what was uploaded.",
                hint="Somebody else may have uploaded at the same time. Upload it again.",
                code="wrong-digest",
                job_command="resume",
            )


def _old_weights(files: Sequence[LocalFile], there: dict[str, str]) -> list[str]:
    names = {file.path for file in files}
    return [name for name in there if name.endswith(OLD_WEIGHTS) and name not in names]


def _token() -> str | bool:
    return os.environ.get(TOKEN) or False


@contextmanager
def _explained(destination: Source) -> Iterator[None]:
    """Turns what huggingface_hub raises into a LabtopError."""
    from huggingface_hub import constants, errors

    name, endpoint = destination.repository, constants.ENDPOINT
    try:
        yield
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError):
        raise  # of a look-up; its caller knows what it means
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else None
        refused = status in (401, 403)
        raise LabtopError(
            f"{endpoint} does not let {TOKEN} write to {name}."
            if refused
            else f"{endpoint} answered status {status} for {name}.",
            hint=f"Create a token with write access to {name.partition('/')[0]}, and set {TOKEN} to it."
            if refused
            else "Try again later: files that were uploaded are not uploaded again.",
            code="login" if refused else "network",
            job_command=None if refused else "resume",
        ) from None
    except LabtopError:
        raise
    except Exception as error:
        cause: BaseException = error.__cause__ or error
        if isinstance(cause, FileNotFoundError | PermissionError):
            raise disk_error(cause, f"uploading to {name}") from error
        if not _is_of_client(cause):
            raise
        reason = str(cause).split("\n", 1)[0][:200] or type(cause).__name__
        raise LabtopError(
            f"The upload to {name} at {endpoint} broke off: {reason.rstrip('.')}.",
            hint="Check the network and HF_ENDPOINT. Files that were uploaded are not uploaded again.",
            code="network",
            job_command="resume",
        ) from None


def _is_of_client(error: Any) -> bool:
    return type(error).__module__.split(".")[0] in ("httpx", "httpx2", "httpcore", "httpcore2", "huggingface_hub")
