"""A pool of endpoints that serve one model: each request goes to the one with the most room.

Failures are handled by kind. A server that asks for a pause (429) stops all requests until it is over, then gets fewer
at a time; that is no try. After any other failure the server is asked something harmless: if it answers, the try
counts for the request alone, and a request is given up after a few; if not, the server is down, nothing is sent to it
and it is probed every few seconds until it is back. When all endpoints are down for longer than `patience`, the pool
fails.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from types import TracebackType

from core.errors import LabtopError
from core.serving.completions.concurrency import ConcurrencyLimit
from core.serving.completions.endpoint import Endpoint
from core.serving.completions.replies import (
    LONGEST_PAUSE,
    Completion,
    ContextTooLongError,
    EmptyReplyError,
    RateLimitedError,
    RequestRejected,
    TransientError,
)
from core.serving.credentials import PLAIN_TLS, ClientTls
from core.tokens import count_tokens

DEFAULT_IN_FLIGHT = 64
"""Requests at a time to begin with, for a server that does not say how many slots it has."""

IN_FLIGHT_PER_SLOT = 2
"""One that is answered and one that waits its turn, so that no slot idles while a reply travels."""

TRIES = 4
"""For one request that fails on a server that works, the first included."""

FIRST_PAUSE = 0.5
"""Seconds before the second try; each pause is twice the one before."""

PROBE_PAUSE = 3.0
"""Seconds between two probes of a server that is down."""

PATIENCE = 900.0
"""Seconds to wait for a server before a run is given up."""

REMIND_SECONDS = 60.0
"""Between two notes that a server is still waited for."""

OUTAGES = 3
"""A request that was in flight every time a server went down is given up after so many."""

RATE_LIMITED = 0.5
OVERLOADED = 0.8
"""What is left of an endpoint's limit after a 429, and after a 5xx or a time-out."""

LEAST_REPLY = 16
"""Tokens; a reply that must be shorter to fit into the context is not worth asking for."""

Note = Callable[[str], None]
"""Takes a sentence for the user."""


@dataclass
class _Attempts:
    """What became of one request so far."""

    budget: int
    """The most tokens that its reply may take."""
    tries: int = 0
    """That failed on a server that works."""
    outages: int = 0
    """Of servers that it was in flight to."""
    pause: float = 0.0
    """Seconds before the next try."""


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
        self._useful = time.monotonic()
        """When a server last replied, or when requests were last possible."""
        self._said_budget = False

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
        """Ask every endpoint what it serves and how much it takes.

        Raises LabtopError that names the first one that does not serve the model.
        """
        for endpoint, slots in zip(
            self.endpoints, await asyncio.gather(*(endpoint.learn() for endpoint in self.endpoints)), strict=True
        ):
            start = IN_FLIGHT_PER_SLOT * slots if slots else DEFAULT_IN_FLIGHT
            endpoint.limit = ConcurrencyLimit(self._concurrency or start, fixed=self._concurrency is not None)
        self._useful = time.monotonic()

    @property
    def limit(self) -> int:
        """Requests that may be in flight now."""
        return self._concurrency or sum(endpoint.limit.value for endpoint in self.endpoints)

    @property
    def urls(self) -> str:
        return ", ".join(str(endpoint.url) for endpoint in self.endpoints)

    # Places in flight.

    async def place(self) -> Endpoint:
        """Wait for room for one more request; the place must be given to `complete` or back to `release`."""
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
        able = [each for each in self.endpoints if each.down_since is None and each.closed_until <= now]
        free = [each for each in able if each.in_flight < each.limit.value]
        if not free:
            for endpoint in able:
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
        endpoint = endpoint or await self.place()
        try:
            yield endpoint
        finally:
            self.release(endpoint)

    # Requests.

    async def complete(
        self, prompt: str, *, temperature: float, max_tokens: int, seed: int, place: Endpoint | None = None
    ) -> Completion:
        """The model's reply to a prompt.

        Raises RequestRejected for this request alone, LabtopError when none has a chance.
        """
        attempts = _Attempts(max_tokens)
        while True:
            # A request that was in flight whenever a server went down may be the cause: then it is asked alone.
            alone = self._suspects if attempts.outages >= OUTAGES - 1 else nullcontext()
            async with alone, self._held(place) as endpoint:
                place = None
                completion = await self._try(endpoint, prompt, attempts, temperature, seed)
            if completion is not None:
                return completion
            if attempts.pause:
                await asyncio.sleep(attempts.pause)

    async def _try(
        self, endpoint: Endpoint, prompt: str, attempts: _Attempts, temperature: float, seed: int
    ) -> Completion | None:
        """One try; None when there is to be another one."""
        sent = time.monotonic()
        attempts.pause = 0.0
        budget = self._fit(endpoint, prompt, attempts.budget)
        try:
            completion = await endpoint.ask(prompt, temperature=temperature, max_tokens=budget, seed=seed)
        except RateLimitedError as error:
            self._close_gate(endpoint, sent, error)
        except ContextTooLongError as error:
            attempts.budget = self._lower(endpoint, prompt, attempts.budget, error)
        except TransientError as error:
            await self._failed(endpoint, attempts, sent, error)
        except RequestRejected as error:
            # One that refuses everything, if only for now, says nothing about this request.
            if error.final and not await endpoint.answers_since(time.monotonic()):
                raise RequestRejected(error.reason, error.message, final=False) from error
            raise
        else:
            self._useful = time.monotonic()
            self.prompt_tokens += completion.prompt_tokens
            self.completion_tokens += completion.completion_tokens
            return completion
        return None

    async def _failed(self, endpoint: Endpoint, attempts: _Attempts, sent: float, error: TransientError) -> None:
        """See whether the server or the request is at fault, and count the try accordingly."""
        now = time.monotonic()
        if error.overload and attempts.tries == 0:
            endpoint.limit.overloaded(sent, now, OVERLOADED)
        fault = None if isinstance(error, EmptyReplyError) else await endpoint.fault_since(now)
        if fault is not None:
            self._down(endpoint, fault)
            attempts.outages += 1
            if attempts.outages >= OUTAGES:
                reason = f"the server went down {OUTAGES} times while it was asked this: {error}"
                raise RequestRejected("no answer", reason, final=False)
            return
        attempts.tries += 1
        if attempts.tries == TRIES:
            raise RequestRejected(error.reason, str(error), final=False)
        pause = FIRST_PAUSE * 2 ** (attempts.tries - 1)
        attempts.pause = min(LONGEST_PAUSE, pause) * random.uniform(0.5, 1.5)

    @property
    def knows_context(self) -> bool:
        """Whether an endpoint said how long the model's context is."""
        return any(endpoint.context_tokens is not None for endpoint in self.endpoints)

    def budget(self, prompt: str, max_tokens: int) -> int:
        """The tokens that a reply to a prompt would be given now."""
        return max(self._fit(endpoint, prompt, max_tokens) for endpoint in self.endpoints)

    def _fit(self, endpoint: Endpoint, prompt: str, max_tokens: int) -> int:
        """As many tokens as fit into the model's context next to the prompt, which is estimated generously."""
        if endpoint.context_tokens is None:
            return max_tokens
        room = endpoint.context_tokens - int(1.3 * count_tokens(prompt)) - 64
        return min(max_tokens, room) if room > 0 else max_tokens

    def _lower(self, endpoint: Endpoint, prompt: str, budget: int, error: ContextTooLongError) -> int:
        """The budget for the next try of a request that was too long; learns the context's length for the others."""
        asked = self._fit(endpoint, prompt, budget)
        if endpoint.context_tokens is None and error.context_tokens is not None:
            endpoint.context_tokens = error.context_tokens
            if not self._said_budget:
                self._said_budget = True
                self._note(
                    f"The model's context holds {error.context_tokens:,} tokens: replies are asked for no longer than"
                    " fits next to the prompt."
                )
            if self._fit(endpoint, prompt, budget) < asked:
                return budget
        lowered = asked // 2
        if lowered < LEAST_REPLY:
            raise RequestRejected("refused by the server", str(error), final=True)
        if endpoint.context_tokens is None and not self._said_budget:
            self._said_budget = True
            self._note(
                f"A prompt with a reply of {asked:,} tokens does not fit into the model's context: less is asked."
            )
        return lowered

    # Servers that are overloaded or down.

    def _close_gate(self, endpoint: Endpoint, sent: float, error: RateLimitedError) -> None:
        """Close the gate of an endpoint for as long as it asks."""
        now = time.monotonic()
        if now - self._useful > self._patience:
            self._failure = _no_patience(endpoint, f"has answered nothing but {error}", self._patience)
            self._wake()
            return
        endpoint.limit.overloaded(sent, now, RATE_LIMITED)
        if sent >= endpoint.closed_until:  # those that were sent before the gate closed say nothing new
            endpoint.pauses += 1
        pause = error.pause or min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(endpoint.pauses - 1, 10))
        if now + pause > endpoint.closed_until:
            endpoint.closed_until = now + pause
            asyncio.get_running_loop().call_later(pause + 0.001, self._wake)

    def _down(self, endpoint: Endpoint, fault: str) -> None:
        """Send nothing more to an endpoint, and see when it is back."""
        if endpoint.down_since is None:
            endpoint.down_since = time.monotonic()
            self._note(f"The server at {endpoint.url} does not answer ({fault}): waiting for the server.")
            watch = asyncio.create_task(self._watch(endpoint, fault))
            self._watches.add(watch)
            watch.add_done_callback(self._watches.discard)

    async def _watch(self, endpoint: Endpoint, fault: str) -> None:
        reminded = time.monotonic()
        while True:
            await asyncio.sleep(PROBE_PAUSE)
            try:
                found = await endpoint.fault()
            except LabtopError as error:
                found = error.message
            now = time.monotonic()
            if found is None:
                endpoint.down_since = None
                self._useful = now
                self._note(f"The server at {endpoint.url} answers again.")
                self._wake()
                return
            fault = found
            downs = [other.down_since for other in self.endpoints]
            waited = 0.0 if None in downs else now - max(down for down in downs if down is not None)
            if waited > self._patience:
                self._failure = _no_patience(endpoint, f"does not answer any more: {fault}", self._patience)
                self._wake()
                return
            if now - reminded > REMIND_SECONDS:
                reminded = now
                self._note(f"Waiting for the server at {endpoint.url} ({fault}).")


def _no_patience(endpoint: Endpoint, what: str, patience: float) -> LabtopError:
    return LabtopError(
        f"The server at {endpoint.url} {what} (waited {patience / 60:g} minutes).",
        hint="Every reply so far is kept. Check the server.",
        job_command="resume",
    )
