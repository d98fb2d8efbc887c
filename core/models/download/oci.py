"""OCI registries, through skopeo: it has the logins, certificates and mirrors that podman has, too."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from core.errors import LabtopError, disk_error
from core.jobs.processes import child_environment
from core.models.download.digests import file_digest
from core.models.download.oci_errors import broken_off, explained, not_a_model, not_looked_up
from core.models.download.place import Place, bytes_below
from core.models.download.record import RemoteFile, RemoteModel, checked_path
from core.models.download.source import DOCKER, Source
from core.models.download.streaming import Transfer, fetch_all
from core.models.http_stream import BusyError, LostError, StatusError
from core.models.oci.client import LoginError, RegistryClient, is_loopback
from core.models.oci.unpack import Archive, unpack

TITLE = "org.opencontainers.image.title"
"""The annotation of a layer that has the name of its file."""

UNPACK = "io.deis.oras.content.unpack"
"""The annotation of a layer that is a packed folder, as ORAS writes it."""

RETRIES = "5"

SILENT_SECONDS = 120.0
"""Without a byte from a registry, after which skopeo is ended."""

POLL_SECONDS = 1.0

POLICIES = (Path("/etc/containers/policy.json"), Path("~/.config/containers/policy.json"))


def require_skopeo() -> str:
    """The path of skopeo. Raises LabtopError if it is not installed."""
    found = shutil.which("skopeo")
    if found is None:
        raise LabtopError(
            "Downloading from an OCI registry requires skopeo, which is not installed.",
            hint="Install it with the system's packages: dnf install skopeo, or apt install skopeo",
            code="no-skopeo",
        )
    return found


def look_up(source: Source) -> RemoteModel:
    """The files of a release, or the layers of an image that has a model in /models. Raises LabtopError."""
    raw = _manifest(source, _reference(source, source.release))
    manifest = _json(raw, source)
    if isinstance(manifest.get("manifests"), list) and manifest["manifests"]:
        raw = _manifest(source, _reference(source, digest_for(manifest["manifests"], platform.machine())))
        manifest = _json(raw, source)
    layers = [_layer(layer, source) for layer in manifest.get("layers") or []]
    digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    titled = [layer for layer in layers if layer.title]
    packed = [layer for layer in titled if layer.is_packed]
    if titled:
        files = tuple(RemoteFile(layer.title, layer.size, layer.digest) for layer in titled if not layer.is_packed)
        archives = tuple(Archive(layer.digest, layer.size, folder=layer.title) for layer in packed)
        return RemoteModel(source, digest, files, archives=archives)
    archives = tuple(_image_layers(source, digest, [layer for layer in layers if layer.is_tar]))
    if not archives:
        raise not_a_model(source, len(layers))
    return RemoteModel(source, digest, (), archives=archives)


def digest_for(entries: Sequence[Any], machine: str) -> str:
    """Of the manifests of an index, that of this machine's architecture, else the first that is of an image."""
    named = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)

    def order(entry: Mapping[str, Any]) -> int:
        found = entry.get("platform")
        architecture = found.get("architecture") if isinstance(found, dict) else None
        return 0 if architecture == named else 2 if architecture == "unknown" else 1  # unknown: what describes an image

    return str(min((entry for entry in entries if isinstance(entry, dict)), key=order, default={}).get("digest"))


def _image_layers(source: Source, digest: str, layers: Sequence[_Layer]) -> Iterator[Archive]:
    """The layers of an image, with the digests of their contents that its configuration states."""
    raw = _skopeo(
        source, "inspect", "--config", "--raw", *_tls("--tls-verify=false", source), _reference(source, digest)
    )
    config = _json(raw, source)
    root = config.get("rootfs")
    stated = root.get("diff_ids") if isinstance(root, dict) else None
    known = stated if isinstance(stated, list) and len(stated) == len(layers) else [None] * len(layers)
    for layer, content in zip(layers, known, strict=True):
        if layer.media_type.endswith("zstd"):
            raise LabtopError(
                f"{source.label} has a layer that is compressed with zstd, which labtop does not read.",
                hint="Build the image with gzip, the default of podman and docker, or without compression.",
                code="compressed",
            )
        yield Archive(layer.digest, layer.size, str(content) if content else None)


def _manifest(source: Source, reference: str) -> bytes:
    return _skopeo(source, "inspect", "--raw", *_tls("--tls-verify=false", source), reference)


def _json(raw: bytes, source: Source) -> dict[str, Any]:
    try:
        manifest = json.loads(raw)
    except (ValueError, RecursionError):
        manifest = None
    if not isinstance(manifest, dict):
        raise LabtopError(f"The registry's manifest of {source.label} is not valid.", code="bad-manifest")
    return manifest


@dataclass(frozen=True)
class _Layer:
    """A layer as the manifest describes it."""

    digest: str
    size: int
    media_type: str
    title: str
    """The name of its file; empty for a layer of an image."""
    is_packed: bool
    """Whether the file is compressed, or a folder that was packed."""

    @property
    def is_tar(self) -> bool:
        return ".tar" in self.media_type or self.media_type.endswith("+tar")


def _layer(layer: Any, source: Source) -> _Layer:
    digest, size = (layer.get("digest"), layer.get("size")) if isinstance(layer, dict) else (None, None)
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", str(digest)) or not isinstance(size, int) or size < 0:
        raise LabtopError(f"The registry's manifest of {source.label} is not valid.", code="bad-manifest")
    found = layer.get("annotations")
    notes = found if isinstance(found, dict) else {}
    media = str(layer.get("mediaType"))
    title = checked_path(str(notes[TITLE]), source.label) if TITLE in notes else ""
    return _Layer(str(digest), size, media, title, media.endswith("gzip") or notes.get(UNPACK) == "true")


def fetch(model: RemoteModel, place: Place) -> None:
    """Download the layers that are not there yet, unpack those that are packed, and give each file its name.

    Layers are downloaded by labtop, several at a time, each from the byte where it ended; skopeo then completes what
    is missing and checks the machine's policy for signatures. Raises LabtopError.
    """
    place.layout.mkdir(parents=True, exist_ok=True)
    for begun in place.layout.glob("oci-put-blob*"):  # of a download that was killed
        begun.unlink(missing_ok=True)
    _fetch_blobs(model, place)
    source = model.source
    _skopeo(
        source,
        "copy",
        "--quiet",
        "--preserve-digests",
        "--remove-signatures",
        f"--retry-times={RETRIES}",
        *_tls("--src-tls-verify=false", source),
        _reference(source, model.digest),
        f"oci:{place.layout}:model",
        into=place.layout,
    )
    if model.archives:
        _unpack(model, place)
    used: set[str] = set()
    for file in model.files:
        blob = _blob(place, file.digest)
        path = place.files / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if file.digest in used:  # two names for one file would change together
            shutil.copyfile(blob, path)
        else:
            os.link(blob, path)
        used.add(file.digest)


def forget_damaged(model: RemoteModel, place: Place) -> None:
    """Remove the layers of files that were removed since their digest is wrong, so that they are downloaded again."""
    for file in model.files:
        if not (place.files / file.path).exists():
            _blob(place, file.digest).unlink(missing_ok=True)


def _blob(place: Place, digest: str) -> Path:
    return place.layout / "blobs" / "sha256" / digest.removeprefix("sha256:")


def _fetch_blobs(model: RemoteModel, place: Place) -> None:
    """Download layers into the layout.

    What labtop cannot do, such as a login that only skopeo knows, or a mirror, is left to skopeo: it also knows the
    reason if nothing works. A connection that is lost in a layer ends the download.
    """
    import httpx2

    sizes = {file.digest: file.size for file in model.files} | {one.digest: one.size for one in model.archives}
    before = bytes_below(place.layout)
    try:
        with RegistryClient(model.source.repository) as client:
            fetch_all(
                [Transfer(_blob(place, digest), size, partial(client.blob, digest)) for digest, size in sizes.items()]
            )
    except LoginError:
        return  # of skopeo, which may know another login, or says what is missing
    except (httpx2.HTTPError, BusyError, LostError, StatusError) as error:
        if bytes_below(place.layout) > before:
            raise broken_off(model.source, str(error)) from None
    except OSError as error:
        raise disk_error(error, f"storing {model.source.label}") from error


def _unpack(model: RemoteModel, place: Place) -> None:
    """Unpack the layers after comparing their digests. Raises LabtopError."""
    layers = [(archive, _blob(place, archive.digest)) for archive in model.archives]
    for archive, blob in layers:
        if file_digest(blob, archive.digest) != archive.digest:
            blob.unlink()
            raise LabtopError(
                f"A layer of {model.source.label} does not have the digest that is stated ({archive.digest}).",
                hint="It was deleted. If a second download ends in the same way, the registry's copy is damaged.",
                code="wrong-digest",
                job_command="resume",
            )
    try:
        unpack(layers, place.files)
    except OSError as error:
        raise disk_error(error, f"unpacking {model.source.label}") from error
    if not any(path.is_file() for path in place.files.rglob("*")):
        raise not_a_model(model.source, len(layers))


def _reference(source: Source, release: str) -> str:
    return f"{DOCKER}{source.repository}{'@' if release.startswith('sha256:') else ':'}{release}"


def _tls(option: str, source: Source) -> list[str]:
    """As in Docker and Podman's registries, loopback may be plain HTTP."""
    return [option] if is_loopback(source.repository.partition("/")[0]) else []


def _skopeo(source: Source, command: str, *arguments: str, into: Path | None = None) -> bytes:
    """Run skopeo, which writes `into` a folder; what it prints. Raises LabtopError."""
    policy = [] if any(file.expanduser().exists() for file in POLICIES) else ["--insecure-policy"]
    argv = [require_skopeo(), *policy, command, *arguments]
    if setpriv := shutil.which("setpriv"):  # skopeo must not continue alone if this process is killed
        argv = [setpriv, "--pdeathsig", "KILL", "--", *argv]
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=child_environment()
    )
    try:
        output, errors = _communicate(process, source, into)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    if process.returncode != 0:
        raise explained(source, errors.decode(errors="replace"), looking_up=command == "inspect")
    return output


def _communicate(process: subprocess.Popen[bytes], source: Source, into: Path | None) -> tuple[bytes, bytes]:
    """What skopeo prints. It waits for a silent registry without a limit, so that raises LabtopError."""
    size, since = -1, time.monotonic()
    while True:
        try:
            return process.communicate(timeout=POLL_SECONDS)
        except subprocess.TimeoutExpired:
            now = time.monotonic()
        if into is not None and (found := bytes_below(into)) != size:
            size, since = found, now
        if now - since > SILENT_SECONDS:
            reason = f"the registry has sent nothing for {SILENT_SECONDS:.0f} seconds"
            raise not_looked_up(source.label, reason) if into is None else broken_off(source, reason)
