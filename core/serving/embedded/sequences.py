"""The bridge between the generator's thread and the event loop: the sequences of one request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from functools import partial

from core.serving.embedded.generator import Delta, GenerationRequest, Generator


class ServerEndingError(Exception):
    """The server stops during a reply; the client gets an error event, or status 503."""

    def __init__(self) -> None:
        super().__init__("The server is shutting down, so this reply is not complete.")


class Dispatcher:
    """Passes requests to the generator, and can end all that are running."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._waiting: set[asyncio.Queue[tuple[int, Delta | Exception]]] = set()
        self._ended = False

    def end(self) -> None:
        """End all running and all later replies with ServerEndingError."""
        self._ended = True
        for arrived in self._waiting:
            arrived.put_nowait((0, ServerEndingError()))

    async def generate(self, requests: Sequence[GenerationRequest]) -> AsyncGenerator[tuple[int, Delta], None]:
        """The deltas of the requests, with each one's index, as they are generated; queued ones are merged.

        Raises the generator's exceptions. Closing the iterator drops the running sequences.
        """
        if self._ended:
            raise ServerEndingError
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[tuple[int, Delta | Exception]] = asyncio.Queue()

        def put(index: int, delta: Delta | Exception) -> None:
            with suppress(RuntimeError):  # the loop is closed: the server is ending
                loop.call_soon_threadsafe(arrived.put_nowait, (index, delta))

        cancels = [self._generator.start(request, partial(put, index)) for index, request in enumerate(requests)]
        unfinished = len(requests)
        self._waiting.add(arrived)
        try:
            while unfinished:
                batch = [await arrived.get()]
                while not arrived.empty():
                    batch.append(arrived.get_nowait())
                merged: dict[int, Delta] = {}
                for index, delta in batch:
                    if isinstance(delta, Exception):
                        raise delta
                    merged[index] = merged[index] + delta if index in merged else delta
                    unfinished -= delta.finish is not None
                for item in merged.items():
                    yield item
        finally:
            self._waiting.discard(arrived)
            for cancel in cancels:
                cancel()
