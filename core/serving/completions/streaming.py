"""Streaming a reply, piece by piece.

The openai package sends the request; the events are read here, in order to know how the stream ended.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from core.errors import LabtopError
from core.serving.client import (
    GATEWAY_STATUSES,
    access_denied,
    gateway_error,
    is_loopback,
    normalise_url,
    one_line,
    redirect_error,
    unreachable_error,
)
from core.serving.completions.masking import Mask, StreamMask
from core.serving.credentials import PLAIN_TLS, ClientTls
from core.serving.tls.failures import dropped_error, page_error, tls_error

NO_KEY = "no_api_key"
"""OpenAI's client requires a key even where the endpoint does not."""

CONNECT_SECONDS = 10.0
READ_SECONDS = 600.0
"""Between two pieces: a busy server may keep a request waiting before its first token."""

DONE = b"[DONE]"

MAX_EVENT_BYTES = 2**23


class EmptyReplyError(LabtopError):
    """The reply is complete but contains no text."""


async def stream_reply(
    endpoint: str,
    model: str,
    messages: Sequence[dict[str, str]],
    *,
    temperature: float | None = None,
    max_tokens: int | None = None,
    api_key: str | None = None,
    tls: ClientTls = PLAIN_TLS,
) -> AsyncGenerator[str, None]:
    """The assistant's next turn, piece by piece. Leaving the iteration ends the request.

    Raises LabtopError when the endpoint is down, denies access, does not know the model, or the messages exceed the
    context; and after the last piece, when the reply is empty or incomplete.
    """
    import openai

    url = normalise_url(endpoint)
    mask = Mask(api_key)
    timeout = openai.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    settings: dict[str, Any] = {"temperature": temperature, "max_tokens": max_tokens}
    given = {name: value for name, value in settings.items() if value is not None}
    conversation: Any = list(messages)
    stream = _Stream(url, mask)
    try:
        async with (
            openai.DefaultAsyncHttpxClient(
                timeout=timeout,
                trust_env=not is_loopback(url),
                verify=tls.context(),  # with SSL_CERT_FILE even without trust_env
                follow_redirects=False,
            ) as http,
            openai.AsyncOpenAI(base_url=url, api_key=mask.key or NO_KEY, max_retries=0, http_client=http) as client,
            client.chat.completions.with_streaming_response.create(
                model=model, messages=conversation, stream=True, **given
            ) as response,
        ):
            async for line in _lines(response):
                if text := stream.take(line):
                    yield text
                if stream.done:
                    break
        if text := stream.finish():
            yield text
        stream.check(max_tokens)
    except openai.OpenAIError as error:
        if _dropped(error) and url.startswith("https:"):
            raise await asyncio.to_thread(dropped_error, url, tls) from error
        raise _explained(error, url, model, mask) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise LabtopError(
            f"The stream of {url} is not a chat completion.",
            hint="Check that an OpenAI-compatible server answers there.",
        ) from error
    except Exception as error:
        # openai does not convert the errors of its HTTP library while a reply is streamed.
        if not type(error).__module__.startswith("httpx"):
            raise
        raise _connection_lost(url) from error


async def _lines(response: Any) -> AsyncGenerator[bytes, None]:
    """The lines of a response. Only a line feed ends one: JSON may contain other line separators unescaped."""
    rest = b""
    async for piece in response.iter_bytes():
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line
        if len(rest) > MAX_EVENT_BYTES:
            raise ValueError("a line is too long")
    yield rest


class _Stream:
    """Reads the events of one reply, and records how it ended."""

    def __init__(self, url: str, mask: Mask) -> None:
        self.done = False
        """Whether the server has sent the end marker."""
        self._url = url
        self._mask = mask
        self._shown = StreamMask(mask)
        self._ended: str | None = None
        """The finish reason, sent with the last piece."""
        self._text = 0
        self._reasoning = 0

    def take(self, line: bytes) -> str:
        """The text that a line of the stream adds to the reply. Malformed lines raise ValueError and others."""
        field, _, value = line.partition(b":")
        data = value.strip()
        if field != b"data" or not data:
            return ""
        if data.startswith(DONE):
            self.done = True
            return ""
        event = json.loads(data)
        if error := event.get("error"):
            message = error.get("message") if isinstance(error, dict) else error
            raise LabtopError(
                f"{self._url} answers: {self._mask(one_line(self._mask(str(message))))}.",
                hint="The server's log may say more.",
            )
        choices = event["choices"]
        if not choices:  # some servers end with a piece that has only the token counts
            return ""
        choice = choices[0]
        self._ended = choice.get("finish_reason") or self._ended
        delta = choice.get("delta") or {}
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        self._reasoning += len(reasoning) if isinstance(reasoning, str) else 0
        text = delta.get("content")
        if not isinstance(text, str | None):
            raise TypeError(type(text))
        self._text += len((text or "").strip())
        # JSON can carry an unpaired surrogate, which cannot be written to a file.
        return self._shown.take((text or "").encode(errors="replace").decode())

    def finish(self) -> str:
        return self._shown.finish()

    def check(self, max_tokens: int | None) -> None:
        """Raise LabtopError when the reply is empty or incomplete, with the amount received."""
        received = f"{self._reasoning:,} characters of reasoning" if self._reasoning else "nothing"
        if not self.done and self._ended is None:
            text = f"{self._text:,} characters of the answer" if self._text else received
            raise LabtopError(
                f"The reply from {self._url} ended before it was complete: received {text}.",
                hint="The server stopped early: its log may say why.",
            )
        if self._text:
            return
        if self._reasoning:
            cut = " before the token limit" if self._ended == "length" else ""
            raise EmptyReplyError(
                f"The reply from {self._url} has no answer: received only {received}{cut}.",
                hint=f"Allow more than {max_tokens} tokens (--max-tokens), or turn the model's reasoning off."
                if max_tokens
                else "Turn the model's reasoning off, or let its server return the answer as content.",
            )
        raise EmptyReplyError(f"The reply from {self._url} is empty.", hint="Ask again, or ask something else.")


def _connection_lost(url: str) -> LabtopError:
    return LabtopError(
        f"The connection to {url} was lost during the reply.", hint="Check that the server is still running."
    )


def _dropped(error: Exception) -> bool:
    """Whether the server ended the connection without saying why."""
    names = ("ReadError", "WriteError", "RemoteProtocolError")
    return type(error.__cause__).__name__ in names and tls_error(error) is None


def _explained(error: Exception, url: str, model: str, mask: Mask) -> LabtopError:
    import openai

    if isinstance(error, openai.APITimeoutError):
        return LabtopError(f"{url} took too long to answer.", hint="Try again; the server's log may say why.")
    if isinstance(error, openai.APIConnectionError):
        cause = tls_error(error)
        if cause is not None:
            return unreachable_error(url, cause)
        return LabtopError(
            f"No server answers at {url}.",
            hint="Start one with: labtop model serve --model-path DIR; or check the URL in chat.endpoint_url.",
        )
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return access_denied(url, had_key=bool(mask.key))
    if isinstance(error, openai.NotFoundError):
        return LabtopError(
            f"{url} does not serve {model}, or is not an OpenAI endpoint.",
            hint="Omit --model to use the served one, and check that the address ends in /v1.",
        )
    if isinstance(error, openai.RateLimitError):
        return LabtopError(f"{url} rejects the request: too many requests.", hint="Wait a moment, then try again.")
    if isinstance(error, openai.APIStatusError) and error.response.is_redirect:
        return redirect_error(url, mask(error.response.headers.get("Location", "")))
    if isinstance(error, openai.BadRequestError) and (refused := page_error(url, error.response.content)):
        return refused
    if isinstance(error, openai.APIStatusError) and error.status_code in GATEWAY_STATUSES:
        return gateway_error(url, error.status_code)
    code = getattr(error, "code", None)
    body = getattr(error, "body", None)
    text = body.get("message") if isinstance(body, dict) else None
    message = mask(one_line(mask(str(text or error)))).rstrip(".")
    if code == "context_length_exceeded" or "context length" in message:
        return LabtopError(
            "The conversation is longer than the model's context.",
            hint="/n starts a new one.",
        )
    return LabtopError(f"{url} answers: {message}.", hint="The server's log may say more.")
