"""How a client connects over TLS: what it trusts, and its own certificate."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from core import paths
from core.errors import LabtopError
from core.serving.tls.trust_store import trust_all, trust_file

TLS_PASSWORD_VARIABLE = "LABTOP_TLS_CLIENT_PASSWD"
"""An environment variable with a secret, which is stored in no file."""

REASONS = {
    "BAD_DECRYPT": "the password is wrong",
    "KEY_VALUES_MISMATCH": "the key does not belong to the certificate",
    "NO_START_LINE": "it is not in PEM format",
    "PEM_LIB": "it is not in PEM format, or contains no key",
}
"""Messages for OpenSSL's codes."""


@dataclass(frozen=True)
class ClientTls:
    """How a client connects over TLS. `context` raises LabtopError for files that cannot be used."""

    insecure: bool = False
    """Accept any server certificate."""
    certificate: Path | None = None
    """The client's certificate, in PEM format."""
    key: Path | None = None
    """The certificate's key; None if it is in the same file."""
    password: str | None = field(default=None, repr=False)
    """The key's password."""
    authority: Path | None = None
    """Certificates to trust in addition to those of the system and of the user's store, in PEM format."""

    def context(self) -> ssl.SSLContext:
        """The context of connections."""
        context = ssl.create_default_context()
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a trusted certificate needs no trusted issuer
        trust_all(context, paths.current().trusted_dir)
        if self.authority is not None:
            trust_file(context, self.authority, hint="Check --tls-ca-cert.")
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.certificate is not None:
            self._load(context, self.certificate)
        elif self.key is not None:
            raise LabtopError(
                f"The TLS key {self.key} is passed without its certificate.", hint="Add --tls-client-cert FILE."
            )
        return context

    def _load(self, context: ssl.SSLContext, certificate: Path) -> None:
        asked = False

        def password() -> str:
            nonlocal asked
            asked = True
            return self.password or ""

        try:
            context.load_cert_chain(certificate, self.key, password)
        except ssl.SSLError as error:
            reason = error.reason or ("PEM_LIB" if "PEM lib" in str(error) else str(error))
            if asked and not self.password:
                raise LabtopError(
                    f"The TLS key {self.key or certificate} is protected by a password.",
                    hint=f"Set the environment variable {TLS_PASSWORD_VARIABLE} to it.",
                ) from error
            raise self._unusable(
                certificate, "the password is wrong" if asked else REASONS.get(reason, reason)
            ) from error
        except OSError as error:
            raise self._unusable(certificate, error.strerror or str(error)) from error

    def _unusable(self, certificate: Path, reason: str) -> LabtopError:
        files = f"{certificate} with the key {self.key}" if self.key else f"{certificate}"
        return LabtopError(
            f"The TLS client certificate {files} cannot be used: {reason}.",
            hint="Check --tls-client-cert, --tls-client-key and the password.",
        )


class TlsSettings(Protocol):
    """The options of `core.config.options.tls`."""

    @property
    def tls_insecure(self) -> bool: ...
    @property
    def tls_ca_cert(self) -> Path | None: ...
    @property
    def tls_client_cert(self) -> Path | None: ...
    @property
    def tls_client_key(self) -> Path | None: ...


def client_tls(options: TlsSettings, password: str | None) -> ClientTls:
    """What a command's options ask for."""
    return ClientTls(
        options.tls_insecure, options.tls_client_cert, options.tls_client_key, password, options.tls_ca_cert
    )


PLAIN_TLS = ClientTls()
"""Checks the server's certificate, and has none for the client."""
