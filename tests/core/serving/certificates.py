"""Certificates for tests, as files: an authority, a server's, and a client's in several forms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

PASSWORD = "open-sesame-for-the-key"


@dataclass(frozen=True)
class Certificates:
    authority: Path
    server: Path
    """Certificate and key of 127.0.0.1."""
    client: Path
    """Certificate of a client, without its key."""
    key: Path
    locked_key: Path
    """The same key, protected by PASSWORD."""
    both: Path
    """Certificate and key of the client."""


def make_certificates(folder: Path) -> Certificates:
    """Write them into a folder."""
    authority = trustme.CA()
    server, client = authority.issue_cert("127.0.0.1"), authority.issue_cert("client.example")
    names = ("authority", "server", "client", "key", "locked_key", "both")
    files = Certificates(*(folder / f"{name}.pem" for name in names))
    key = client.private_key_pem.bytes()
    certificate = client.cert_chain_pems[0].bytes()
    authority.cert_pem.write_to_path(files.authority)
    files.server.write_bytes(server.private_key_and_cert_chain_pem.bytes())
    files.client.write_bytes(certificate)
    files.key.write_bytes(key)
    files.both.write_bytes(key + certificate)
    locked = load_pem_private_key(key, None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSWORD.encode())
    )
    files.locked_key.write_bytes(locked)
    return files
