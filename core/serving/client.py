"""What an OpenAI-compatible endpoint says of itself, asked with the standard library alone.

All of it blocks; in an event loop call it through `asyncio.to_thread`.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import ssl
import time
import urllib.error
import urllib.request
from typing import IO, Any
from urllib.parse import urlsplit

from core.errors import LabtopError
from core.printable import printable
from core.serving.completions.masking import Mask

TIMEOUT = 10.0
"""Seconds; an endpoint that is up answers these questions at once, even while it generates."""

LONGEST_ANSWER = 2**22
"""Bytes; what is longer is no list of models."""

LONGEST_LINE = 300
"""Characters of a server's words that are shown."""

GIVE_CERTIFICATE = "Give one with --tls-client-cert and --tls-client-key."
OTHER_CERTIFICATE = "Give another one with --tls-client-cert."

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def normalise_url(url: str) -> str:
    """An endpoint's base URL with its `/v1`, whether it was given with it, with a route behind it, or without both."""
    text = url.strip()
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        named = parts.hostname and text.isprintable() and " " not in text
        valid = parts.scheme in ("http", "https") and named and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number, or half a bracket
        valid = False
    if not valid:
        raise LabtopError(f"{url!r} is no endpoint's URL.", hint="It looks like http://127.0.0.1:8000/v1")
    if "@" in parts.netloc:  # it would stand in the job's files and in every message about the endpoint
        raise LabtopError(
            f"The endpoint's URL for {parts.hostname} holds a user name or a password.",
            hint="Leave it out, and put the endpoint's key into the environment variable LABTOP_API_KEY.",
        )
    path = re.sub(r"/(models|completions|chat/completions)$", "", parts.path.rstrip("/")).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path if re.search(r'/v[0-9]+[^/]*(/|$)', path) else path + '/v1'}"


def one_line(text: str) -> str:
    """A server's words as they can be shown: on one line, not too long, with nothing that steers a terminal."""
    return printable(" ".join(text.split()))[:LONGEST_LINE]


def is_loopback(url: str) -> bool:
    """Whether a URL is of this machine, so that a proxy must not be asked for it."""
    return urlsplit(url).hostname in LOOPBACK


def list_models(base_url: str, api_key: str | None = None, timeout: float = TIMEOUT) -> list[str]:
    """The names that an endpoint serves, but for those that cannot be shown.

    Raises LabtopError with what is wrong: down, refused, or no OpenAI API.
    """
    url = normalise_url(base_url)
    mask = Mask(api_key)
    document = _get(url, "/models", mask, timeout)
    try:
        return [mask(name) for model in document["data"] if (name := str(model["id"])).isprintable()]
    except (TypeError, KeyError):
        raise not_openai(url) from None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An endpoint that sends on is told to the user: following it would show the key to another server."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _get(url: str, route: str, mask: Mask, timeout: float) -> Any:
    request = urllib.request.Request(url + route, headers={"Accept": "application/json"})
    if mask.key:
        request.add_header("Authorization", f"Bearer {mask.key}")
    handlers = [urllib.request.ProxyHandler({})] if is_loopback(url) else []
    deadline = time.monotonic() + timeout
    try:
        with urllib.request.build_opener(_NoRedirects, *handlers).open(request, timeout=timeout) as response:
            return json.loads(_read(response, deadline))
    except urllib.error.HTTPError as error:
        error.close()
        if 300 <= error.code < 400:
            raise sends_on(url, mask(error.headers.get("Location", ""))) from error
        raise _refused(url, error.code, bool(mask.key)) from error
    except urllib.error.URLError as error:
        raise unreachable(url, error.reason, timeout) from error
    except (ValueError, RecursionError, http.client.HTTPException) as error:
        raise not_openai(url) from error
    except OSError as error:
        raise unreachable(url, error, timeout) from error


def _read(response: IO[bytes], deadline: float) -> bytes:
    """A body: the socket's timeout alone would wait for ever for one that comes byte by byte."""
    body = b""
    while len(body) <= LONGEST_ANSWER and (piece := response.read1(2**16)):  # type: ignore[attr-defined]
        body += piece
        if time.monotonic() > deadline:
            raise TimeoutError
    if len(body) > LONGEST_ANSWER:
        raise ValueError("too long")
    return body


def sends_on(url: str, location: str) -> LabtopError:
    """What to say of a redirect."""
    return LabtopError(
        f"{url} sends on to {one_line(location) or 'nowhere'}.", hint="Give that address itself, if you trust it."
    )


def _refused(url: str, status: int, had_key: bool) -> LabtopError:
    if status in (401, 403):
        return no_access(url, had_key=had_key)
    if status >= 500 or status == 429:
        return LabtopError(
            f"The endpoint {url} answers with status {status}.", hint="It is overloaded or broken: look at its log."
        )
    return not_openai(url)


def no_access(url: str, *, had_key: bool) -> LabtopError:
    """What to say where the key is missing or wrong."""
    return LabtopError(
        f"{url} does not accept the API key." if had_key else f"{url} asks for an API key.",
        hint="Set the environment variable LABTOP_API_KEY to the endpoint's key.",
    )


def unreachable(url: str, reason: object, timeout: float = TIMEOUT) -> LabtopError:
    """What to say of a connection that failed for a reason: a certificate, a time-out, or nobody there."""
    if isinstance(reason, ssl.SSLError):
        return _insecure(url, reason)
    if isinstance(reason, TimeoutError):
        return LabtopError(
            f"The endpoint {url} did not answer within {timeout:g} seconds.", hint="Check the address, or try again."
        )
    number = getattr(reason, "errno", None) or 0  # asyncio has words of its own instead of the system's
    why = os.strerror(number) if number > 0 else getattr(reason, "strerror", None) or str(reason)
    return LabtopError(
        f"No server answers at {url} ({why}).",
        hint="Start one with: labtop model serve --model-path DIR; or check --endpoint-url: it usually ends with /v1.",
    )


def _insecure(url: str, error: ssl.SSLError) -> LabtopError:
    what = error.reason or str(error)
    hint = "Check that the address begins with https or http as it should."
    if isinstance(error, ssl.SSLCertVerificationError):
        what = f"its certificate is not trusted here ({error.verify_message})"
        hint += " The environment variable SSL_CERT_FILE names a file of certificates to trust."
    elif "CERTIFICATE_REQUIRED" in what:
        what, hint = "it asks for a client certificate", GIVE_CERTIFICATE
    elif "ALERT_UNKNOWN_CA" in what:
        what, hint = "it does not trust the client certificate", OTHER_CERTIFICATE
    return LabtopError(f"No secure connection to {url}: {what}.", hint=hint)


def no_certificate(url: str, given: bool) -> LabtopError:
    """What to say of a server that ends the connection once it could see the client's certificate, or that none is."""
    return LabtopError(
        f"No secure connection to {url}: the server ends it after the handshake, without a reason.",
        hint=f"It may not trust the client certificate. {OTHER_CERTIFICATE}"
        if given
        else f"It may ask for a client certificate. {GIVE_CERTIFICATE}",
    )


def tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """The failure of a secure connection that an HTTP library's error came from, if that was the cause."""
    while error is not None:
        inner = getattr(error, "certificate_error", None)  # aiohttp's own error is no whole SSLError
        if inner is None and isinstance(error, ssl.SSLError):
            return error
        error = inner or error.__cause__ or error.__context__
    return None


def not_openai(url: str) -> LabtopError:
    """What to say of a server that is another kind of server."""
    return LabtopError(
        f"What answers at {url} does not offer the OpenAI API.",
        hint="Check the address: it usually ends in /v1.",
    )
