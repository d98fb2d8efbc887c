"""The options of clients over TLS, which all commands with an endpoint share, and of the group `tls`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from core.config.options.base import File, Folder, JsonOptions, Options, Texts, once


class TlsOptions(Options):
    """Certificates. The trust store of `labtop tls trust` is used in any case."""

    heading: ClassVar[str] = "TLS"

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

    heading: ClassVar[str] = "TLS"

    tls_client_passwd: Annotated[str | None, once(variable="LABTOP_TLS_CLIENT_PASSWD")] = None
    """Password of the client's TLS key. Prefer the environment variable."""


class TlsInitOptions(JsonOptions):
    """All options of `tls init`."""

    names: Annotated[Texts, once("--name", metavar="HOST", required=True)] = ()
    """Name or IP address by which clients reach this machine; may be given several times."""
    dir: Annotated[Folder, once(metavar="DIR")] = Path("nginx")
    """Folder for the files; /etc/nginx for an nginx that runs as a service."""
    port: Annotated[int, Ge(1), Le(65535), once()] = 8443
    """Port of the secure endpoint."""
    upstream: Annotated[str, once(metavar="URL")] = "http://127.0.0.1:8000"
    """Address of the model server."""
    force: Annotated[bool, once()] = False
    """Write new files if there are earlier ones, which are renamed."""


class TlsCheckOptions(JsonOptions):
    """All options of `tls check`."""


class TlsTrustOptions(Options):
    """All options of `tls trust`."""

    fingerprint: Annotated[str | None, once(metavar="SHA256")] = None
    """Trust the certificate without asking, if it has this fingerprint; `tls init` prints it."""


class TlsListOptions(JsonOptions):
    """All options of `tls list`."""


class TlsRemoveOptions(Options):
    """All options of `tls remove`."""
