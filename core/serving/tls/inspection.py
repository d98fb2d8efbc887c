"""Looking at a server's certificate: what it says, and whether labtop's clients accept it."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

from core.errors import LabtopError
from core.serving.tls.certificate import Certificate, read_der
from core.serving.tls.client import PLAIN_TLS, ClientTls
from core.serving.tls.create import ascii_host
from core.serving.tls.failures import HTTPS_PORT, UNTRUSTED, insecure_error, shown_address

SECONDS = 10.0
"""For connecting and for the handshake."""

NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python's ssl does not name: validity is reported separately."""

FaultCode = Literal["expired", "not-yet-valid", "wrong-name", "untrusted"]


@dataclass(frozen=True)
class Fault:
    """One reason why clients do not accept a certificate."""

    code: FaultCode
    message: str
    """A clause about "it", for display."""


@dataclass(frozen=True)
class Inspection:
    """A server's certificate, and whether it is accepted."""

    host: str
    port: int
    certificate: Certificate
    faults: tuple[Fault, ...]
    """Empty if it is accepted."""

    @property
    def address(self) -> str:
        return shown_address(self.host, self.port)

    @property
    def accepted(self) -> bool:
        return not self.faults

    @property
    def can_be_trusted(self) -> bool:
        """Whether trusting it would make clients accept it."""
        return [fault.code for fault in self.faults] == ["untrusted"]

    def error(self) -> LabtopError:
        """The faults as an error; there must be at least one."""
        reasons = "; ".join(fault.message for fault in self.faults)
        codes = {fault.code for fault in self.faults}
        hint = f"If the fingerprint is the server's, trust it: labtop tls trust {self.address}"
        if "wrong-name" in codes:
            hint = "Connect to a name that it is for, or create one for this name, too: labtop tls init --name HOST"
        if "not-yet-valid" in codes:
            hint = "Check the clock of this machine, and that of the server."
        if "expired" in codes:
            hint = "Create another one on the server, with labtop tls init --force, or check the clock of this machine."
        return LabtopError(f"The certificate of {self.address} is not accepted: {reasons}.", hint=hint)

    def to_data(self) -> dict[str, object]:
        """The inspection as a JSON object."""
        return {
            "address": self.address,
            **self.certificate.to_data(),
            "accepted": self.accepted,
            "faults": [{"code": fault.code, "message": fault.message} for fault in self.faults],
        }


def split_address(given: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`, of a host alone (port 443), or of an https URL. Raises LabtopError."""
    text = given.strip()
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        host, port = ascii_host(parts.hostname or ""), parts.port
    except ValueError:  # a port that is not a number, an unclosed bracket, or a name that IDNA does not allow
        host, port = "", None
    if not host or not text.isprintable() or " " in text or parts.scheme not in ("", "https") or "@" in text:
        raise LabtopError(f"{given!r} is not an address.", hint="It looks like gpu1.example.com:8443")
    return host, port or HTTPS_PORT


def inspect(host: str, port: int, tls: ClientTls = PLAIN_TLS) -> Inspection:
    """Connect and check the certificate. Blocks.

    Raises LabtopError when the server cannot be reached or does not use TLS.
    """
    chain = tls.context()
    chain.check_hostname = False
    chain.verify_flags |= NO_CHECK_TIME
    der, refusal = _handshake(host, port, chain)
    if refusal is not None:
        anything = ssl.create_default_context()
        anything.check_hostname = False
        anything.verify_mode = ssl.CERT_NONE
        der, _ = _handshake(host, port, anything)
    certificate = read_der(der, shown_address(host, port))
    return Inspection(host, port, certificate, tuple(_faults(certificate, host, refusal)))


def _faults(certificate: Certificate, host: str, refusal: ssl.SSLCertVerificationError | None) -> Iterator[Fault]:
    now = datetime.now(UTC)
    if reason := certificate.validity_fault(now):
        yield Fault("expired" if now > certificate.not_after else "not-yet-valid", reason)
    if not certificate.is_for(host):
        yield Fault("wrong-name", f"it is for {certificate.shown_names}, not for {host}")
    if refusal is not None:
        reason = UNTRUSTED.get(refusal.verify_code, refusal.verify_message)
        yield Fault("untrusted", f"{reason}, and not trusted")


def _handshake(host: str, port: int, context: ssl.SSLContext) -> tuple[bytes, ssl.SSLCertVerificationError | None]:
    """The server's certificate in DER format, or the reason why it was refused. Raises LabtopError."""
    address = shown_address(host, port)
    try:
        with (
            socket.create_connection((host, port), SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as connection,
        ):
            return connection.getpeercert(binary_form=True) or b"", None
    except ssl.SSLCertVerificationError as error:
        return b"", error
    except ssl.SSLError as error:
        raise insecure_error(f"https://{address}", error) from error
    except TimeoutError as error:
        raise LabtopError(
            f"{address} did not answer within {SECONDS:g} seconds.", hint="Check the address, and the firewall."
        ) from error
    except OSError as error:
        number = error.errno or 0  # negative for a host that is not found
        why = os.strerror(number) if number > 0 else error.strerror or str(error)
        raise LabtopError(
            f"No server answers at {address} ({why}).", hint="Check the address, and that nginx is running there."
        ) from error
