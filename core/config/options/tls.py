"""How a client connects to an endpoint over TLS: the options that all commands with an endpoint share."""

from __future__ import annotations

from typing import Annotated

from core.config.options.base import File, Options, once


class TlsOptions(Options):
    """Certificates. The trust store of `labtop tls trust` is used in any case."""

    tls_insecure: Annotated[bool, once()] = False
    """Do not check the endpoint's TLS certificate."""
    tls_ca_cert: Annotated[File | None, once()] = None
    """File of certificates (PEM) to trust in addition: the endpoint's own one, or that of its issuer."""
    tls_client_cert: Annotated[File | None, once()] = None
    """TLS client certificate for the endpoint (PEM)."""
    tls_client_key: Annotated[File | None, once()] = None
    """Key of the TLS client certificate. Default: in the certificate's file."""


TLS_FILES = ("tls_ca_cert", "tls_client_cert", "tls_client_key")
"""The options that name files."""


class TlsPasswordOptions(Options):
    """The secret, which no job's options contain."""

    tls_client_passwd: Annotated[str | None, once(variable="LABTOP_TLS_CLIENT_PASSWD")] = None
    """Password of the client's TLS key. Prefer the environment variable."""
