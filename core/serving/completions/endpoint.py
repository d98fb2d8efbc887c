"""One OpenAI-compatible endpoint: requests for complete replies, probes, and what it reported about itself."""

from __future__ import annotations

import asyncio
import errno
import ssl
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
import yarl

from core.errors import LabtopError
from core.serving.client import (
    access_denied,
    is_loopback,
    normalise_url,
    redirect_error,
    unreachable_error,
)
from core.serving.completions.concurrency import ConcurrencyLimit
from core.serving.completions.prompts import Prompt, messages_of
from core.serving.completions.replies import (
    Completion,
    RateLimitedError,
    RequestRejected,
    TransientError,
    error_message,
    failure,
    mapping,
    positive_int,
    read_completion,
)
from core.serving.credentials import Mask
from core.serving.tls.client import ClientTls
from core.serving.tls.failures import dropped_error, is_drop, page_error, tls_error

REQUEST_SECONDS = 600.0
"""For one attempt. A busy server may take minutes for a long reply."""

PROBE_SECONDS = 10.0

TEST_SECONDS = 60.0
"""For a test request, which may have to wait for earlier requests on a busy server."""

MAX_RESPONSE_BYTES = 2**23
"""The longest reply that is ever requested is a hundred times shorter."""

PROMPT_TOKENS_PER_WORK = 20
"""Reading this many prompt tokens costs a server about as much as generating one."""

CHAT = "chat/completions"
"""The route of conversations, below the base URL."""

T = TypeVar("T")

TEST_PROMPT = "Hi"
"""A prompt that every working server can answer."""


class Endpoint:
    """A connection pool to one endpoint. `limit` is set once the endpoint's number of slots is known."""

    limit: ConcurrencyLimit

    def __init__(self, url: str, model: str, api_key: str | None, tls: ClientTls) -> None:
        self.url = yarl.URL(normalise_url(url))
        self.model = model
        self.mask = Mask(api_key)
        self._tls = tls
        self.context_tokens: int | None = None
        """The model's context length, as reported by the server or found in its error message."""
        self.in_flight = 0
        self.closed_until = 0.0
        """The server requested a pause until this time of the monotonic clock."""
        self.down_since: float | None = None
        self.last_reply: float | None = None
        self.pauses = 0
        """Requested pauses since the last reply."""
        self._check: asyncio.Task[str | None] | None = None
        self._testing = asyncio.Lock()
        """Held during a test request, which follows a rejected request."""
        self._tested_at = -1.0
        self._passed_test = False
        self._session: aiohttp.ClientSession

    async def open(self) -> None:
        # Decompressing would let a few bytes fill the memory.
        headers = {"Accept-Encoding": "identity"}
        if self.mask.key:
            headers["Authorization"] = f"Bearer {self.mask.key}"
        self._session = aiohttp.ClientSession(
            # The pool limits requests. aiohttp creates its own context at import, before SSL_CERT_FILE may be set.
            connector=aiohttp.TCPConnector(
                limit=0, keepalive_timeout=60, ssl=self._tls.context() if self.url.scheme == "https" else True
            ),
            timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS, connect=30),
            headers=headers,
            auto_decompress=False,
            trust_env=not is_loopback(str(self.url)),  # no proxy for this machine
        )

    async def close(self) -> None:
        if self._check is not None:
            self._check.cancel()
        await self._session.close()

    async def learn(self) -> int | None:
        """Check that the endpoint serves the model; returns its number of slots, if it reports it.

        Raises LabtopError when no server answers, or it serves other models.
        """
        try:
            status, models = await self._get(self.url / "models")
        except (aiohttp.ClientError, OSError, TransientError) as error:
            raise await self._connection_error(error) from error
        entries = [entry for entry in _list(models.get("data")) if isinstance(entry, dict)]
        for entry in entries:
            if entry.get("id") == self.model:
                self.context_tokens = positive_int(entry.get("max_model_len"))
        served = [name for entry in entries if isinstance(name := entry.get("id"), str) and name.isprintable()]
        if status == HTTPStatus.OK and served and self.model not in served:
            raise LabtopError(
                f"The endpoint {self.url} does not serve {self.model}; it serves {self.mask(', '.join(served[:20]))}.",
                hint="Pass one of these with --model.",
            )
        root = self.url.parent if self.url.name == "v1" else self.url
        try:
            return positive_int((await self._get(root / "props"))[1].get("total_slots"))
        except (aiohttp.ClientError, OSError, TransientError, LabtopError):
            return None  # not every server has this route

    async def _connection_error(self, error: BaseException) -> LabtopError:
        """The error for an endpoint that could not be reached."""
        dropped = (
            isinstance(error, aiohttp.ServerDisconnectedError)
            or getattr(error, "errno", 0) == errno.ECONNRESET
            or is_drop(tls_error(error))
        )
        if dropped and self.url.scheme == "https":
            return await asyncio.to_thread(dropped_error, str(self.url), self._tls)
        return self._unreachable(error)

    async def _get(self, url: yarl.URL) -> tuple[int, dict[str, Any]]:
        """The status, and with status 200 the JSON document."""
        timeout = aiohttp.ClientTimeout(total=PROBE_SECONDS)
        async with self._session.get(url, timeout=timeout, allow_redirects=False) as response:
            self._check_access(response)
            content = await _read(response)
            self._check_page(response.status, content)
            return response.status, mapping(content) if response.status == HTTPStatus.OK else {}

    async def request(
        self, prompt: Prompt, *, temperature: float, max_tokens: int, seed: int, empty_allowed: bool = False
    ) -> Completion:
        """One attempt. Raises the errors of `replies`, or LabtopError when every request would fail."""
        body = {
            "model": self.model,
            "messages": messages_of(prompt),
            "temperature": temperature,
            "max_tokens": max_tokens,
            "n": 1,
            "seed": seed,
        }
        sent = time.monotonic()
        status, content = await self._post(body)
        if status is None:
            completion = read_completion(content, max_tokens, self.mask, empty_allowed=empty_allowed)
            self.last_reply = time.monotonic()
            self.pauses = 0
            work = completion.completion_tokens + completion.prompt_tokens / PROMPT_TOKENS_PER_WORK
            self.limit.replied(sent, self.last_reply, work or 1.0)
            return completion
        raise status

    async def exchange(self, route: str, body: dict[str, Any], read: Callable[[bytes], T]) -> T:
        """One attempt of any request, whose response `read` converts. Raises as `request` does."""
        sent = time.monotonic()
        error, content = await self._post({**body, "model": self.model}, route=route)
        if error is not None:
            raise error
        result = read(content)
        self.last_reply = time.monotonic()
        self.pauses = 0
        self.limit.replied(sent, self.last_reply, 1.0)
        return result

    async def _post(
        self, body: dict[str, Any], seconds: float | None = None, *, route: str = CHAT
    ) -> tuple[Exception | None, bytes]:
        """The error of a response, or None and its content."""
        timeout = aiohttp.ClientTimeout(total=seconds or REQUEST_SECONDS, connect=30)
        try:
            url = self.url.joinpath(*route.split("/"))
            async with self._session.post(url, json=body, allow_redirects=False, timeout=timeout) as response:
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
        self._check_page(response.status, content)
        if response.status == HTTPStatus.NOT_FOUND:
            raise LabtopError(
                f"The server at {self.url} does not know the model {self.model}:"
                f" {error_message(content, self.mask) or '404'}",
                hint=f"{self.url / 'models'} lists the names that it knows; choose one with --model.",
            )
        return failure(response.status, response.reason, content, response.headers, self.mask), b""

    async def fault_since(self, moment: float) -> str | None:
        """What is wrong with the server if it caused a failure at that time, else None; callers share one check.

        A later reply proves that it works; otherwise it gets a test request.
        """
        if self.last_reply is not None and self.last_reply > moment:
            return None
        if self._check is None or self._check.done():
            self._check = asyncio.create_task(self.fault())
        return await asyncio.shield(self._check)

    async def fault(self) -> str | None:
        """What is wrong with the server; None when it works, even if it is slow or rejects the test request."""
        try:
            status, _ = await self._get(self.url / "models")
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return str(status)
        except TimeoutError:
            return "it does not answer in time"
        except (aiohttp.ClientError, OSError, TransientError) as error:
            return self.mask(str(error)) or type(error).__name__
        try:
            rejection, _ = await self._post(self._test_request(), PROBE_SECONDS)
        except TransientError as error:
            return None if isinstance(error.__cause__, TimeoutError) else str(error)
        return str(rejection) if isinstance(rejection, TransientError) else None

    async def rejects_everything(self) -> bool:
        """Whether it rejects even a test request."""
        try:
            rejection, _ = await self._post(self._test_request(), PROBE_SECONDS)
        except TransientError:
            return False
        return isinstance(rejection, RequestRejected)

    async def answers_since(self, moment: float) -> bool:
        """Whether it answers a test request sent after a given time; waiting callers share one request."""
        async with self._testing:
            if self._tested_at <= moment:
                self._tested_at = time.monotonic()
                try:
                    rejection, _ = await self._post(self._test_request(), TEST_SECONDS)
                except TransientError as error:
                    rejection = error
                self._passed_test = rejection is None or isinstance(rejection, RateLimitedError)
            return self._passed_test

    def _test_request(self) -> dict[str, Any]:
        return {"model": self.model, "messages": [{"role": "user", "content": TEST_PROMPT}], "max_tokens": 1}

    def _unreachable(self, error: BaseException) -> LabtopError:
        cause: object = tls_error(error) or getattr(error, "os_error", None) or error
        if isinstance(cause, TransientError):
            cause = str(cause)
        found = unreachable_error(str(self.url), cause, PROBE_SECONDS)
        return LabtopError(self.mask(found.message), hint=found.hint)

    def _check_access(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise redirect_error(str(self.url), self.mask(response.headers.get("Location", "")))
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise access_denied(str(self.url), had_key=bool(self.mask.key), forbidden=status == HTTPStatus.FORBIDDEN)
        if status == HTTPStatus.PAYMENT_REQUIRED:
            raise LabtopError(f"{self.url} requires payment (402).", hint="Add credit to the account of the key.")

    def _check_page(self, status: int, content: bytes) -> None:
        if status == HTTPStatus.BAD_REQUEST and (error := page_error(str(self.url), content)):
            raise error


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body of a response, which may be endless."""
    body = b""
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > MAX_RESPONSE_BYTES:
            raise TransientError(f"a response is longer than {MAX_RESPONSE_BYTES:,} bytes")
    return body


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
