"""What a conversation is sent to."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.serving.tls.client import PLAIN_TLS, ClientTls


@dataclass(frozen=True)
class Target:
    """A served model, and how to ask it."""

    url: str
    model: str
    api_key: str | None = field(default=None, repr=False)
    tls: ClientTls = PLAIN_TLS
