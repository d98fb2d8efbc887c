"""The models that a chat can use on this machine: those of running servers, and trained ones that could be served."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.chat.target import Target
from core.errors import LabtopError
from core.serving.client import is_loopback, list_models, normalise_url
from core.serving.names import last_part, unique_names
from core.serving.registry import ServerRecord

LIST_SECONDS = 3.0
"""How long a server may take to list its models before it is offered with those that it announced."""

REACH_SECONDS = 1.0


@dataclass(frozen=True)
class Offer:
    """One model to choose."""

    model: str
    """Its name on the server; the folder of one that is not served."""
    url: str | None = None
    """The base URL of the server; None if it is not served yet."""
    role: str = ""
    """What it is: `best model`, `its base`, or empty."""

    @property
    def name(self) -> str:
        return self.model if self.url is not None else last_part(self.model)

    def target(self, api_key: str | None) -> Target:
        """What to ask. Only for a model that is served."""
        assert self.url is not None
        return Target(self.url, self.model, api_key)


def read_offers(
    servers: Sequence[ServerRecord],
    urls: Iterable[str],
    api_key: str | None,
    trained: Sequence[tuple[str, str]] = (),
) -> list[Offer]:
    """The models of running servers, and of these URLs as far as they answer; then trained ones that are not served.

    `trained` holds folders with their roles, the best model first. Blocks.
    """
    roles = dict(trained)
    ready = {server.url: server for server in servers if server.url is not None and server.purpose == "serve"}
    found: list[Offer] = []
    for url in dict.fromkeys([*ready, *map(normalise_url, urls)]):
        server = ready.get(url)
        names = list(server.names[:1]) if server is not None else []
        with suppress(LabtopError):
            names = unique_names(list_models(url, api_key, timeout=LIST_SECONDS)) or names
        role = roles.get(server.model, "") if server is not None else ""
        found += [Offer(name, url, role) for name in names]
    served = {server.model for server in ready.values()}
    return found + [Offer(folder, None, role) for folder, role in trained if folder not in served]


def pair(offers: Sequence[Offer]) -> list[Offer]:
    """The base model and the best model, if both are served: what is compared by default."""
    by_role = {offer.role: offer for offer in offers if offer.url is not None and offer.role}
    return [by_role["its base"], by_role["best model"]] if {"its base", "best model"} <= set(by_role) else []


async def is_reachable(url: str, seconds: float = REACH_SECONDS) -> bool:
    """Whether something listens at the address of a URL. An attempt that takes too long does not show the contrary.

    Where nothing listens, this machine refuses at once; it takes long when the server or this program is busy.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except TimeoutError:
        return True
    except (OSError, ValueError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


def can_be_watched(url: str) -> bool:
    """Whether its server is on this machine: others may be reached through a proxy only."""
    return is_loopback(url)
