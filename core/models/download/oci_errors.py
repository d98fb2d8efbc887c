"""Why a download from an OCI registry failed, in plain words."""

from __future__ import annotations

import re

from core.errors import LabtopError
from core.models.download.source import Source


def not_a_model(source: Source, layers: int) -> LabtopError:
    """The error for an image that has no model in it."""
    return LabtopError(
        f"{source.label} is not a model: none of its {layers} layers names a file or has one in /models.",
        hint="It may be another container image; use the repository of the model.",
        code="not-a-model",
    )


def explained(source: Source, output: str, *, looking_up: bool = False) -> LabtopError:
    """The error for what skopeo printed, while it looked up the release or downloaded it."""
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
    return not_looked_up(source.label, reason) if looking_up else broken_off(source, reason)


def not_looked_up(what: str, reason: str) -> LabtopError:
    """The error for a registry or hub that did not answer when it was asked for a release."""
    return LabtopError(
        f"{what} could not be looked up: {reason.rstrip('.')}.",
        hint="Check the address and the network, then try again.",
        code="network",
        job_command="resume",
    )


def broken_off(source: Source, reason: str) -> LabtopError:
    """The error for a connection that was lost."""
    return LabtopError(
        f"The download of {source.label} broke off: {reason.rstrip('.')}.",
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
