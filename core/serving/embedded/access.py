"""Who may use a server: clients with its API key and, where only this machine can connect, no web page of another site.

A page in a browser on this machine can send requests to 127.0.0.1, and by DNS rebinding (its own host name resolves to
127.0.0.1) also read the answers. Such requests have the page's host in `Host` or `Origin`.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import LabtopError
from core.printable import printable
from core.serving.embedded.replies import error_body
from core.serving.keys import ALLOWED_HOSTS_VARIABLE, SERVER_KEY_VARIABLE, is_loopback_address

OPEN_PATHS = ("/health", "/docs", "/openapi.json", "/docs/oauth2-redirect")
"""Without the key: they say nothing about the model and use no computing time."""

SHOWN_CHARACTERS = 100
"""Of a header that are repeated in an error."""


@dataclass(frozen=True)
class AccessRules:
    """What a server requires of each request."""

    api_key: str | None = field(default=None, repr=False)
    """The key that requests must have; None for none."""
    hosts: frozenset[str] | None = None
    """The names by which the server may be addressed, and of the sites that may use it; None for any."""


def access_rules(address: str, environment: MutableMapping[str, str]) -> AccessRules:
    """The rules of a server that listens on an IP address; the key is removed from the environment.

    Raises LabtopError when other machines could use the server without a key.
    """
    key = environment.pop(SERVER_KEY_VARIABLE, "") or None
    allowed = environment.pop(ALLOWED_HOSTS_VARIABLE, "").split()
    local = is_loopback_address(address)
    if not local and key is None:
        raise LabtopError(
            f"A server that listens on {address} needs an API key, since other machines can use it.",
            hint=f"Set {SERVER_KEY_VARIABLE}, or use --host 127.0.0.1.",
            code="no-api-key",
        )
    if not local and not allowed:
        return AccessRules(key)
    return AccessRules(key, frozenset(map(_plain, ("localhost", "127.0.0.1", "::1", address, *allowed))))


class AccessControl:
    """ASGI middleware that answers requests against the rules with an error, before anything of them is read."""

    def __init__(self, app: ASGIApp, rules: AccessRules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        for name in ("host", "origin"):
            for value in (value for found, value in headers if found == name):
                if not self._is_allowed(name, value):
                    return _forbidden(name, value)
        if self._rules.api_key is None or scope["path"] in OPEN_PATHS:
            return None
        given = next((value for name, value in headers if name == "authorization"), "")
        return None if self._is_key(given) else _unauthorised(given)

    def _is_allowed(self, name: str, value: str) -> bool:
        if self._rules.hosts is None:
            return True
        host = value.partition("://")[2] if name == "origin" else value
        return _host_name(host) in self._rules.hosts

    def _is_key(self, authorization: str) -> bool:
        scheme, _, given = authorization.partition(" ")
        expected = (self._rules.api_key or "").encode()
        # The comparison takes the same time for every wrong key of a length.
        return hmac.compare_digest(given.strip().encode(), expected) and scheme.lower() == "bearer"


def _host_name(netloc: str) -> str | None:
    """The host of `name:port`; None if it is not one."""
    try:
        parts = urlsplit(f"//{netloc}")
        _ = parts.port
        return _plain(parts.hostname) if parts.hostname and parts.netloc == netloc and "@" not in netloc else None
    except ValueError:
        return None


def _plain(host: str) -> str:
    """One spelling of a host: an address in its short form, a name in lower case without a final dot."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return host.lower().rstrip(".")


def _forbidden(name: str, value: str) -> JSONResponse:
    shown = printable(value)[:SHOWN_CHARACTERS]
    message = (
        f"This server does not accept requests for the host {shown!r}; --allowed-host permits it."
        if name == "host"
        else f"This server does not accept requests of web pages from {shown!r}; --allowed-host permits their host."
    )
    return JSONResponse(error_body(message, "permission_error", f"foreign_{name}"), 403)


def _unauthorised(given: str) -> JSONResponse:
    message = "The API key is not correct." if given else "This server requires an API key: Authorization: Bearer KEY."
    headers = {"WWW-Authenticate": "Bearer"}
    return JSONResponse(error_body(message, "authentication_error", "invalid_api_key"), 401, headers)
