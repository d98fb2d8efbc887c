"""Querying what an OpenAI-compatible endpoint serves, with the standard library alone.

All calls block; in an event loop call it through `asyncio.to_thread`.
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
from collections.abc import Sequence
from typing import IO, Any
from urllib.parse import urlsplit

from core import paths
from core.errors import LabtopError
from core.printable import printable
from core.serving.credentials import Mask, export_line
from core.serving.tls.client import PLAIN_TLS, ClientTls
from core.serving.tls.failures import MAX_PAGE_BYTES, dropped_error, insecure_error, is_drop, page_error

TIMEOUT = 10.0
"""Seconds; a running endpoint answers these requests at once, even while it generates."""

MAX_RESPONSE_BYTES = 2**22
"""A longer response is not a list of models."""

MAX_SERVER_TEXT = 300
"""Characters of a server's message that are shown."""

GATEWAY_STATUSES = (502, 504)
"""Bad gateway and gateway time-out: only proxies answer with these."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def normalise_url(url: str) -> str:
    """An endpoint's base URL with `/v1`, whether it was given with it, with a route after it, or without either."""
    text = url.strip()
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        named = parts.hostname and text.isprintable() and " " not in text
        valid = parts.scheme in ("http", "https") and named and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is not a number, or an unclosed bracket
        valid = False
    if not valid:
        raise LabtopError(f"{url!r} is not an endpoint's URL.", hint="It looks like http://127.0.0.1:8000/v1")
    if "@" in parts.netloc:  # it would appear in the job's files and in every message about the endpoint
        raise LabtopError(
            f"The endpoint's URL for {parts.hostname} contains a user name or a password.",
            hint="Remove it, and set the environment variable LABTOP_API_KEY to the endpoint's key.",
        )
    if parts.query or parts.fragment:  # it would be dropped, and a key in it would be shown, too
        raise LabtopError(
            f"The endpoint's URL for {parts.hostname} has a part after its path, which labtop does not send.",
            hint="Remove it; if it is a key, set the environment variable LABTOP_API_KEY to it.",
        )
    path = re.sub(r"/(models|completions|chat/completions)$", "", parts.path.rstrip("/")).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path if re.search(r'/v[0-9]+[^/]*(/|$)', path) else path + '/v1'}"


def one_line(text: str) -> str:
    """A server's message for display: on one line, shortened, without control characters."""
    return printable(" ".join(text.split()))[:MAX_SERVER_TEXT]


def is_loopback(url: str) -> bool:
    """Whether a URL is on this machine, so that no proxy may be used for it."""
    return urlsplit(url).hostname in LOOPBACK


def list_models(
    base_url: str, api_key: str | None = None, timeout: float = TIMEOUT, *, tls: ClientTls = PLAIN_TLS
) -> list[str]:
    """The names of the models that an endpoint serves, without unprintable ones. `timeout` is in seconds.

    Raises LabtopError when it is down, refuses access, or has no OpenAI API.
    """
    mask = Mask(api_key)
    models = served_models(base_url, api_key, timeout, tls=tls)
    return [mask(name) for model in models if (name := str(model["id"])).isprintable()]


def served_models(
    base_url: str, api_key: str | None = None, timeout: float = TIMEOUT, *, tls: ClientTls = PLAIN_TLS
) -> list[dict[str, Any]]:
    """The entries of an endpoint's list of models, as it gives them; each has an `id`. Raises LabtopError."""
    url = normalise_url(base_url)
    document = _request(url, url + "/models", Mask(api_key), timeout, tls)
    try:
        return [{**model, "id": model["id"]} for model in document["data"]]
    except (TypeError, KeyError):
        raise not_openai_error(url) from None


def context_length(
    base_url: str, model: str, api_key: str | None = None, *, tls: ClientTls = PLAIN_TLS, timeout: float = TIMEOUT
) -> int | None:
    """A served model's context length in tokens; None if the endpoint does not report it. Raises LabtopError."""
    url = normalise_url(base_url)
    document = _request(url, url + "/models", Mask(api_key), timeout, tls)
    try:
        limits = [entry.get("max_model_len") for entry in document["data"] if entry["id"] == model]
    except (TypeError, KeyError, AttributeError):
        return None
    return limits[0] if limits and type(limits[0]) is int and limits[0] > 0 else None


def count_prompt_tokens(
    base_url: str,
    model: str,
    messages: Sequence[dict[str, str]],
    api_key: str | None = None,
    *,
    tls: ClientTls = PLAIN_TLS,
    timeout: float = TIMEOUT,
) -> int:
    """The tokens of a chat request's prompt in the model's chat template, by the route /tokenize of vLLM.

    Raises LabtopError when the server does not have it.
    """
    url = normalise_url(base_url)
    body = {"model": model, "messages": list(messages), "add_generation_prompt": True}
    document = _request(url, url.removesuffix("/v1") + "/tokenize", Mask(api_key), timeout, tls, body)
    count = document.get("count") if isinstance(document, dict) else None
    if type(count) is not int or count < 0:
        raise not_openai_error(url)
    return count


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Redirects are reported instead of followed, which would send the key to another server."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _request(
    url: str, address: str, mask: Mask, timeout: float, tls: ClientTls, body: dict[str, Any] | None = None
) -> Any:
    """The JSON document at an address of the endpoint `url`; with a body, the answer to a POST."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, headers={"Accept": "application/json"})
    if data is not None:
        request.add_header("Content-Type", "application/json")
    if mask.key:
        request.add_header("Authorization", f"Bearer {mask.key}")
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})] if is_loopback(url) else []
    if url.startswith("https:"):
        handlers.append(urllib.request.HTTPSHandler(context=tls.context()))
    deadline = time.monotonic() + timeout
    try:
        with urllib.request.build_opener(_NoRedirects, *handlers).open(request, timeout=timeout) as response:
            return json.loads(_read(response, deadline))
    except urllib.error.HTTPError as error:
        with error:
            page = _page(error)
        if 300 <= error.code < 400:
            raise redirect_error(url, mask(error.headers.get("Location", ""))) from error
        raise _status_error(url, error.code, page, bool(mask.key)) from error
    except urllib.error.URLError as error:
        raise _connection_error(url, error.reason, timeout, tls) from error
    except http.client.RemoteDisconnected as error:
        raise (dropped_error(url, tls) if url.startswith("https:") else not_openai_error(url)) from error
    except (ValueError, RecursionError, http.client.HTTPException) as error:
        raise not_openai_error(url) from error
    except OSError as error:
        raise _connection_error(url, error, timeout, tls) from error


def _connection_error(url: str, reason: object, timeout: float, tls: ClientTls) -> LabtopError:
    """The error for a connection that failed or was lost."""
    if url.startswith("https:") and is_drop(reason):
        return dropped_error(url, tls)
    return unreachable_error(url, reason, timeout)


def _page(error: urllib.error.HTTPError) -> bytes:
    """The beginning of an error page; nothing if it does not arrive."""
    try:
        return bytes(error.read1(MAX_PAGE_BYTES))
    except (OSError, ValueError, http.client.HTTPException):
        return b""


def _read(response: IO[bytes], deadline: float) -> bytes:
    """A response body. The socket's timeout alone would wait forever for one that arrives byte by byte."""
    body = b""
    while len(body) <= MAX_RESPONSE_BYTES and (piece := response.read1(2**16)):  # type: ignore[attr-defined]
        body += piece
        if time.monotonic() > deadline:
            raise TimeoutError
    if len(body) > MAX_RESPONSE_BYTES:
        raise ValueError("too long")
    return body


class NoServerError(LabtopError):
    """Nothing listens at an address, or it cannot be reached."""


def redirect_error(url: str, location: str) -> LabtopError:
    """The error for a redirect."""
    return LabtopError(
        f"{url} redirects to {one_line(location) or 'an unknown address'}.",
        hint="Use that address itself, if you trust it.",
    )


def _status_error(url: str, status: int, page: bytes, had_key: bool) -> LabtopError:
    if status in (401, 403):
        return access_denied(url, had_key=had_key, forbidden=status == 403)
    if status in GATEWAY_STATUSES:
        return gateway_error(url, status)
    if status == 400 and (refused := page_error(url, page)):
        return refused
    if status >= 500 or status == 429:
        return LabtopError(
            f"The endpoint {url} returned status {status}.", hint="It is overloaded or broken: check its log."
        )
    return not_openai_error(url)


def gateway_error(url: str, status: int) -> LabtopError:
    """The error of a proxy whose model server does not answer."""
    return LabtopError(
        f"The proxy at {url} cannot reach its model server (status {status}).",
        hint="Start the model server, or check the proxy's upstream address.",
    )


def access_denied(url: str, *, had_key: bool, forbidden: bool = False) -> LabtopError:
    """The error for a missing or wrong API key, or another reason with status 403 (`forbidden`)."""
    if forbidden:
        return LabtopError(
            f"{url} refuses access with status 403.",
            hint="Set the environment variable LABTOP_API_KEY to the endpoint's key. If it is a labtop server that is "
            "reached by another name, start it with --allowed-host NAME.",
        )
    hint = "Set the environment variable LABTOP_API_KEY to the endpoint's key."
    own = paths.current().server_key_file
    if is_loopback(url) and own.exists():
        hint += f" If it is a server of yours with labtop's own key: {export_line(own)}"
    return LabtopError(f"{url} does not accept the API key." if had_key else f"{url} requires an API key.", hint=hint)


def unreachable_error(url: str, reason: object, timeout: float = TIMEOUT) -> LabtopError:
    """The error for a failed connection, by its reason: the certificate, a time-out, or no server."""
    if isinstance(reason, ssl.SSLError):
        return insecure_error(url, reason)
    if isinstance(reason, TimeoutError):
        return LabtopError(
            f"The endpoint {url} did not answer within {timeout:g} seconds.", hint="Check the address, or try again."
        )
    number = getattr(reason, "errno", None) or 0  # asyncio's text differs from the system's
    why = os.strerror(number) if number > 0 else getattr(reason, "strerror", None) or str(reason)
    return NoServerError(
        f"No server answers at {url} ({why}).",
        hint="Start one with: labtop model serve --model-path DIR; or check the endpoint's URL: "
        "it usually ends with /v1.",
    )


def not_openai_error(url: str) -> LabtopError:
    """The error for a server without the OpenAI API."""
    return LabtopError(
        f"The server at {url} does not offer the OpenAI API.",
        hint="Check the address: it usually ends in /v1.",
    )
