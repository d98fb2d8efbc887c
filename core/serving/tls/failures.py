"""What went wrong with a secure connection, as an error with a hint."""

from __future__ import annotations

import re
import socket
import ssl
from urllib.parse import urlsplit

from core.errors import LabtopError
from core.serving.tls.client import ClientTls

GIVE_CERTIFICATE = "Give one with --tls-client-cert and --tls-client-key."
OTHER_CERTIFICATE = "Give another one with --tls-client-cert."
CHECK_SCHEME = "Check whether the address should start with https or http."

HTTPS_PORT = 443

MAX_PAGE_BYTES = 2**12
"""The part of an error page that is read."""

ALERT_SECONDS = 2.0
"""For a server's TLS alert, which says why it ends connections."""

EXPIRED = 10
NOT_YET_VALID = 9
WRONG_NAME = (62, 64)
"""OpenSSL's numbers of these results (X509_V_ERR_…); 64 is for an IP address."""

UNTRUSTED = {
    18: "it is self-signed",
    19: "its chain ends with a self-signed certificate",
    20: "its issuer is unknown here",
    21: "its issuer is unknown here",
}
"""Results that mean that nobody vouches for the certificate."""

NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG")
"""OpenSSL's reasons for an answer that is plain text."""

NGINX_PAGES = {
    b"No required SSL certificate was sent": ("it requires a client certificate", GIVE_CERTIFICATE),
    b"The SSL certificate error": ("it does not trust the client certificate", OTHER_CERTIFICATE),
    b"The plain HTTP request was sent to HTTPS port": ("it requires TLS", "Use an address that starts with https."),
}
"""nginx's pages with status 400, which it sends in place of TLS alerts."""


def address_of(url: str) -> tuple[str, int]:
    """The host and the port of an https URL."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or HTTPS_PORT


def shown_address(host: str, port: int) -> str:
    """`host:port`, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def verification_failure(error: ssl.SSLCertVerificationError, host: str) -> str:
    """Why a certificate was not accepted, as a clause about "its certificate"."""
    code = error.verify_code
    if code == EXPIRED:
        return "its certificate has expired"
    if code == NOT_YET_VALID:
        return "its certificate is not valid yet, or the clock of this machine is wrong"
    if code in WRONG_NAME:
        return f"its certificate is for another name than {host}"
    return f"its certificate is not trusted here ({UNTRUSTED.get(code, error.verify_message)})"


def insecure_error(url: str, error: ssl.SSLError) -> LabtopError:
    """The error for a TLS connection that failed."""
    host, port = address_of(url)
    what = error.reason or str(error)
    hint = CHECK_SCHEME
    if isinstance(error, ssl.SSLCertVerificationError):
        what = verification_failure(error, host)
        check = f"labtop tls check {shown_address(host, port)}"
        hint = f"Show the certificate, and trust it if it is the right one: {check}"
        if error.verify_code in (EXPIRED, NOT_YET_VALID, *WRONG_NAME):  # trusting it would not help
            hint = f"Show its names and validity, and what to do: {check}"
    elif isinstance(error, ssl.SSLEOFError):
        what = "the server ends it during the handshake"
    elif what in NOT_TLS:
        what = "it does not use TLS"
    elif "CERTIFICATE_REQUIRED" in what:
        what, hint = "it requires a client certificate", GIVE_CERTIFICATE
    elif "ALERT_UNKNOWN_CA" in what:
        what, hint = "it does not trust the client certificate", OTHER_CERTIFICATE
    return LabtopError(f"No secure connection to {url}: {what}.", hint=hint)


def page_error(url: str, page: bytes) -> LabtopError | None:
    """The error for nginx's page about a missing or wrong certificate; None for any other page."""
    for title, (what, hint) in NGINX_PAGES.items():
        if re.search(rb"<title>\s*400 " + title, page):
            return LabtopError(f"No secure connection to {url}: {what}.", hint=hint)
    return None


def page_title(page: bytes) -> str | None:
    """The title of a proxy's error page in HTML, such as "413 Request Entity Too Large"; None for anything else."""
    found = re.search(rb"<title>\s*([^<]{1,200})", page[:MAX_PAGE_BYTES], re.IGNORECASE)
    return found[1].decode(errors="replace").strip() if found else None


def dropped_error(url: str, tls: ClientTls) -> LabtopError:
    """The error for a server that ends connections right after the handshake. Blocks for ALERT_SECONDS at most.

    Servers check the client's certificate then, and HTTP libraries report only the disconnection.
    """
    alert = tls_alert(*address_of(url), tls.context(), ALERT_SECONDS)
    return insecure_error(url, alert) if alert else certificate_error(url, tls.certificate is not None)


def certificate_error(url: str, given: bool) -> LabtopError:
    """The error for a server that ends the connection after the handshake, probably for the client's certificate."""
    return LabtopError(
        f"No secure connection to {url}: the server ends it after the handshake, without a reason.",
        hint=f"It may not trust the client certificate. {OTHER_CERTIFICATE}"
        if given
        else f"It may require a client certificate. {GIVE_CERTIFICATE}",
    )


def tls_alert(host: str, port: int, context: ssl.SSLContext, seconds: float) -> ssl.SSLError | None:
    """The TLS alert of a server that ends connections right after the handshake, if it sends one. Blocks."""
    try:
        with (
            socket.create_connection((host, port), seconds) as plain,
            context.wrap_socket(plain, server_hostname=host) as connection,
        ):
            try:
                connection.recv(1)  # sending a request could lose the alert
            except ssl.SSLEOFError:
                return None
    except ssl.SSLError as error:
        return error
    except OSError:
        pass
    return None


def is_drop(error: object) -> bool:
    """Whether an error only says that the server ended the connection."""
    return isinstance(error, ConnectionError | ssl.SSLEOFError) and not isinstance(error, ConnectionRefusedError)


def tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """The TLS error that caused an HTTP library's error, if any. aiohttp's own SSLError has no reason."""
    while error is not None:
        inner = getattr(error, "certificate_error", None)  # aiohttp's own class is not an SSLError
        if inner is None and isinstance(error, ssl.SSLError) and hasattr(error, "reason"):
            return error
        error = inner or error.__cause__ or error.__context__
    return None
