"""Asking a teacher behind an OpenAI-compatible endpoint, one chat completion a prompt.

What may pass is tried again, with growing pauses: connections that fail, 429, and 5xx. What the server refuses about
one request (400 and the like) concerns that request alone. What concerns all of them ends the run with a sentence.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import time
from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any

import aiohttp
import yarl

from core.errors import LabtopError
from core.sdg.journal import Reply
from core.sdg.tokens import count_tokens
from core.serving.client import is_loopback, normalise_url, one_line, sends_on

TRIES = 7
"""For one request, the first included; with the pauses between them, half a minute."""

FIRST_PAUSE = 0.5
"""Seconds before the second try; each pause is twice the one before."""

LONGEST_PAUSE = 60.0
"""Seconds; a server's own `Retry-After` is believed up to this."""

REQUEST_SECONDS = 600.0
"""For one try. A busy server may take minutes for a long reply."""

PROBE_SECONDS = 10.0

LONGEST_ANSWER = 2**23
"""Bytes of one answer; the longest reply that is ever asked for is a hundred times shorter."""

_PASSING = {408, 409, 425, 429}


class RefusedError(Exception):
    """The server will not answer this one request."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class _PassingError(Exception):
    """A failure that may pass."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


class Teacher:
    """A connection pool to one endpoint."""

    def __init__(self, endpoint_url: str, model: str, *, api_key: str | None = None) -> None:
        self.url = yarl.URL(normalise_url(endpoint_url))
        self.model = model
        self._last_success: float | None = None
        self._context_tokens: int | None = None
        self._key = (api_key or "").strip()
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Teacher:
        # Unpacking what is compressed would let a few bytes fill the memory.
        headers = {"Accept-Encoding": "identity"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),  # the engine limits, and wants no queue here
            timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS, connect=30),
            headers=headers,
            auto_decompress=False,
            trust_env=not is_loopback(str(self.url)),  # a proxy is not asked for this machine
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def probe(self) -> int | None:
        """See that somebody answers, and how much context the model has; how many requests are served at once, if told.

        Raises LabtopError when nobody answers.
        """
        try:
            models = await self._get(self.url / "models")
        except (aiohttp.ClientError, OSError, _PassingError) as error:
            raise LabtopError(
                f"No server answers at {self.url}.",
                hint="Start one (labtop model serve), or check --endpoint-url; it usually ends with /v1.",
            ) from error
        entries = models.get("data")
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and entry.get("id") == self.model:
                self._context_tokens = _whole(entry.get("max_model_len"))
        root = self.url.parent if self.url.name == "v1" else self.url
        try:
            return _whole((await self._get(root / "props")).get("total_slots"))
        except (aiohttp.ClientError, OSError, _PassingError, LabtopError):
            return None  # whatever a server does with a route that it need not have

    async def _get(self, url: yarl.URL) -> dict[str, Any]:
        """A JSON document; empty when there is none to be had."""
        timeout = aiohttp.ClientTimeout(total=PROBE_SECONDS)
        async with self._session.get(url, timeout=timeout, allow_redirects=False) as response:
            self._check_access(response)
            return _mapping(await _read(response)) if response.status == HTTPStatus.OK else {}

    async def ask(self, prompt: str, *, temperature: float, max_tokens: int, seed: int) -> Reply:
        """The teacher's reply. Raises RefusedError for this request alone, LabtopError when none has a chance."""
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": prompt}],
            "temperature": temperature,
            "max_tokens": self._fitting(prompt, max_tokens),
            "n": 1,
            "seed": seed,
        }
        failing_since: float | None = None
        pause = FIRST_PAUSE
        for left in reversed(range(TRIES)):
            try:
                return await self._try(body)
            except _PassingError as error:
                failing_since = failing_since or time.monotonic()
                if left == 0:
                    raise self._given_up(failing_since, str(error)) from error
                await asyncio.sleep(error.pause or pause * random.uniform(0.5, 1.5))
                pause = min(2 * pause, LONGEST_PAUSE)
        raise AssertionError("unreachable")

    def _given_up(self, failing_since: float, message: str) -> Exception:
        """This request alone is lost if others were answered while it failed; else the server is."""
        if self._last_success is not None and self._last_success >= failing_since:
            return RefusedError("no answer", message)
        return LabtopError(
            f"The server at {self.url} does not answer any more: {message}.",
            hint="Every reply so far is kept. Check the server.",
            job_command="resume",
        )

    async def _try(self, body: Mapping[str, Any]) -> Reply:
        try:
            route = self.url / "chat" / "completions"
            async with self._session.post(route, json=body, allow_redirects=False) as response:
                content = await _read(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _PassingError(str(error) or type(error).__name__) from error
        status = response.status
        if status == HTTPStatus.OK:
            reply = _reply(content)
            self._last_success = time.monotonic()
            return reply
        self._check_access(response)
        message = _error_message(content) or one_line(response.reason or "") or str(status)
        if status == HTTPStatus.NOT_FOUND:
            raise LabtopError(
                f"The server at {self.url} does not know the model {self.model}: {message}",
                hint=f"{self.url / 'models'} lists the names that it knows; give one with --model.",
            )
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING:
            raise _PassingError(f"{status} {message}", _retry_after(response.headers))
        raise RefusedError("refused by the server", message)

    def _check_access(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise sends_on(str(self.url), response.headers.get("Location", ""))
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise LabtopError(
                f"The server at {self.url} does not let us in ({status}).",
                hint="Put the API key into the environment variable LABTOP_API_KEY.",
            )

    def _fitting(self, prompt: str, max_tokens: int) -> int:
        """As many tokens as fit into the model's context beside the prompt, which is estimated generously."""
        if self._context_tokens is None:
            return max_tokens
        room = self._context_tokens - int(1.3 * count_tokens(prompt)) - 64
        return min(max_tokens, room) if room > 0 else max_tokens


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body of an answer, which may be an endless one."""
    body = b""
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > LONGEST_ANSWER:
            raise _PassingError(f"an answer is longer than {LONGEST_ANSWER:,} bytes")
    return body


def _reply(content: bytes) -> Reply:
    try:
        choice = json.loads(content)["choices"][0]
        text = choice["message"]["content"] or ""
        truncated = choice.get("finish_reason") == "length"
        # Half a surrogate pair, which JSON can carry, fits into no file.
        return Reply(text.encode(errors="replace").decode(), truncated)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _PassingError("the server's answer is no chat completion") from error


def _error_message(content: bytes) -> str:
    """What an error says, in OpenAI's shape or another; at most a few lines of it."""
    data = _mapping(content)
    error = data.get("error", data)
    message = error.get("message") if isinstance(error, dict) else error
    text = message if isinstance(message, str) else content[:2000].decode(errors="replace")
    return one_line(text)


def _mapping(content: bytes) -> dict[str, Any]:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        pause = float(headers["Retry-After"])
    except (KeyError, ValueError):
        return None
    return min(pause, LONGEST_PAUSE) if math.isfinite(pause) and pause > 0 else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
