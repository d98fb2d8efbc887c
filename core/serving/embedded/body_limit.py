"""A limit on the size of requests."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES = 16 * 2**20
"""Enough for a thousand prompts of 4,000 tokens."""


class BodyLimit:
    """ASGI middleware that stops reading a request's body at the limit, with or without an announced length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = 0

        async def bounded() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > BODY_BYTES:
                raise HTTPException(413, f"A request may have at most {BODY_BYTES:,} bytes.")
            return message

        await self._app(scope, bounded if scope["type"] == "http" else receive, send)
