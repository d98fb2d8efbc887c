"""A certificate's facts: whom it is for, who issued it, and how long it is valid."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import LabtopError, disk_error
from core.printable import printable

if TYPE_CHECKING:
    from cryptography import x509

MAX_FILE_BYTES = 2**22
"""A larger file is not a certificate; the system's bundle of all authorities has 0.2 MB."""

MAX_SHOWN_NAMES = 10


@dataclass(frozen=True)
class Certificate:
    """One X.509 certificate. Its texts are the issuer's, made printable."""

    der: bytes = field(repr=False)
    names: tuple[str, ...]
    """Host names and IP addresses of the extension subjectAltName; clients read no other names."""
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    """In UTC."""
    is_authority: bool
    """Whether it may issue other certificates."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 as `openssl x509 -fingerprint -sha256` writes it."""
        return hashlib.sha256(self.der).digest().hex(":").upper()

    @property
    def shown_names(self) -> str:
        """The first names, for messages."""
        more = len(self.names) - MAX_SHOWN_NAMES
        return ", ".join(self.names[:MAX_SHOWN_NAMES]) + (f" and {more:,} more" if more > 0 else "") or "no name"

    @property
    def pem(self) -> str:
        return ssl.DER_cert_to_PEM_cert(self.der)

    @property
    def is_self_issued(self) -> bool:
        return self.subject == self.issuer

    def validity_fault(self, now: datetime | None = None) -> str | None:
        """Why it is not valid at a time, by default now, as a clause; None if it is."""
        now = now or datetime.now(UTC)
        if now > self.not_after:
            return f"it expired on {self.not_after:%Y-%m-%d}"
        if now < self.not_before:
            return f"it is not valid before {self.not_before:%Y-%m-%d %H:%M} UTC"
        return None

    def is_for(self, host: str) -> bool:
        """Whether one of its names is this host (RFC 6125: a wildcard matches the first label)."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            host = host.lower().rstrip(".")
            wildcard = f"*.{host.partition('.')[2]}"
            return any(name.lower() in (host, wildcard) for name in self.names)
        return str(address) in self.names

    def to_data(self) -> dict[str, object]:
        """The facts as a JSON object."""
        return {
            "fingerprint": self.fingerprint,
            "names": list(self.names),
            "subject": self.subject,
            "issuer": self.issuer,
            "not_before": self.not_before.isoformat(),
            "not_after": self.not_after.isoformat(),
            "authority": self.is_authority,
        }


def read_der(der: bytes, source: str) -> Certificate:
    """The certificate in these bytes, which come from `source`. Raises LabtopError if they cannot be read."""
    from cryptography import x509

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about deviations from the standard, which are printed otherwise
            parsed = x509.load_der_x509_certificate(der)
        return Certificate(
            der,
            _names(parsed),
            printable(parsed.subject.rfc4514_string()),
            printable(parsed.issuer.rfc4514_string()),
            parsed.not_valid_before_utc,
            parsed.not_valid_after_utc,
            _is_authority(parsed),
        )
    except (ValueError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise LabtopError(
            f"The certificate of {source} cannot be read: {error}.", hint="Check that it is an X.509 certificate."
        ) from error


def read_certificates(file: Path) -> tuple[Certificate, ...]:
    """All certificates in a PEM file, at least one. Raises LabtopError."""
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise disk_error(error, f"reading {file}") from error
    text = content.decode("ascii", "replace") if len(content) <= MAX_FILE_BYTES else ""
    blocks = [
        f"{ssl.PEM_HEADER}{block.partition(ssl.PEM_FOOTER)[0]}{ssl.PEM_FOOTER}"
        for block in text.split(ssl.PEM_HEADER)[1:]
    ]
    try:
        found = [ssl.PEM_cert_to_DER_cert(block) for block in blocks]
    except ValueError as error:
        raise LabtopError(
            f"A certificate in {file} is damaged: {error}.", hint="Copy the file from the server again."
        ) from error
    if not found:
        raise LabtopError(
            f"{file} contains no certificate in PEM format.",
            hint=f"Such a file has a line {ssl.PEM_HEADER!r}; `labtop tls init` writes one as ssl/NAME.crt.",
        )
    return tuple(read_der(der, str(file)) for der in found)


def same_fingerprint(given: str, certificate: Certificate) -> bool:
    """Whether a fingerprint, with or without colons, in any case, is that of a certificate."""
    return "".join(given.split()).replace(":", "").lower() == certificate.fingerprint.replace(":", "").lower()


def _names(parsed: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        extension = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = map(str, extension.get_values_for_type(x509.IPAddress))
    return tuple(map(printable, (*extension.get_values_for_type(x509.DNSName), *addresses)))


def _is_authority(parsed: x509.Certificate) -> bool:
    from cryptography import x509

    try:
        return parsed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
