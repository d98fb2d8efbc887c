"""Requests to the endpoints that serve one model; each goes to the one with the most room.

Failures are handled by kind. A requested pause (429) is not counted as an attempt. After any other failure the server
gets a test request. If it answers, the attempt counts against the failed request, which is rejected after a few. If
not, the server is down, and the request is sent again once a server is available.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from core.serving.completions.budget import ReplyBudget
from core.serving.completions.endpoint import Endpoint
from core.serving.completions.prompts import Prompt
from core.serving.completions.replies import (
    Completion,
    ContextTooLongError,
    EmptyReplyError,
    RateLimitedError,
    RequestRejected,
    TransientError,
)
from core.serving.completions.slots import PATIENCE, Note, Slots, back_off
from core.serving.tls.client import PLAIN_TLS, ClientTls

MAX_ATTEMPTS = 4
"""For one request that fails on a working server, including the first."""

MAX_OUTAGES = 3
"""A request that was in flight at this many outages is rejected: it may have caused them."""

T = TypeVar("T")


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
        self._suspects = asyncio.Lock()
        self.slots = Slots(self.endpoints, concurrency, patience, note)
        self.budget = ReplyBudget(self.endpoints, note)

    async def __aenter__(self) -> CompletionsPool:
        for endpoint in self.endpoints:
            await endpoint.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.slots.close()
        for endpoint in self.endpoints:
            await endpoint.close()

    async def learn(self) -> None:
        """Query every endpoint's models and number of slots.

        Raises LabtopError for the first one that does not serve the model.
        """
        self.slots.open(await asyncio.gather(*(endpoint.learn() for endpoint in self.endpoints)))

    @property
    def urls(self) -> str:
        return ", ".join(str(endpoint.url) for endpoint in self.endpoints)

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
            async with alone, self.slots.held(slot) as endpoint:
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
            self.slots.pause(endpoint, sent, error)
        except TransientError as error:
            await self._failed(endpoint, attempts, sent, error)
        except RequestRejected as error:
            # If the server rejects everything, possibly only for now, the request is not to blame.
            if error.final and not await endpoint.answers_since(time.monotonic()):
                raise RequestRejected(error.reason, error.message, final=False) from error
            raise
        else:
            if result is not None:
                self.slots.replied()
            return result
        return None

    async def _failed(self, endpoint: Endpoint, attempts: _Attempts, sent: float, error: TransientError) -> None:
        """Find out whether the server or the request is at fault, and count the attempt accordingly."""
        now = time.monotonic()
        if error.overload and attempts.failed == 0:
            self.slots.overloaded(endpoint, sent)
        fault = None if isinstance(error, EmptyReplyError) else await endpoint.fault_since(now)
        if fault is not None:
            self.slots.down(endpoint, fault)
            attempts.outages += 1
            if attempts.outages >= MAX_OUTAGES:
                reason = f"the server went down {MAX_OUTAGES} times during this request: {error}"
                raise RequestRejected("no answer", reason, final=False)
            return
        attempts.failed += 1
        if attempts.failed == MAX_ATTEMPTS:
            raise RequestRejected(error.reason, str(error), final=False)
        attempts.pause = back_off(attempts.failed) * random.uniform(0.5, 1.5)
