"""Uploading to an OCI registry: a layer for each file, whose name is an annotation, as InstructLab has it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from core.errors import LabtopError, disk_error
from core.models.download.oci import TITLE
from core.models.download.source import Source
from core.models.download.streaming import RETRIES, THREADS
from core.models.http_stream import BusyError
from core.models.oci.client import MANIFEST, LoginError, RegistryClient
from core.models.upload.content import LocalFile, changed_error

LAYER = "application/vnd.oci.image.layer.v1.tar"
CONFIG = "application/vnd.oci.image.config.v1+json"
PIECE = 1_000_000


def manifest_of(files: Sequence[LocalFile]) -> tuple[bytes, bytes]:
    """The manifest of a model and the configuration that it refers to. The same files give the same bytes."""
    digests = [f"sha256:{file.sha256}" for file in files]
    config = _json({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": digests}})
    layers = [
        {"mediaType": LAYER, "digest": f"sha256:{file.sha256}", "size": file.size, "annotations": {TITLE: file.path}}
        for file in files
    ]
    described = {"mediaType": CONFIG, "digest": _digest(config), "size": len(config)}
    return _json({"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": layers}), config


def digest_of(files: Sequence[LocalFile]) -> str:
    """The digest that a release with these files has."""
    return _digest(manifest_of(files)[0])


def existing(destination: Source) -> str | None:
    """The digest of the release that the destination has now; None for a new one. Raises LabtopError."""
    with _explained(destination), RegistryClient(destination.repository, push=True) as client:
        try:
            return client.manifest(destination.release)[1]
        except KeyError:
            return None


def upload(folder: Path, files: Sequence[LocalFile], destination: Source, sent: Callable[[int], object]) -> str:
    """Upload the files that the registry does not have, then the release; its digest. Raises LabtopError."""
    manifest, config = manifest_of(files)
    with _explained(destination), RegistryClient(destination.repository, push=True) as client:

        def put(file: LocalFile) -> None:
            digest = f"sha256:{file.sha256}"
            if client.blob_size(digest) == file.size:
                sent(file.size)
            else:
                _put(client, folder / file.path, digest, file.size, sent)

        # One after the other until the registry has answered once, so that a login is requested once.
        _put_bytes(client, config)
        distinct = {file.sha256: file for file in files}
        with ThreadPoolExecutor(THREADS) as pool:
            for _ in pool.map(put, sorted(distinct.values(), key=lambda file: -file.size)):
                pass
        client.put_manifest(destination.release, manifest)
    return _digest(manifest)


def verify(files: Sequence[LocalFile], destination: Source) -> None:
    """Compare what the registry has with the files. Raises LabtopError."""
    manifest, _ = manifest_of(files)
    with _explained(destination), RegistryClient(destination.repository) as client:
        try:
            _, digest = client.manifest(destination.release)
        except KeyError:
            raise _differs(destination, f"it has no release {destination.release}") from None
        if digest != _digest(manifest):
            raise _differs(destination, f"its digest is {digest}, not {_digest(manifest)}")
        for file in files:
            size = client.blob_size(f"sha256:{file.sha256}")
            if size != file.size:
                raise _differs(destination, f"{file.path} has {size} bytes, not {file.size}")


def _put_bytes(client: RegistryClient, data: bytes) -> None:
    if client.blob_size(_digest(data)) is None:
        client.put_blob(_digest(data), len(data), lambda: iter([data]))


def _put(client: RegistryClient, path: Path, digest: str, size: int, sent: Callable[[int], object]) -> None:
    """Upload one file; after a lost connection again, several times."""
    import httpx2

    for attempt in range(RETRIES + 1):
        counted = 0

        def pieces() -> Iterator[bytes]:
            nonlocal counted
            with path.open("rb") as stream:
                while piece := stream.read(PIECE):
                    counted += len(piece)
                    sent(len(piece))
                    yield piece

        try:
            client.put_blob(digest, size, pieces)
        except (httpx2.TransportError, BusyError):
            sent(-counted)
            if attempt == RETRIES:
                raise
            time.sleep(0.25 * 2**attempt)
        except httpx2.HTTPStatusError as error:
            if error.response.status_code == 400 and "DIGEST_INVALID" in error.response.text:
                raise changed_error(path.name) from None
            raise
        except httpx2.LocalProtocolError:  # it has another size than before
            raise changed_error(path.name) from None
        else:
            return


@contextmanager
def _explained(destination: Source) -> Iterator[None]:
    """Turns what requests raise into a LabtopError."""
    import httpx2

    host = destination.repository.partition("/")[0]
    try:
        yield
    except LoginError as error:
        what = "does not let this login write to" if error.known else "requires a login for"
        raise LabtopError(
            f"{host} {what} {destination.repository}.",
            hint=f"Log in with: skopeo login {host} (podman login works, too), with an account that may push there.",
            code="login",
        ) from None
    except httpx2.HTTPStatusError as error:
        status = error.response.status_code
        raise LabtopError(
            f"{host} answered status {status} for {destination.repository}.",
            hint="Check the path: many registries need an existing namespace. What was uploaded is kept.",
            code="refused",
            job_command="resume",
        ) from None
    except (httpx2.HTTPError, BusyError) as error:
        reason = str(error).split("\n", 1)[0][:200] or type(error).__name__
        raise LabtopError(
            f"The upload to {destination.label} broke off: {reason.rstrip('.')}.",
            hint="Check the address and the network. Files that were uploaded are not uploaded again.",
            code="network",
            job_command="resume",
        ) from None
    except OSError as error:
        raise disk_error(error, f"uploading to {destination.label}") from error


def _differs(destination: Source, reason: str) -> LabtopError:
    return LabtopError(
        f"{destination.label} is not what was uploaded: {reason}.",
        hint="Somebody else may have uploaded at the same time. Upload it again.",
        code="wrong-digest",
        job_command="resume",
    )


def _json(data: object) -> bytes:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
