"""Scoring multiple choice with a model behind an OpenAI-compatible endpoint: one request for each question.

Single letters are read from the most likely first tokens of a reply in the model's chat template, or of a plain
completion where the server has no template. Full answers are scored as the ends of plain texts (`echo`), four in one
request. Requests go through the completions pool, so that all of a server's slots are busy.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from core.config.options.evaluate import EndpointOptions
from core.errors import LabtopError, first_error
from core.evaluation.multiple_choice.prompts import Scored, messages_of, scored_texts
from core.evaluation.results import Loglikelihoods
from core.evaluation.task_rows import Question
from core.evaluation.tasks import Task
from core.figures import counted
from core.serving.completions.endpoint import CHAT, Endpoint
from core.serving.completions.pool import CompletionsPool
from core.serving.completions.replies import RequestRejected, TransientError
from core.serving.credentials import API_KEY_VARIABLE
from core.serving.tls.client import TLS_PASSWORD_VARIABLE, client_tls

PLAIN = "completions"

TOP = 20
"""The most likely first tokens that are asked for: the most that OpenAI's API gives."""

PLAIN_TOP = 5
"""The most of the plain route."""

MAX_FAILURES = 20
"""After so many questions without an answer and none with one, the server is given up."""

_LETTERS = re.compile(r"[A-Z]")

Answered = Callable[[str, dict[int, Loglikelihoods]], None]


@dataclass(frozen=True)
class _Request:
    """One question of a task, in both forms."""

    task: str
    place: int
    question: Question
    messages: list[dict[str, str]]
    text: Scored

    @property
    def has_letters(self) -> bool:
        return all(_LETTERS.fullmatch(choice) for choice in self.question.choices)


class EndpointEvaluator:
    """Scores models by name at one or several endpoints."""

    def __init__(
        self, endpoint: EndpointOptions, *, few_shots: int | None, note: Callable[[str], None] = lambda _: None
    ) -> None:
        self._endpoint = endpoint
        self._few_shots = few_shots
        self._note = note

    def score(
        self, folder: Path, tasks: Sequence[Task], known: Mapping[str, set[int]], answered: Answered
    ) -> list[str]:
        """Score the model with a name, given as a path, on the questions that are not `known`."""
        requests = [
            request
            for task in tasks
            for request in self._requests(task)
            if request.place not in known.get(task.name, ())
        ]
        return asyncio.run(self._score(str(folder), requests, answered))

    def _requests(self, task: Task) -> list[_Request]:
        messages = messages_of(task, self._few_shots)
        texts = scored_texts(task, self._few_shots, None)
        return [
            _Request(task.name, place, question, messages[place], texts[place])
            for place, question in enumerate(task.questions)
        ]

    async def _score(self, model: str, requests: Sequence[_Request], answered: Answered) -> list[str]:
        workers = self._endpoint.max_workers
        pool = CompletionsPool(
            self._endpoint.endpoint_url,
            model,
            api_key=os.environ.get(API_KEY_VARIABLE),
            tls=client_tls(self._endpoint, os.environ.get(TLS_PASSWORD_VARIABLE)),
            concurrency=None if workers == "auto" else workers,
            note=self._note,
        )
        async with pool:
            await pool.learn()
            asking = _Asking(pool)
            scored = 0
            rejected: list[_Request] = []
            failures: list[RequestRejected] = []

            async def ask(request: _Request, slot: Endpoint) -> None:
                nonlocal scored
                try:
                    found = await asking.loglikelihoods(request, slot)
                except RequestRejected as error:
                    failures.append(error)
                    if error.final:  # the server answers others, so the question is wrong, but only if some are scored
                        rejected.append(request)
                    if not scored and len(failures) >= MAX_FAILURES:
                        raise _not_answered(pool.urls, len(failures), len(requests), error) from error
                else:
                    scored += 1
                    answered(request.task, {request.place: found})

            if requests:  # the first one finds out what the server can do
                await ask(requests[0], await pool.slots.acquire())
            try:
                async with asyncio.TaskGroup() as group:
                    for request in requests[1:]:  # a waiting request would be woken at every reply
                        group.create_task(ask(request, await pool.slots.acquire()))
            except ExceptionGroup as errors:
                raise first_error(errors) from errors
            if failures and (not scored or len(failures) > len(rejected)):
                raise _not_answered(pool.urls, len(failures), len(requests), failures[-1])
            for request in rejected:
                answered(request.task, {request.place: (None,) * len(request.question.choices)})
        return [f"The server rejected {counted(len(rejected), 'question')} ({failures[0]})."] if rejected else []


def _not_answered(urls: str, failed: int, total: int, error: RequestRejected) -> LabtopError:
    """The error for questions without an answer, which says nothing about the model."""
    return LabtopError(
        f"The server at {urls} answered {failed} of {counted(total, 'question')} with an error or not at all:"
        f" {error.message.rstrip('.')}.",
        hint="What it has answered is kept: the same command asks only the other questions.",
        job_command="resume",
    )


class _Asking:
    """Chooses the route that the server has, and reads its log-probabilities."""

    def __init__(self, pool: CompletionsPool) -> None:
        self._pool = pool
        self._chats = True
        """Whether the server renders conversations; a model without a chat template does not."""

    async def loglikelihoods(self, request: _Request, slot: Endpoint) -> Loglikelihoods:
        """Those of a question's choices; the slot is released."""
        if not request.has_letters:
            return await self._ends(request, slot)
        letters = request.question.choices
        if self._chats:
            try:
                return await self._first_letters(request, letters, slot)
            except RequestRejected as error:
                if "template" not in str(error).casefold():
                    raise self._refusal(error) from error
                self._chats = False
                slot = await self._pool.slots.acquire()
        body = {"prompt": request.text.context, "max_tokens": 1, "temperature": 0, "logprobs": PLAIN_TOP}
        return await self._exchange(PLAIN, body, lambda data: _letters(_plain_top(data), letters), slot)

    async def _first_letters(self, request: _Request, letters: Sequence[str], slot: Endpoint) -> Loglikelihoods:
        body = {
            "messages": request.messages,
            "max_tokens": 1,
            "temperature": 0,
            "logprobs": True,
            "top_logprobs": TOP,
        }
        return await self._exchange(CHAT, body, lambda data: _letters(_chat_top(data), letters), slot)

    async def _ends(self, request: _Request, slot: Endpoint) -> Loglikelihoods:
        """The log-likelihood of each full answer after the plain context."""
        context = request.text.context
        body = {
            "prompt": [f"{context}{continuation}" for continuation in request.text.continuations],
            "max_tokens": 0,
            "temperature": 0,
            "echo": True,
            "logprobs": 0,
        }
        try:
            return await self._exchange(
                PLAIN, body, lambda data: _echoed(data, len(context), len(request.text.continuations)), slot
            )
        except RequestRejected as error:
            raise self._refusal(error) from error

    async def _exchange(
        self,
        route: str,
        body: dict[str, Any],
        read: Callable[[dict[str, Any]], Loglikelihoods | None],
        slot: Endpoint,
    ) -> Loglikelihoods:
        def parsed(content: bytes) -> Loglikelihoods:
            try:
                found = read(json.loads(content))
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
                raise TransientError("the server's response is not a completion") from error
            if found is None:
                raise no_logprobs(self._pool.urls)
            return found

        return await self._pool.exchange(route, body, parsed, slot)

    def _refusal(self, error: RequestRejected) -> Exception:
        """The error where a server refuses log-probabilities, else that of the request."""
        refuses = any(word in str(error).casefold() for word in ("logprob", "log prob", "echo"))
        return no_logprobs(self._pool.urls, str(error)) if refuses else error


def no_logprobs(urls: str, reason: str = "") -> LabtopError:
    """The error for a server without log-probabilities."""
    return LabtopError(
        f"The server at {urls} gives no log-probabilities, which multiple choice needs"
        + (f": {reason.rstrip('.')}." if reason else "."),
        hint="Serve the model with vLLM or `labtop model serve`, or use a benchmark of free answers (--benchmark facts,"
        " mt_bench).",
        code="no-logprobs",
    )


def _chat_top(data: dict[str, Any]) -> list[tuple[str, float]] | None:
    logprobs = data["choices"][0].get("logprobs")
    content = logprobs.get("content") if logprobs else None
    if not content:
        return None
    return [(entry["token"], float(entry["logprob"])) for entry in content[0]["top_logprobs"]]


def _plain_top(data: dict[str, Any]) -> list[tuple[str, float]] | None:
    logprobs = data["choices"][0].get("logprobs")
    top = logprobs.get("top_logprobs") if logprobs else None
    return [(token, float(value)) for token, value in top[0].items()] if top else None


def _letters(top: list[tuple[str, float]] | None, letters: Sequence[str]) -> Loglikelihoods | None:
    """The letters' log-probabilities; one that is not among the most likely tokens gets less than all of these."""
    if not top:
        return None
    top = [(token, value) for token, value in top if math.isfinite(value)]
    best = {letter: max((value for token, value in top if token.strip() == letter), default=None) for letter in letters}
    if all(value is None for value in best.values()):
        return (None,) * len(letters)
    floor = min(value for _, value in top) - 1.0
    return tuple(floor if value is None else value for value in best.values())


def _echoed(data: dict[str, Any], start: int, texts: int) -> Loglikelihoods | None:
    """The sums over the tokens that end after the context, of each text; None from a server that ignores `echo`."""
    choices = sorted(data["choices"], key=lambda choice: choice["index"])
    if [choice["index"] for choice in choices] != list(range(texts)):
        raise ValueError("not one choice for each text")
    sums = []
    for choice in choices:
        logprobs = choice.get("logprobs")
        if not logprobs or not logprobs.get("token_logprobs"):
            return None
        offsets = [*logprobs["text_offset"], len(choice["text"])]
        own = [
            value
            for (_, end), value in zip(pairwise(offsets), logprobs["token_logprobs"], strict=True)
            if end > start and value is not None
        ]
        if not own:
            return None
        total = sum(own)
        sums.append(total if math.isfinite(total) else None)
    return tuple(sums)
