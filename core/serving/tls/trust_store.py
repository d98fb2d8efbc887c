"""The certificates that this user trusts in addition to the system's, in a folder of PEM files."""

from __future__ import annotations

import ssl
from pathlib import Path

from core.errors import LabtopError

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
