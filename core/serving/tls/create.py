"""Creating a private key and a self-signed certificate."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.errors import LabtopError

if TYPE_CHECKING:
    from cryptography import x509

KEY_BITS = 2048
"""Of RSA: what RHEL AI's documentation uses, and accepted by every client."""

VALID_DAYS = 365

CLOCK_SKEW = timedelta(hours=1)
"""Before the creation, so that a client whose clock is slow accepts the certificate."""

LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")

MAX_COMMON_NAME = 64
"""Characters, by RFC 5280."""


def host_name(given: str) -> str:
    """A host's name or IP address in the form that a certificate has. Raises LabtopError for anything else."""
    try:
        return str(ipaddress.ip_address(given.strip("[]")))
    except ValueError:
        pass
    try:
        name = ascii_host(given.lower().removesuffix("."))
    except ValueError:
        name = ""
    labels = name.split(".")
    if len(name) > 253 or not all(map(LABEL.fullmatch, labels)) or labels[-1].isdecimal():
        raise LabtopError(
            f"{given!r} is not the name of a host.",
            hint="Give the name or IP address that clients use, without a port: --name gpu1.example.com",
        )
    return name


def ascii_host(name: str) -> str:
    """A host's name as DNS and certificates have it: other scripts in Punycode. Raises ValueError."""
    return name if name.isascii() else name.encode("idna").decode()


def create_certificate(
    names: Sequence[str], *, now: datetime | None = None, days: int = VALID_DAYS
) -> tuple[str, bytes]:
    """A new private key in PEM format, without a password, and its certificate in DER format.

    `names` are results of `host_name`; the first one is the subject, too. The certificate is valid until `days` after
    `now` (UTC), and cannot issue others, so trusting it means trusting this server only.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = (now or datetime.now(UTC)).replace(microsecond=0)
    key = rsa.generate_private_key(65537, KEY_BITS)
    common = names[0] if len(names[0]) <= MAX_COMMON_NAME else names[0].partition(".")[0]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    usage = x509.KeyUsage(
        digital_signature=True,
        key_encipherment=True,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return pem, certificate.public_bytes(Encoding.DER)


def _general_name(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
