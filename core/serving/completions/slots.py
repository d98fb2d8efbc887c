"""Which endpoints of a model may be sent a request now, and how many requests at a time.

An endpoint that requests a pause (429) gets no requests until it is over, and fewer at a time after it. An endpoint
that is down gets none, and is probed every few seconds until it is back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from core.errors import LabtopError
from core.serving.completions.concurrency import ConcurrencyLimit
from core.serving.completions.endpoint import Endpoint
from core.serving.completions.replies import MAX_PAUSE, RateLimitedError

DEFAULT_IN_FLIGHT = 64
"""Initial concurrency for a server that does not report its number of slots."""

IN_FLIGHT_PER_SLOT = 2
"""One running and one queued request, so that no slot is idle while a reply is in transit."""

FIRST_PAUSE = 0.5
"""Seconds before the second attempt; exponential back-off doubles each pause."""

PROBE_INTERVAL = 3.0
"""Seconds between two probes of a server that is down."""

PATIENCE = 900.0
"""Seconds to wait for a server before the run fails."""

REMIND_SECONDS = 60.0
"""Between two notes that a server is still waited for."""

RATE_LIMITED = 0.5
OVERLOADED = 0.8
"""Factors for an endpoint's limit after a 429, and after a 5xx or a time-out."""

Note = Callable[[str], None]
"""Takes a sentence for the user."""


def back_off(number: int) -> float:
    """Seconds of the pause of that number, counted from 1."""
    return min(MAX_PAUSE, FIRST_PAUSE * 2.0 ** min(number - 1, 10))


class Slots:
    """The slots for requests in flight to the endpoints. `concurrency` is a fixed number for all of them together.

    When all endpoints are down for longer than `patience`, waiting for a slot raises LabtopError.
    """

    def __init__(self, endpoints: Sequence[Endpoint], concurrency: int | None, patience: float, note: Note) -> None:
        self._endpoints = endpoints
        self._concurrency = concurrency
        self._patience = patience
        self._note = note
        self._waiters: list[asyncio.Future[None]] = []
        self._watches: set[asyncio.Task[None]] = set()
        self._failure: LabtopError | None = None
        self._last_available = time.monotonic()
        """When a server last replied or last became available."""

    def open(self, numbers: Sequence[int | None]) -> None:
        """Set each endpoint's limit by the number of slots that it reports."""
        for endpoint, number in zip(self._endpoints, numbers, strict=True):
            start = IN_FLIGHT_PER_SLOT * number if number else DEFAULT_IN_FLIGHT
            endpoint.limit = ConcurrencyLimit(self._concurrency or start, fixed=self._concurrency is not None)
        self.replied()

    def close(self) -> None:
        for task in self._watches:
            task.cancel()

    @property
    def limit(self) -> int:
        """The number of requests that may be in flight now."""
        return self._concurrency or sum(endpoint.limit.value for endpoint in self._endpoints)

    async def acquire(self) -> Endpoint:
        """Wait for a free slot; it must be passed to a request or returned by `release`."""
        while (endpoint := self._free()) is None:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        endpoint.in_flight += 1
        return endpoint

    def _free(self) -> Endpoint | None:
        if self._failure is not None:
            raise self._failure
        if self._concurrency and sum(endpoint.in_flight for endpoint in self._endpoints) >= self._concurrency:
            return None
        now = time.monotonic()
        available = [each for each in self._endpoints if each.down_since is None and each.closed_until <= now]
        free = [each for each in available if each.in_flight < each.limit.value]
        if not free:
            for endpoint in available:
                endpoint.limit.reached()
        return min(free, key=lambda endpoint: endpoint.in_flight / endpoint.limit.value, default=None)

    def release(self, endpoint: Endpoint) -> None:
        endpoint.in_flight -= 1
        self._wake()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    @asynccontextmanager
    async def held(self, endpoint: Endpoint | None) -> AsyncIterator[Endpoint]:
        """A slot until the end of the block: the one that was acquired before, or else the next free one."""
        endpoint = endpoint or await self.acquire()
        try:
            yield endpoint
        finally:
            self.release(endpoint)

    # Endpoints that are overloaded or down.

    def replied(self) -> None:
        """Record that a server is available."""
        self._last_available = time.monotonic()

    def overloaded(self, endpoint: Endpoint, sent: float) -> None:
        """Send fewer requests at a time to an endpoint that failed under load, by a request sent at that time."""
        endpoint.limit.overloaded(sent, time.monotonic(), OVERLOADED)

    def pause(self, endpoint: Endpoint, sent: float, error: RateLimitedError) -> None:
        """Send nothing to an endpoint for as long as it requests."""
        now = time.monotonic()
        if now - self._last_available > self._patience:
            self._failure = _timed_out(endpoint, f"has only answered {error}", self._patience)
            self._wake()
            return
        endpoint.limit.overloaded(sent, now, RATE_LIMITED)
        if sent >= endpoint.closed_until:  # requests sent before the pause do not count again
            endpoint.pauses += 1
        pause = error.pause or back_off(endpoint.pauses)
        if now + pause > endpoint.closed_until:
            endpoint.closed_until = now + pause
            asyncio.get_running_loop().call_later(pause + 0.001, self._wake)

    def down(self, endpoint: Endpoint, fault: str) -> None:
        """Stop sending requests to an endpoint, and watch for its return."""
        if endpoint.down_since is None:
            endpoint.down_since = time.monotonic()
            self._note(f"The server at {endpoint.url} does not answer ({fault}): waiting for the server.")
            watch = asyncio.create_task(self._watch(endpoint, fault))
            self._watches.add(watch)
            watch.add_done_callback(self._watches.discard)

    async def _watch(self, endpoint: Endpoint, fault: str) -> None:
        reminded = time.monotonic()
        while True:
            await asyncio.sleep(PROBE_INTERVAL)
            try:
                found = await endpoint.fault()
            except LabtopError as error:
                found = error.message
            now = time.monotonic()
            if found is None:
                endpoint.down_since = None
                self._last_available = now
                self._note(f"The server at {endpoint.url} answers again.")
                self._wake()
                return
            fault = found
            downs = [other.down_since for other in self._endpoints]
            waited = 0.0 if None in downs else now - max(down for down in downs if down is not None)
            if waited > self._patience:
                self._failure = _timed_out(endpoint, f"no longer answers: {fault}", self._patience)
                self._wake()
                return
            if now - reminded > REMIND_SECONDS:
                reminded = now
                self._note(f"Waiting for the server at {endpoint.url} ({fault}).")


def _timed_out(endpoint: Endpoint, problem: str, patience: float) -> LabtopError:
    return LabtopError(
        f"The server at {endpoint.url} {problem} (waited {patience / 60:g} minutes).",
        hint="Every reply so far is kept. Check the server.",
        code="server-not-answering",
        job_command="resume",
    )
