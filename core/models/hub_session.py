"""The HTTP session of huggingface_hub with limits, which it does not have itself. Used in workers only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.errors import LabtopError
from core.models.http_stream import TIMEOUT

STORE_SECONDS = 300.0
"""For an answer: after an upload the hub compares digests first."""

MAX_ANSWER = 2**26
"""Bytes of an answer about a repository; one with a million files has less."""


def prepare_session() -> Any:
    """The session that all of huggingface_hub's requests use, with time-outs and a maximum size of answers."""
    import httpx2
    from huggingface_hub import get_session

    class Limited(httpx2.SyncByteStream):  # type: ignore[misc]  # it has no types here
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        def __iter__(self) -> Iterator[bytes]:
            size = 0
            for piece in self._stream:
                size += len(piece)
                if size > MAX_ANSWER:
                    raise LabtopError(
                        f"The hub's answer is longer than {MAX_ANSWER >> 20} MB.",
                        hint="Check HF_ENDPOINT: a mirror must offer the API of Hugging Face.",
                        code="network",
                    )
                yield piece

        def close(self) -> None:
            self._stream.close()

    def limit(response: Any) -> None:
        response.stream = Limited(response.stream)

    session = get_session()
    if not session.event_hooks["response"]:
        session.event_hooks = {**session.event_hooks, "response": [limit]}
        session.timeout = httpx2.Timeout(TIMEOUT, read=STORE_SECONDS)
    return session
