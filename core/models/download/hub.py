"""Hugging Face, or another hub with its API at HF_ENDPOINT. Imports huggingface_hub: used in workers only."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path, PurePosixPath
from typing import Any

from core.errors import LabtopError, disk_error
from core.models.download.oci_errors import not_looked_up
from core.models.download.record import RemoteFile, RemoteModel, checked_path
from core.models.download.source import LATEST, Source
from core.models.download.streaming import Transfer, fetch_all
from core.models.http_stream import TIMEOUT, BusyError, StatusError, open_stream
from core.models.hub_session import prepare_session

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
    prepare_session()
    with _explained(source, looking_up=True):
        info = HfApi().model_info(
            source.repository, revision=revision, files_metadata=True, timeout=TIMEOUT, token=_token()
        )
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
    with _explained(model.source):
        fetch_all([_transfer(model, file, folder) for file in model.files])


def _transfer(model: RemoteModel, file: RemoteFile, folder: Path) -> Transfer:
    @contextmanager
    def request(start: int) -> Iterator[HTTPResponse]:
        from huggingface_hub import hf_hub_url
        from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

        headers = build_hf_headers(token=_token(), library_name="labtop")
        url = hf_hub_url(model.source.repository, file.path, revision=model.digest)
        try:
            with open_stream(url, headers, start) as response:
                yield response
        except StatusError as error:
            with prepare_session().stream("GET", url, headers=headers) as answer:
                if answer.is_error:
                    answer.read()
                hf_raise_for_status(answer)  # raises what says why
            raise BusyError(str(error)) from None

    return Transfer(folder / file.path, file.size, request)


def _token() -> str | bool:
    return os.environ.get(TOKEN) or False


@contextmanager
def _explained(source: Source, *, looking_up: bool = False) -> Iterator[None]:
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
        raise _broken(name, endpoint, error, looking_up) from None
    except Exception as error:
        if type(error).__module__.split(".")[0] not in ("httpx", "httpx2", "httpcore", "huggingface_hub", "hf_xet"):
            raise
        raise _broken(name, endpoint, error, looking_up) from None


def _broken(name: str, endpoint: str, error: BaseException, looking_up: bool) -> LabtopError:
    reason = str(error).split("\n", 1)[0][:200] or type(error).__name__
    if looking_up:
        return not_looked_up(f"{name} at {endpoint}", reason)
    return LabtopError(
        f"The download of {name} from {endpoint} broke off: {reason.rstrip('.')}.",
        hint="Check the network and HF_ENDPOINT. What was downloaded is kept, and the next download continues there.",
        code="network",
        job_command="resume",
    )
