"""The certificates that this user trusts in addition to the system's, in a folder of PEM files."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import LabtopError, disk_error
from core.files import write_atomic

if TYPE_CHECKING:
    from core.serving.tls.certificate import Certificate

MIN_FINGERPRINT = 8
"""Digits of a fingerprint that name a certificate."""

NOT_PEM = "it contains no certificate in PEM format"


def trusted_files(folder: Path) -> list[Path]:
    """The files of the store, by name."""
    return sorted(folder.glob("*.pem"))


def trust_all(context: ssl.SSLContext, folder: Path) -> None:
    """Trust every certificate of the store. Raises LabtopError for a file that cannot be used."""
    for file in trusted_files(folder):
        trust_file(context, file, hint=f"It is in labtop's store of trusted certificates: remove it with rm {file}")


def trust_file(context: ssl.SSLContext, file: Path, *, hint: str) -> None:
    """Trust the certificates in a PEM file. Raises LabtopError, with the hint, when it cannot be used."""
    try:
        context.load_verify_locations(file)
    except ssl.SSLError as error:
        raise LabtopError(f"The certificates in {file} cannot be used: {NOT_PEM}.", hint=hint) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise LabtopError(f"The certificates in {file} cannot be used: {reason}.", hint=hint) from error


@dataclass(frozen=True)
class Trusted:
    """A certificate of the store."""

    file: Path
    certificate: Certificate


def trusted(folder: Path) -> Iterator[Trusted]:
    """The certificates of the store. Raises LabtopError for a file that cannot be read."""
    from core.serving.tls.certificate import read_certificates

    for file in trusted_files(folder):
        for certificate in read_certificates(file):
            yield Trusted(file, certificate)


def add(certificate: Certificate, folder: Path) -> Path:
    """Put a certificate into the store; returns its file, which is named after the certificate."""
    name = re.sub(r"[^A-Za-z0-9.-]", "_", (certificate.names or ("certificate",))[0])[:100]
    file = folder / f"{name.lstrip('.')}-{certificate.fingerprint.replace(':', '')[:16].lower()}.pem"
    write_atomic(file, certificate.pem, private=True)
    return file


def find(given: str, folder: Path) -> tuple[Trusted, ...]:
    """The certificates of the store with that name, or whose fingerprint begins so. Raises LabtopError for none."""
    start = given.replace(":", "").lower()
    found = tuple(
        each
        for each in trusted(folder)
        if given.lower() in map(str.lower, each.certificate.names)
        or (len(start) >= MIN_FINGERPRINT and each.certificate.fingerprint.replace(":", "").lower().startswith(start))
    )
    if not found:
        raise LabtopError(f"No trusted certificate is for {given}.", hint="`labtop tls list` shows all of them.")
    return found


def remove(entry: Trusted) -> None:
    """Stop trusting a certificate. Raises LabtopError."""
    try:
        entry.file.unlink(missing_ok=True)
    except OSError as error:
        raise disk_error(error, f"deleting {entry.file}") from error
