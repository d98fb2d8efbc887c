"""Requests to one model through a pool of endpoints, with a cache, so that nothing is asked twice.

The key of a reply is a digest of the messages and the parameters: what is in the model's cache counts for every later
run that asks the same, and an interrupted run repeats only the requests that were in flight.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Literal

from core.errors import first_error
from core.evaluation.answered import AnswerCache, answer_key
from core.events import Reporter
from core.serving.completions.pool import CompletionsPool
from core.serving.completions.prompts import Message, messages_of
from core.serving.completions.replies import RequestRejected

PROGRESS_SECONDS = 0.25

WAITING_PER_SLOT = 2
"""Pieces of work that are begun for each request that may be in flight, so that no slot is idle."""


@dataclass(frozen=True)
class Request:
    """A conversation that one model is to continue."""

    messages: tuple[Message, ...]
    temperature: float
    max_tokens: int
    seed: int

    @cached_property
    def key(self) -> str:
        return answer_key(messages_of(self.messages), self.temperature, self.max_tokens, self.seed)


@dataclass(frozen=True)
class Reply:
    """What the model wrote."""

    text: str
    truncated: bool
    """Whether it reached the token limit."""


@dataclass(frozen=True)
class Failure:
    """Why a request got no reply."""

    reason: str
    """In a word or two, for counting."""
    message: str


class _Stopped(Exception):  # noqa: N818
    """The job was asked to stop."""


def known(cache: AnswerCache, request: Request) -> Reply | None:
    """The reply to a request in the cache."""
    found = cache.get(request.key)
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):  # none, or a damaged line
        return None
    return Reply(found["text"], bool(found.get("truncated")))


class Asker:
    """Sends requests to one model; equal ones that are in flight at the same time are sent once."""

    def __init__(
        self,
        pool: CompletionsPool,
        cache: AnswerCache,
        reporter: Reporter,
        *,
        empty_allowed: bool = False,
        accept: Callable[[Request, Reply], Failure | None] = lambda _request, _reply: None,
    ) -> None:
        """`accept` says what is wrong with a reply; such a reply is not kept, so that it is requested again later."""
        self.sent = 0
        """Requests that were answered."""
        self._pool = pool
        self._cache = cache
        self._reporter = reporter
        self._empty_allowed = empty_allowed
        self._accept = accept
        self._flying: dict[str, asyncio.Future[tuple[Reply | None, Failure | None]]] = {}

    async def ask(self, request: Request, later: Sequence[str] = ()) -> tuple[Reply | None, Failure | None]:
        """The reply, and why it is missing or unusable; `later` turns of the user get an equal share of the context.

        Raises LabtopError when every request would fail.
        """
        if (reply := known(self._cache, request)) is not None:
            return reply, None
        flying = self._flying.get(request.key)
        if flying is not None:
            return await asyncio.shield(flying)
        future = self._flying[request.key] = asyncio.get_running_loop().create_future()
        try:
            answer = await self._send(request, later)
        except BaseException:
            future.cancel()
            raise
        finally:
            del self._flying[request.key]
        future.set_result(answer)
        return answer

    async def _send(self, request: Request, later: Sequence[str]) -> tuple[Reply | None, Failure | None]:
        try:
            completion = await self._pool.complete(
                request.messages,
                temperature=request.temperature,
                max_tokens=self._limit(request, later),
                seed=request.seed,
                empty_allowed=self._empty_allowed,
            )
        except RequestRejected as rejection:
            return None, Failure(rejection.reason, rejection.message)
        self.sent += 1
        reply = Reply(completion.text, completion.truncated)
        failure = self._accept(request, reply)
        if failure is None:
            self._cache.add(request.key, asdict(reply))
        self.check_stop()
        return reply, failure

    def _limit(self, request: Request, later: Sequence[str]) -> int:
        """The most tokens of the reply: the rest of a conversation must fit into a short context, too."""
        conversation = [*request.messages, *(Message("user", text) for text in later)]
        turns = 1 + len(later)
        return max(1, self._pool.budget.largest(conversation, turns * request.max_tokens) // turns)

    def show(self, kind: Literal["answer", "judgement"], **texts: str | float | None) -> None:
        """Report a reply to read while the work continues."""
        self._reporter.sample(kind, texts)

    def check_stop(self) -> None:
        if self._reporter.stop_requested():
            raise _Stopped

    async def run(self, work: Iterable[Callable[[], Awaitable[None]]], total: int, unit: str) -> None:
        """Do pieces of work, as many at a time as keep the endpoints busy, and report how many are done.

        Raises KeyboardInterrupt if the job was asked to stop.
        """
        done = running = 0
        ended = asyncio.Event()

        async def do(piece: Callable[[], Awaitable[None]]) -> None:
            nonlocal done, running
            await piece()
            done += 1
            running -= 1
            ended.set()

        async def report() -> None:
            reported = -1
            while True:
                if done != reported:  # so that work without replies is shown as stalled
                    reported = done
                    self._reporter.progress(done, total, unit)
                await asyncio.sleep(PROGRESS_SECONDS)
                self.check_stop()

        try:
            async with asyncio.TaskGroup() as group:
                background = group.create_task(report())
                for piece in work:
                    while running >= WAITING_PER_SLOT * self._pool.slots.limit:
                        ended.clear()
                        await ended.wait()
                    running += 1
                    group.create_task(do(piece))
                while running:
                    ended.clear()
                    await ended.wait()
                background.cancel()
        except BaseExceptionGroup as errors:
            error = first_error(errors)
            raise KeyboardInterrupt if isinstance(error, _Stopped) else error from None
        self._reporter.progress(total, total, unit)


def transcript(system_prompt: str, turns: Sequence[str], replies: Sequence[str]) -> tuple[Message, ...]:
    """The messages up to the first turn without a reply."""
    messages = [Message("system", system_prompt)] if system_prompt else []
    for turn, text in enumerate(turns[: len(replies) + 1]):
        messages.append(Message("user", text))
        if turn < len(replies):
            messages.append(Message("assistant", replies[turn]))
    return tuple(messages)
