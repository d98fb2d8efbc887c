"""Hugging Face, or another hub with its API at HF_ENDPOINT. Imports huggingface_hub: used in workers only."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from core.errors import LabtopError, disk_error
from core.models.download.record import RemoteFile, RemoteModel, checked_path
from core.models.download.source import LATEST, Source

THREADS = 4
"""Files that are downloaded at the same time."""

RETRIES = 4
"""Attempts in a row that bring no byte of a file."""

TIMEOUT = 30.0
"""Seconds without a byte after which a connection counts as lost."""

PIECE = 1_000_000
"""Bytes that are written at once."""

BUSY = (408, 429, 500, 502, 503, 504)
"""Statuses that a later request may not get."""

TOKEN = "HF_TOKEN"
"""The only place a token is read from."""

OTHER_WEIGHTS = frozenset(
    (".bin", ".ckpt", ".gguf", ".h5", ".msgpack", ".onnx", ".ot", ".pt", ".pth", ".pkl", ".tflite", ".zip")
)
"""Suffixes of weights that labtop cannot use, and of files that could run code when they are read."""

ENVIRONMENT = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "HF_HUB_ETAG_TIMEOUT": "30",
}
"""Read by huggingface_hub when it is imported: workers get it."""


def look_up(source: Source) -> RemoteModel:
    """The files of a release. Raises LabtopError."""
    from huggingface_hub import HfApi

    revision = None if source.release == LATEST else source.release
    with _explained(source):
        info = HfApi().model_info(source.repository, revision=revision, files_metadata=True, token=_token())
    files = [_file(sibling, source) for sibling in info.siblings or []]
    kept = [file for file in files if PurePosixPath(file.path).suffix not in OTHER_WEIGHTS]
    if not any(file.path.endswith(".safetensors") for file in kept):
        gguf = next((file.path for file in files if file.path.endswith(".gguf")), None)
        raise LabtopError(
            f"{source.repository} has no weights in safetensors files"
            + (f", but GGUF files such as {gguf}." if gguf else "."),
            hint="labtop serves, trains and evaluates safetensors weights only: use that version of the model.",
            code="no-safetensors",
        )
    left_out = tuple(file.path for file in files if file not in kept)
    return RemoteModel(source, str(info.sha), tuple(kept), left_out)


def _file(sibling: Any, source: Source) -> RemoteFile:
    path = checked_path(str(sibling.rfilename), source.repository)
    digest = f"sha256:{sibling.lfs.sha256}" if sibling.lfs else f"git:{sibling.blob_id}"
    if sibling.size is None or digest == "git:None":
        raise LabtopError(
            f"The hub does not state size and digest of {path} in {source.repository}.",
            hint="Check HF_ENDPOINT: a mirror must offer the API of Hugging Face.",
        )
    return RemoteFile(path, int(sibling.size), digest)


def fetch(model: RemoteModel, folder: Path) -> None:
    """Download the files that are not in the folder yet; a file that was begun is continued. Raises LabtopError.

    huggingface_hub's own download deletes what it has of a file when the connection is lost for good.
    """
    stop = threading.Event()

    def one(file: RemoteFile) -> None:
        try:
            if not _complete(folder, file):
                _get(model, file, folder / file.path, stop)
        except BaseException:
            stop.set()  # ends the other threads within a piece
            raise

    # The largest first: what remains at the end are small files.
    ordered = sorted(model.files, key=lambda file: -file.size)
    with _explained(model.source), ThreadPoolExecutor(THREADS) as pool:
        running = [pool.submit(one, file) for file in ordered]
        try:
            done, waiting = wait(running, return_when=FIRST_EXCEPTION)
        except BaseException:  # the job is stopped
            waiting = set(running)
            stop.set()
            raise
        finally:
            for future in waiting:
                future.cancel()
        for future in done:
            future.result()


def _get(model: RemoteModel, file: RemoteFile, path: Path, stop: threading.Event) -> None:
    """Download a file; after a lost connection, from where it was lost. Raises what the client raises."""
    import httpx2

    part = path.with_name(f".{path.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("ab", buffering=PIECE) as stream:
        failures = 0
        while (there := stream.tell()) < file.size and not stop.is_set():
            try:
                _continue(model, file, stream, stop)
            except (httpx2.TransportError, BusyError) as error:
                failures = 1 if stream.tell() > there else failures + 1
                if failures > RETRIES:
                    raise
                if isinstance(error, BusyError) or failures > 1:
                    stop.wait(0.25 * 2**failures)
        if stream.tell() > file.size:  # of a damaged download: it begins again
            stream.truncate(0)
            raise BusyError(f"{file.path} is longer than the hub states")
    if not stop.is_set():
        part.replace(path)


class BusyError(OSError):
    """The hub cannot answer at the moment: it may be asked again."""


def _continue(model: RemoteModel, file: RemoteFile, stream: BinaryIO, stop: threading.Event) -> None:
    """Append the rest of a file to what there is of it."""
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

    there = stream.tell()
    headers = {**build_hf_headers(token=_token(), library_name="labtop"), "Accept-Encoding": "identity"}
    if there:
        headers["Range"] = f"bytes={there}-"
    url = hf_hub_url(model.source.repository, file.path, revision=model.digest)
    with get_session().stream("GET", url, headers=headers, follow_redirects=True, timeout=TIMEOUT) as response:
        if response.status_code in BUSY:
            raise BusyError(f"the hub answered status {response.status_code}")
        hf_raise_for_status(response)
        if there and response.status_code != 206:  # the server ignores ranges
            stream.truncate(0)
            stream.seek(0)
        for piece in response.iter_raw():
            stream.write(piece)
            if stop.is_set():
                return


def _complete(folder: Path, file: RemoteFile) -> bool:
    path = folder / file.path
    return path.is_file() and path.stat().st_size == file.size


def _token() -> str | bool:
    return os.environ.get(TOKEN) or False


@contextmanager
def _explained(source: Source) -> Iterator[None]:
    """Turns what huggingface_hub raises into a LabtopError."""
    from huggingface_hub import constants, errors

    name, endpoint, token = source.repository, constants.ENDPOINT, bool(_token())
    try:
        yield
    except errors.OfflineModeIsEnabled:
        raise LabtopError(
            "Downloads are switched off: HF_HUB_OFFLINE is set.", hint="Unset HF_HUB_OFFLINE, and try again."
        ) from None
    except errors.GatedRepoError:
        raise LabtopError(
            f"The model {name} is gated: its terms must be accepted before it can be downloaded.",
            hint=f"Accept them at {endpoint}/{name}"
            + (
                f" with the account of {TOKEN}." if token else f", create an access token there, and set {TOKEN} to it."
            ),
            code="gated",
        ) from None
    except errors.RevisionNotFoundError:
        raise LabtopError(
            f"{name} has no release {source.release}.",
            hint=f"{endpoint}/{name}/tree/main lists its branches and tags; without --release, the newest is used.",
            code="no-release",
        ) from None
    except errors.RepositoryNotFoundError:
        raise LabtopError(
            f"There is no model {name} at {endpoint}, or it is private.",
            hint="Check the name."
            + (f" A private one needs a {TOKEN} that may read it." if token else f" A private one needs {TOKEN}."),
            code="no-repository",
        ) from None
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else None
        refused = status in (401, 403)
        raise LabtopError(
            f"{endpoint} answered status {status} for {name}.",
            hint=f"Check {TOKEN}: it may have expired." if refused else "Try again later; what was downloaded is kept.",
            code="refused" if refused else "network",
            job_command=None if refused else "resume",
        ) from None
    except LabtopError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EIO):
            raise disk_error(error, f"storing {name}") from error
        raise _broken(name, endpoint, error) from None
    except Exception as error:
        if type(error).__module__.split(".")[0] not in ("httpx", "httpx2", "httpcore", "huggingface_hub", "hf_xet"):
            raise
        raise _broken(name, endpoint, error) from None


def _broken(name: str, endpoint: str, error: BaseException) -> LabtopError:
    reason = str(error).split("\n", 1)[0][:200] or type(error).__name__
    return LabtopError(
        f"The download of {name} from {endpoint} broke off: {reason.rstrip('.')}.",
        hint="Check the network and HF_ENDPOINT. What was downloaded is kept, and the next download continues there.",
        code="network",
        job_command="resume",
    )
