"""What an OpenAI-compatible endpoint says of itself, asked with the standard library alone.

All of it blocks; in an event loop call it through `asyncio.to_thread`.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from core.errors import LabtopError

TIMEOUT = 10.0
"""Seconds; an endpoint that is up answers these questions at once, even while it generates."""

LONGEST_ANSWER = 2**22
"""Bytes; what is longer is no list of models."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def normalise_url(url: str) -> str:
    """An endpoint's base URL with its `/v1`, whether it was given with it, with a route behind it, or without both."""
    text = url.strip()
    if "://" not in text:
        text = f"http://{text}"
    parts = urlsplit(text)
    try:
        valid = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number
        valid = False
    if not valid:
        raise LabtopError(f"{url!r} is no endpoint's URL.", hint="It looks like http://127.0.0.1:8000/v1")
    path = re.sub(r"/(models|completions|chat/completions)$", "", parts.path.rstrip("/")).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path if re.search(r'/v[0-9]+[^/]*$', path) else path + '/v1'}"


def is_loopback(url: str) -> bool:
    """Whether a URL is of this machine, so that a proxy must not be asked for it."""
    return urlsplit(url).hostname in LOOPBACK


def list_models(base_url: str, api_key: str | None = None, timeout: float = TIMEOUT) -> list[str]:
    """The names that an endpoint serves. Raises LabtopError with what is wrong: down, refused, or no OpenAI API."""
    url = normalise_url(base_url)
    document = _get(url, "/models", api_key, timeout)
    try:
        return [str(model["id"]) for model in document["data"]]
    except (TypeError, KeyError):
        raise _not_openai(url) from None


def slots(base_url: str, api_key: str | None = None, timeout: float = TIMEOUT) -> int | None:
    """How many sequences a server runs at once, as llama.cpp's and labtop's tell; None where it is not told."""
    url = normalise_url(base_url)
    try:
        total = _get(url[: url.rindex("/")], "/props", api_key, timeout)["total_slots"]
    except (LabtopError, TypeError, KeyError):
        return None
    return total if isinstance(total, int) and not isinstance(total, bool) and total > 0 else None


def check_endpoint(
    base_url: str, model: str | None = None, api_key: str | None = None, timeout: float = TIMEOUT
) -> list[str]:
    """The names that an endpoint serves, after a check that it is up, lets us in and serves `model`."""
    served = list_models(base_url, api_key, timeout)
    if model is not None and model not in served:
        raise LabtopError(
            f"{normalise_url(base_url)} does not serve {model}; it serves {', '.join(served) or 'nothing'}.",
            hint="Name one of these with --model, or serve the model that you want.",
        )
    return served


def _get(url: str, route: str, api_key: str | None, timeout: float) -> Any:
    request = urllib.request.Request(url + route, headers={"Accept": "application/json"})
    if api_key:
        request.add_header("Authorization", f"Bearer {api_key}")
    handlers = [urllib.request.ProxyHandler({})] if is_loopback(url) else []
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=timeout) as response:
            return json.loads(response.read(LONGEST_ANSWER))
    except urllib.error.HTTPError as error:
        error.close()
        raise _refused(url, error.code, bool(api_key)) from error
    except urllib.error.URLError as error:
        raise _unreachable(url, error.reason, timeout) from error
    except (ValueError, RecursionError, http.client.HTTPException) as error:
        raise _not_openai(url) from error
    except OSError as error:
        raise _unreachable(url, error, timeout) from error


def _refused(url: str, status: int, had_key: bool) -> LabtopError:
    if status in (401, 403):
        return LabtopError(
            f"{url} does not accept the API key." if had_key else f"{url} asks for an API key.",
            hint="Set the environment variable LABTOP_API_KEY to the endpoint's key.",
        )
    if status >= 500 or status == 429:
        return LabtopError(
            f"The endpoint {url} answers with status {status}.", hint="It is overloaded or broken: look at its log."
        )
    return _not_openai(url)


def _unreachable(url: str, reason: object, timeout: float) -> LabtopError:
    if isinstance(reason, TimeoutError):
        return LabtopError(
            f"The endpoint {url} did not answer within {timeout:g} seconds.", hint="Check the address, or try again."
        )
    if isinstance(reason, ssl.SSLError):
        return LabtopError(
            f"No secure connection to {url}: {reason.reason or reason}.",
            hint="Check whether the address begins with http or https, and that its certificate is trusted here.",
        )
    why = getattr(reason, "strerror", None) or str(reason)
    return LabtopError(
        f"No server answers at {url} ({why}).",
        hint="Start one with: labtop model serve --model-path DIR, or check --endpoint-url.",
    )


def _not_openai(url: str) -> LabtopError:
    return LabtopError(
        f"What answers at {url} does not offer the OpenAI API.",
        hint="Check the address: it usually ends in /v1.",
    )
