"""One OpenAI-compatible endpoint: asked for whole replies, probed, and known by what it said of itself."""

from __future__ import annotations

import asyncio
import errno
import ssl
import time
from http import HTTPStatus
from typing import Any

import aiohttp
import yarl

from core.errors import LabtopError
from core.serving.client import is_loopback, no_access, no_certificate, normalise_url, sends_on, tls_error, unreachable
from core.serving.completions.concurrency import ConcurrencyLimit
from core.serving.completions.masking import Mask
from core.serving.completions.replies import (
    Completion,
    RateLimitedError,
    RequestRejected,
    TransientError,
    error_message,
    failure,
    mapping,
    read_completion,
    whole,
)
from core.serving.credentials import ClientTls, tls_alert

REQUEST_SECONDS = 600.0
"""For one try. A busy server may take minutes for a long reply."""

PROBE_SECONDS = 10.0

ALERT_SECONDS = 2.0
"""For a server's word on why it ends connections."""

HARMLESS_SECONDS = 60.0
"""For the answer to something harmless, which may have to wait until a busy server has answered what came before."""

LONGEST_ANSWER = 2**23
"""Bytes of one answer; the longest reply that is ever asked for is a hundred times shorter."""

PROMPT_TOKENS_PER_WORK = 20
"""Reading so many tokens of a prompt costs a server about as much as writing one."""

HARMLESS = "Hi"
"""What a server that works can answer."""


class Endpoint:
    """A connection pool to one endpoint. `limit` is set once it is known how much the endpoint takes."""

    limit: ConcurrencyLimit

    def __init__(self, url: str, model: str, api_key: str | None, tls: ClientTls) -> None:
        self.url = yarl.URL(normalise_url(url))
        self.model = model
        self.mask = Mask(api_key)
        self._tls = tls
        self.context_tokens: int | None = None
        """Of the model, as the server says or as was learnt from a refusal."""
        self.in_flight = 0
        self.closed_until = 0.0
        """The server asked for a pause until this time of the monotonic clock."""
        self.down_since: float | None = None
        self.last_reply: float | None = None
        self.pauses = 0
        """Requests for a pause since the last reply."""
        self._check: asyncio.Task[str | None] | None = None
        self._asking = asyncio.Lock()
        """Held while it is asked something harmless because it refused a request."""
        self._asked_at = -1.0
        self._answered = False
        self._session: aiohttp.ClientSession

    async def open(self) -> None:
        # Unpacking what is compressed would let a few bytes fill the memory.
        headers = {"Accept-Encoding": "identity"}
        if self.mask.key:
            headers["Authorization"] = f"Bearer {self.mask.key}"
        self._session = aiohttp.ClientSession(
            # Requests are limited elsewhere; aiohttp's own context is as old as its import.
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60, ssl=self._tls.context()),
            timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS, connect=30),
            headers=headers,
            auto_decompress=False,
            trust_env=not is_loopback(str(self.url)),  # a proxy is not asked for this machine
        )

    async def close(self) -> None:
        if self._check is not None:
            self._check.cancel()
        await self._session.close()

    async def learn(self) -> int | None:
        """See that the endpoint serves the model; returns how many requests it serves at a time, if it says so.

        Raises LabtopError when nobody answers there, or serves another model.
        """
        try:
            status, models = await self._get(self.url / "models")
        except (aiohttp.ClientError, OSError, TransientError) as error:
            raise await self._refusal(error) from error
        entries = [entry for entry in _list(models.get("data")) if isinstance(entry, dict)]
        for entry in entries:
            if entry.get("id") == self.model:
                self.context_tokens = whole(entry.get("max_model_len"))
        served = [name for entry in entries if isinstance(name := entry.get("id"), str) and name.isprintable()]
        if status == HTTPStatus.OK and served and self.model not in served:
            raise LabtopError(
                f"The endpoint {self.url} does not serve {self.model}; it serves {self.mask(', '.join(served[:20]))}.",
                hint="Name one of these with --model.",
            )
        root = self.url.parent if self.url.name == "v1" else self.url
        try:
            return whole((await self._get(root / "props"))[1].get("total_slots"))
        except (aiohttp.ClientError, OSError, TransientError, LabtopError):
            return None  # a server need not have this route

    async def _refusal(self, error: BaseException) -> LabtopError:
        """What is wrong with an endpoint that could not be asked."""
        dropped = isinstance(error, aiohttp.ServerDisconnectedError) or getattr(error, "errno", 0) == errno.ECONNRESET
        if not (dropped and self.url.scheme == "https" and self.url.host and self.url.port):
            return self._unreachable(error)
        alert = await asyncio.to_thread(tls_alert, self.url.host, self.url.port, self._tls.context(), ALERT_SECONDS)
        return self._unreachable(alert) if alert else no_certificate(str(self.url), self._tls.certificate is not None)

    async def _get(self, url: yarl.URL) -> tuple[int, dict[str, Any]]:
        """The status, and the JSON document that came with 200."""
        timeout = aiohttp.ClientTimeout(total=PROBE_SECONDS)
        async with self._session.get(url, timeout=timeout, allow_redirects=False) as response:
            self._check_access(response)
            content = await _read(response)
            return response.status, mapping(content) if response.status == HTTPStatus.OK else {}

    async def ask(self, prompt: str, *, temperature: float, max_tokens: int, seed: int) -> Completion:
        """One try. Raises what `replies` defines, or LabtopError when no request has a chance."""
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": prompt}],
            "temperature": temperature,
            "max_tokens": max_tokens,
            "n": 1,
            "seed": seed,
        }
        sent = time.monotonic()
        status, content = await self._post(body)
        if status is None:
            completion = read_completion(content, max_tokens, self.mask)
            self.last_reply = time.monotonic()
            self.pauses = 0
            work = completion.completion_tokens + completion.prompt_tokens / PROMPT_TOKENS_PER_WORK
            self.limit.replied(sent, self.last_reply, work or 1.0)
            return completion
        raise status

    async def _post(self, body: dict[str, Any], seconds: float | None = None) -> tuple[Exception | None, bytes]:
        """What is wrong with the answer, or None and its content."""
        timeout = aiohttp.ClientTimeout(total=seconds or REQUEST_SECONDS, connect=30)
        try:
            route = self.url / "chat" / "completions"
            async with self._session.post(route, json=body, allow_redirects=False, timeout=timeout) as response:
                content = await _read(response)
        except TimeoutError as error:
            raise TransientError("the server took too long to answer", overload=True) from error
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(tls_error(error), ssl.SSLCertVerificationError):
                raise self._unreachable(error) from error
            raise TransientError(self.mask(str(error)) or type(error).__name__) from error
        if response.status == HTTPStatus.OK:
            return None, content
        self._check_access(response)
        if response.status == HTTPStatus.NOT_FOUND:
            raise LabtopError(
                f"The server at {self.url} does not know the model {self.model}:"
                f" {error_message(content, self.mask) or '404'}",
                hint=f"{self.url / 'models'} lists the names that it knows; give one with --model.",
            )
        return failure(response.status, response.reason, content, response.headers, self.mask), b""

    async def fault_since(self, moment: float) -> str | None:
        """Whether the server is to blame for a failure at that moment, and then how it shows; asked at most once.

        A reply since then clears it; else it is asked something harmless.
        """
        if self.last_reply is not None and self.last_reply > moment:
            return None
        if self._check is None or self._check.done():
            self._check = asyncio.create_task(self.fault())
        return await asyncio.shield(self._check)

    async def fault(self) -> str | None:
        """What is wrong with the server; None when it works, also when it is only slow or refuses the question."""
        try:
            status, _ = await self._get(self.url / "models")
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return str(status)
        except TimeoutError:
            return "it does not answer in time"
        except (aiohttp.ClientError, OSError, TransientError) as error:
            return self.mask(str(error)) or type(error).__name__
        try:
            refused, _ = await self._post(self._harmless(), PROBE_SECONDS)
        except TransientError as error:
            return None if isinstance(error.__cause__, TimeoutError) else str(error)
        return str(refused) if isinstance(refused, TransientError) else None

    async def refuses_everything(self) -> bool:
        """Whether it refuses even something harmless."""
        try:
            refused, _ = await self._post(self._harmless(), PROBE_SECONDS)
        except TransientError:
            return False
        return isinstance(refused, RequestRejected)

    async def answers_since(self, moment: float) -> bool:
        """Whether it answers something harmless that it was asked after a moment; all who wait share one question."""
        async with self._asking:
            if self._asked_at <= moment:
                self._asked_at = time.monotonic()
                try:
                    refused, _ = await self._post(self._harmless(), HARMLESS_SECONDS)
                except TransientError as error:
                    refused = error
                self._answered = refused is None or isinstance(refused, RateLimitedError)
            return self._answered

    def _harmless(self) -> dict[str, Any]:
        return {"model": self.model, "messages": [{"role": "user", "content": HARMLESS}], "max_tokens": 1}

    def _unreachable(self, error: BaseException) -> LabtopError:
        cause: object = tls_error(error) or getattr(error, "os_error", None) or error
        if isinstance(cause, TransientError):
            cause = str(cause)
        found = unreachable(str(self.url), cause, PROBE_SECONDS)
        return LabtopError(self.mask(found.message), hint=found.hint)

    def _check_access(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise sends_on(str(self.url), self.mask(response.headers.get("Location", "")))
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise no_access(str(self.url), had_key=bool(self.mask.key))
        if status == HTTPStatus.PAYMENT_REQUIRED:
            raise LabtopError(
                f"{self.url} answers nothing until it is paid for (402).", hint="Add credit to the account of the key."
            )


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body of an answer, which may be an endless one."""
    body = b""
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > LONGEST_ANSWER:
            raise TransientError(f"an answer is longer than {LONGEST_ANSWER:,} bytes")
    return body


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
