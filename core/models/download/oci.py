"""OCI registries, through skopeo: it has the logins, certificates and mirrors that podman has, too."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.jobs.processes import child_environment
from core.models.download.place import Place
from core.models.download.record import RemoteFile, RemoteModel, checked_path
from core.models.download.source import DOCKER, Source

TITLE = "org.opencontainers.image.title"
"""The annotation of a layer that has the name of its file."""

RETRIES = "5"

POLICIES = (Path("/etc/containers/policy.json"), Path("~/.config/containers/policy.json"))

LOOPBACK = ["localhost"]


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
    """The files of a release. Raises LabtopError."""
    raw = _manifest(source, _reference(source, source.release))
    manifest = _json(raw, source)
    if isinstance(manifest.get("manifests"), list) and manifest["manifests"]:  # one entry for each architecture
        raw = _manifest(source, _reference(source, str(manifest["manifests"][0].get("digest"))))
        manifest = _json(raw, source)
    layers = manifest.get("layers") or []
    files = tuple(_file(layer, source) for layer in layers if TITLE in (layer.get("annotations") or {}))
    if not files:
        raise LabtopError(
            f"{source.label} is not a model: none of its {len(layers)} layers names a file.",
            hint="It may be a container image; use the repository of the model.",
            code="not-a-model",
        )
    return RemoteModel(source, f"sha256:{hashlib.sha256(raw).hexdigest()}", files)


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


def _file(layer: dict[str, Any], source: Source) -> RemoteFile:
    digest, size = str(layer.get("digest")), layer.get("size")
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest) or not isinstance(size, int) or size < 0:
        raise LabtopError(f"The registry's manifest of {source.label} is not valid.", code="bad-manifest")
    path = checked_path(str(layer["annotations"][TITLE]), source.label)
    if str(layer.get("mediaType")).endswith(("+gzip", "+zstd", ".gzip")):
        raise LabtopError(
            f"{source.label} stores {path} compressed, which labtop does not read.",
            hint="Push the model with uncompressed layers.",
            code="compressed",
        )
    return RemoteFile(path, size, digest)


def fetch(model: RemoteModel, place: Place) -> None:
    """Download the layers that are not there yet, and give each its name. Raises LabtopError."""
    source = model.source
    for begun in place.layout.glob("oci-put-blob*"):  # of a download that was killed
        begun.unlink(missing_ok=True)
    place.layout.mkdir(parents=True, exist_ok=True)
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
    )
    used: set[str] = set()
    for file in model.files:
        blob = place.layout / "blobs" / "sha256" / file.digest.removeprefix("sha256:")
        path = place.files / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if file.digest in used:  # two names for one file would change together
            shutil.copyfile(blob, path)
        else:
            os.link(blob, path)
        used.add(file.digest)


def _reference(source: Source, release: str) -> str:
    return f"{DOCKER}{source.repository}{'@' if release.startswith('sha256:') else ':'}{release}"


def _tls(option: str, source: Source) -> list[str]:
    """As in Docker and Podman's registries, loopback may be plain HTTP."""
    host = source.repository.partition("/")[0].rpartition(":")[0] or source.repository.partition("/")[0]
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host in LOOPBACK
    return [option] if loopback else []


def _skopeo(source: Source, command: str, *arguments: str) -> bytes:
    policy = [] if any(file.expanduser().exists() for file in POLICIES) else ["--insecure-policy"]
    argv = [require_skopeo(), *policy, command, *arguments]
    if setpriv := shutil.which("setpriv"):  # skopeo must not go on alone if this process is killed
        argv = [setpriv, "--pdeathsig", "KILL", "--", *argv]
    done = subprocess.run(argv, capture_output=True, stdin=subprocess.DEVNULL, env=child_environment(), check=False)
    if done.returncode != 0:
        raise explained(source, done.stderr.decode(errors="replace"))
    return done.stdout


def explained(source: Source, output: str) -> LabtopError:
    """The error for what skopeo printed."""
    host = source.repository.partition("/")[0]
    reason = _reason(output)
    low = output.lower()
    if any(sign in low for sign in ("unauthorized", "authentication required", "denied", "invalid username/password")):
        return LabtopError(
            f"{host} requires a login for {source.repository}: {reason}.",
            hint=f"Log in with: skopeo login {host} (podman login works, too), then download again.",
            code="login",
        )
    if "manifest unknown" in low or "name unknown" in low or "not found" in low:
        return LabtopError(
            f"{source.label} has no release {source.release}.",
            hint=f"`skopeo list-tags {source.label}` shows its releases.",
            code="no-release",
        )
    if "no space left" in low:
        return LabtopError(
            f"The disk is full: {source.label} could not be stored.",
            hint="Free some space (df -h shows where) and try again.",
            code="disk-full",
            job_command="resume",
        )
    if "digest" in low and ("mismatch" in low or "did not match" in low or "expected" in low):
        return LabtopError(
            f"{source.label} has a layer that does not have the digest that the registry states: {reason}.",
            hint="If a second download ends in the same way, the registry's copy is damaged.",
            code="wrong-digest",
            job_command="resume",
        )
    return LabtopError(
        f"The download of {source.label} broke off: {reason}.",
        hint="Check the address and the network. What was downloaded is kept, and the next download continues there.",
        code="network",
        job_command="resume",
    )


def _reason(output: str) -> str:
    """skopeo's own words: the message of its last line, without the parts that repeat the command."""
    last = (output.strip().splitlines() or ["no reason was given"])[-1]
    match = re.search(r'msg="((?:[^"\\]|\\.)*)"', last)
    text = re.sub(r"\\(.)", r"\1", match[1]) if match else last
    text = re.sub(r'^Error parsing image name "[^"]*": ', "", text)
    return text[-300:].rstrip(".")
