"""A pool of endpoints that serve one model: each request goes to the one with the most room.

Failures are handled by kind. When a server requests a pause (429), no requests are sent until it is over, and fewer at
a time after it; this is not counted as an attempt. After any other failure the server gets a test request. If it
answers, the attempt counts against the failed request, which is rejected after a few. If not, the server is down:
nothing is sent to it, and it is probed every few seconds until it is back. When all endpoints are down for longer than
`patience`, the pool fails.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from core.errors import LabtopError
from core.serving.completions.budget import ReplyBudget
from core.serving.completions.concurrency import ConcurrencyLimit
from core.serving.completions.endpoint import Endpoint
from core.serving.completions.prompts import Prompt
from core.serving.completions.replies import (
    MAX_PAUSE,
    Completion,
    ContextTooLongError,
    EmptyReplyError,
    RateLimitedError,
    RequestRejected,
    TransientError,
)
from core.serving.credentials import PLAIN_TLS, ClientTls

DEFAULT_IN_FLIGHT = 64
"""Initial concurrency for a server that does not report its number of slots."""

IN_FLIGHT_PER_SLOT = 2
"""One running and one queued request, so that no slot is idle while a reply is in transit."""

MAX_ATTEMPTS = 4
"""For one request that fails on a working server, including the first."""

FIRST_PAUSE = 0.5
"""Seconds before the second attempt; exponential back-off doubles each pause."""

PROBE_INTERVAL = 3.0
"""Seconds between two probes of a server that is down."""

PATIENCE = 900.0
"""Seconds to wait for a server before the run fails."""

REMIND_SECONDS = 60.0
"""Between two notes that the pool is still waiting for a server."""

MAX_OUTAGES = 3
"""A request that was in flight at this many outages is rejected: it may have caused them."""

RATE_LIMITED = 0.5
OVERLOADED = 0.8
"""Factors for an endpoint's limit after a 429, and after a 5xx or a time-out."""

T = TypeVar("T")

Note = Callable[[str], None]
"""Takes a sentence for the user."""


@dataclass
class _Attempts:
    """The failed attempts of one request."""

    budget: int
    """The most tokens of its reply."""
    failed: int = 0
    """Failed attempts on a working server."""
    outages: int = 0
    """Outages of servers while it was in flight there."""
    pause: float = 0.0
    """Seconds before the next attempt."""


class CompletionsPool:
    """Endpoints of one model. `concurrency` is a fixed number of requests in flight, to all of them together."""

    def __init__(
        self,
        endpoint_urls: Sequence[str],
        model: str,
        *,
        api_key: str | None = None,
        tls: ClientTls = PLAIN_TLS,
        concurrency: int | None = None,
        patience: float = PATIENCE,
        note: Note = lambda _: None,
    ) -> None:
        self.model = model
        self.endpoints = [Endpoint(url, model, api_key, tls) for url in dict.fromkeys(endpoint_urls)]
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self._concurrency = concurrency
        self._patience = patience
        self._note = note
        self._waiters: list[asyncio.Future[None]] = []
        self._suspects = asyncio.Lock()
        self._watches: set[asyncio.Task[None]] = set()
        self._failure: LabtopError | None = None
        self._last_available = time.monotonic()
        """When a server last replied or last became available."""
        self.budget = ReplyBudget(self.endpoints, note)

    async def __aenter__(self) -> CompletionsPool:
        for endpoint in self.endpoints:
            await endpoint.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._watches:
            task.cancel()
        for endpoint in self.endpoints:
            await endpoint.close()

    async def learn(self) -> None:
        """Query every endpoint's models and number of slots.

        Raises LabtopError for the first one that does not serve the model.
        """
        for endpoint, slots in zip(
            self.endpoints, await asyncio.gather(*(endpoint.learn() for endpoint in self.endpoints)), strict=True
        ):
            start = IN_FLIGHT_PER_SLOT * slots if slots else DEFAULT_IN_FLIGHT
            endpoint.limit = ConcurrencyLimit(self._concurrency or start, fixed=self._concurrency is not None)
        self._last_available = time.monotonic()

    @property
    def limit(self) -> int:
        """The number of requests that may be in flight now."""
        return self._concurrency or sum(endpoint.limit.value for endpoint in self.endpoints)

    @property
    def urls(self) -> str:
        return ", ".join(str(endpoint.url) for endpoint in self.endpoints)

    # Slots for requests in flight.

    async def acquire(self) -> Endpoint:
        """Wait for a free slot; it must be passed to `complete` or returned by `release`."""
        while (endpoint := self._free()) is None:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        endpoint.in_flight += 1
        return endpoint

    def _free(self) -> Endpoint | None:
        if self._failure is not None:
            raise self._failure
        if self._concurrency and sum(endpoint.in_flight for endpoint in self.endpoints) >= self._concurrency:
            return None
        now = time.monotonic()
        available = [each for each in self.endpoints if each.down_since is None and each.closed_until <= now]
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
    async def _held(self, endpoint: Endpoint | None) -> AsyncIterator[Endpoint]:
        endpoint = endpoint or await self.acquire()
        try:
            yield endpoint
        finally:
            self.release(endpoint)

    # Requests.

    async def complete(
        self,
        prompt: Prompt,
        *,
        temperature: float,
        max_tokens: int,
        seed: int,
        slot: Endpoint | None = None,
        empty_allowed: bool = False,
    ) -> Completion:
        """The model's reply to a prompt; with `empty_allowed` an empty one is not retried.

        Raises RequestRejected for this request alone, LabtopError when every request would fail.
        """
        attempts = _Attempts(max_tokens)

        async def send(endpoint: Endpoint) -> Completion | None:
            budget = self.budget.fit(endpoint, prompt, attempts.budget)
            try:
                completion = await endpoint.request(
                    prompt, temperature=temperature, max_tokens=budget, seed=seed, empty_allowed=empty_allowed
                )
            except ContextTooLongError as error:
                attempts.budget = self.budget.lower(endpoint, prompt, attempts.budget, error)
                return None
            self.prompt_tokens += completion.prompt_tokens
            self.completion_tokens += completion.completion_tokens
            return completion

        return await self._until_done(send, attempts, slot)

    async def exchange(
        self, route: str, body: dict[str, Any], read: Callable[[bytes], T], slot: Endpoint | None = None
    ) -> T:
        """Any request to a route below the base URL, such as `completions`, without the model's name.

        `read` converts a response with status 200, and may raise TransientError. Raises as `complete` does.
        """

        async def send(endpoint: Endpoint) -> tuple[T]:
            try:
                return (await endpoint.exchange(route, body, read),)
            except ContextTooLongError as error:
                raise RequestRejected("too long", str(error), final=True) from error

        return (await self._until_done(send, _Attempts(0), slot))[0]

    async def _until_done(
        self, send: Callable[[Endpoint], Awaitable[T | None]], attempts: _Attempts, slot: Endpoint | None
    ) -> T:
        """Repeat attempts of one request, which return None when another one is to follow at once."""
        while True:
            # A request that was in flight at every outage may be the cause: it is sent alone.
            alone = self._suspects if attempts.outages >= MAX_OUTAGES - 1 else nullcontext()
            async with alone, self._held(slot) as endpoint:
                slot = None
                result = await self._attempt(endpoint, attempts, send)
            if result is not None:
                return result
            if attempts.pause:
                await asyncio.sleep(attempts.pause)

    async def _attempt(
        self, endpoint: Endpoint, attempts: _Attempts, send: Callable[[Endpoint], Awaitable[T | None]]
    ) -> T | None:
        """One attempt; None when another one is to follow."""
        sent = time.monotonic()
        attempts.pause = 0.0
        try:
            result = await send(endpoint)
        except RateLimitedError as error:
            self._pause(endpoint, sent, error)
        except TransientError as error:
            await self._failed(endpoint, attempts, sent, error)
        except RequestRejected as error:
            # If the server rejects everything, possibly only for now, the request is not to blame.
            if error.final and not await endpoint.answers_since(time.monotonic()):
                raise RequestRejected(error.reason, error.message, final=False) from error
            raise
        else:
            if result is not None:
                self._last_available = time.monotonic()
            return result
        return None

    async def _failed(self, endpoint: Endpoint, attempts: _Attempts, sent: float, error: TransientError) -> None:
        """Find out whether the server or the request is at fault, and count the attempt accordingly."""
        now = time.monotonic()
        if error.overload and attempts.failed == 0:
            endpoint.limit.overloaded(sent, now, OVERLOADED)
        fault = None if isinstance(error, EmptyReplyError) else await endpoint.fault_since(now)
        if fault is not None:
            self._down(endpoint, fault)
            attempts.outages += 1
            if attempts.outages >= MAX_OUTAGES:
                reason = f"the server went down {MAX_OUTAGES} times during this request: {error}"
                raise RequestRejected("no answer", reason, final=False)
            return
        attempts.failed += 1
        if attempts.failed == MAX_ATTEMPTS:
            raise RequestRejected(error.reason, str(error), final=False)
        pause = FIRST_PAUSE * 2 ** (attempts.failed - 1)
        attempts.pause = min(MAX_PAUSE, pause) * random.uniform(0.5, 1.5)

    # Servers that are overloaded or down.

    def _pause(self, endpoint: Endpoint, sent: float, error: RateLimitedError) -> None:
        """Send nothing to an endpoint for as long as it requests."""
        now = time.monotonic()
        if now - self._last_available > self._patience:
            self._failure = _timed_out(endpoint, f"has only answered {error}", self._patience)
            self._wake()
            return
        endpoint.limit.overloaded(sent, now, RATE_LIMITED)
        if sent >= endpoint.closed_until:  # requests sent before the pause do not count again
            endpoint.pauses += 1
        pause = error.pause or min(MAX_PAUSE, FIRST_PAUSE * 2 ** min(endpoint.pauses - 1, 10))
        if now + pause > endpoint.closed_until:
            endpoint.closed_until = now + pause
            asyncio.get_running_loop().call_later(pause + 0.001, self._wake)

    def _down(self, endpoint: Endpoint, fault: str) -> None:
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
            downs = [other.down_since for other in self.endpoints]
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
