"""Certificates and secure endpoints as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.serving.tls.certificate import Certificate
    from core.serving.tls.front import Front
    from core.serving.tls.inspection import Inspection

DATE = "%Y-%m-%d %H:%M UTC"


def certificate_lines(certificate: Certificate) -> Iterator[str]:
    """The facts, one a line."""
    yield f"Names:        {certificate.shown_names}"
    yield f"Subject:      {certificate.subject}"
    yield f"Issuer:       {'itself (self-signed)' if certificate.is_self_issued else certificate.issuer}"
    yield f"Valid:        {certificate.not_before:{DATE}} to {certificate.not_after:{DATE}}"
    if certificate.is_authority:
        yield "Kind:         certificate authority, which can issue certificates for any name"
    half = len(certificate.fingerprint) // 2 + 1  # the whole of it is wider than a terminal
    yield f"Fingerprint:  SHA-256 {certificate.fingerprint[:half]}"
    yield f"{'':22}{certificate.fingerprint[half:]}"


def inspection_lines(found: Inspection) -> Iterator[str]:
    """The certificate, and whether it is accepted."""
    yield f"Certificate of {found.address}"
    yield from certificate_lines(found.certificate)
    yield f"Accepted:     {'yes' if found.accepted else 'no'}"
    for fault in found.faults:
        yield f"              {fault.message}"


def front_lines(front: Front) -> Iterator[str]:
    """What was written, and what to do next."""
    certificate = front.certificate
    yield f"Created a certificate for {', '.join(front.names)}, valid until {certificate.not_after:%Y-%m-%d}."
    yield f"SHA-256 fingerprint: {certificate.fingerprint}"
    yield ""
    for file, what in _files(front):
        yield f"  {file}  {what}"
    for backup in front.backups:
        yield f"  {backup}  earlier file"
    root = "sudo " if front.needs_root else ""
    yield ""
    yield f"1. Serve a model at {front.upstream}, with an API key,"
    yield f"   since everyone who reaches port {front.port} can use it:"
    yield "     export LABTOP_API_KEY=$(openssl rand -hex 32)"
    yield "     labtop model serve --model-path DIR"
    if front.is_service:
        yield "2. Let nginx read the configuration:"
    else:
        yield "2. Start nginx, in a container or installed:"
        yield f"     {root}{front.podman_command}"
    yield f"     {root}{front.nginx_command}"
    yield "3. On each machine that uses the endpoint, with the same key in LABTOP_API_KEY:"
    yield f"     labtop tls trust {front.address} --fingerprint {certificate.fingerprint}"
    yield f"     labtop model chat --endpoint-url {front.url}"


def _files(front: Front) -> tuple[tuple[str, str], ...]:
    rows = (
        (str(front.key_file), "private key, readable by its owner only"),
        (str(front.certificate_file), "certificate"),
        (str(front.site_file), f"nginx: port {front.port} to {front.upstream}"),
        (str(front.folder / "nginx.conf"), "nginx without a container"),
    )[: 3 if front.is_service else 4]
    width = max(len(file) for file, _ in rows)
    return tuple((file.ljust(width), what) for file, what in rows)


def front_to_data(front: Front) -> dict[str, Any]:
    """The secure endpoint as a JSON object."""
    return {
        **front.certificate.to_data(),
        "key_file": str(front.key_file),
        "certificate_file": str(front.certificate_file),
        "nginx_file": str(front.site_file),
        "backups": [str(backup) for backup in front.backups],
        "upstream": front.upstream,
        "url": front.url,
        "podman_command": front.podman_command,
        "nginx_command": front.nginx_command,
    }
