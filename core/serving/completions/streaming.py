"""A reply as it streams in, piece by piece.

The openai package sends the request; the events are read here, so that how a stream ended is known.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from core.errors import LabtopError
from core.serving.client import is_loopback, no_access, normalise_url, one_line, sends_on, tls_error, unreachable
from core.serving.completions.masking import Mask, StreamMask

NO_KEY = "no_api_key"
"""OpenAI's client wants a key even where the endpoint does not."""

CONNECT_SECONDS = 10.0
READ_SECONDS = 600.0
"""Between two pieces: a busy server may keep a request waiting before its first token."""

DONE = b"[DONE]"

LONGEST_LINE = 2**23
"""Bytes of one event."""


class EmptyReplyError(LabtopError):
    """The reply ended as replies do, and there was no text in it."""


async def stream_reply(
    endpoint: str,
    model: str,
    messages: Sequence[dict[str, str]],
    *,
    temperature: float | None = None,
    max_tokens: int | None = None,
    api_key: str | None = None,
) -> AsyncGenerator[str, None]:
    """The assistant's next turn, piece by piece. Leaving the iteration ends the request.

    Raises LabtopError when the endpoint is down, refuses, does not know the model, or has no room for the messages;
    and after the last piece, when the reply is empty or not complete.
    """
    import openai

    url = normalise_url(endpoint)
    mask = Mask(api_key)
    timeout = openai.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    settings: dict[str, Any] = {"temperature": temperature, "max_tokens": max_tokens}
    asked = {name: value for name, value in settings.items() if value is not None}
    conversation: Any = list(messages)
    stream = _Stream(url, mask)
    try:
        async with (
            openai.DefaultAsyncHttpxClient(
                timeout=timeout,
                trust_env=not is_loopback(url),
                verify=ssl.create_default_context(),  # reads SSL_CERT_FILE also where no proxy is asked
                follow_redirects=False,
            ) as http,
            openai.AsyncOpenAI(base_url=url, api_key=mask.key or NO_KEY, max_retries=0, http_client=http) as client,
            client.chat.completions.with_streaming_response.create(
                model=model, messages=conversation, stream=True, **asked
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
        raise _explained(error, url, model, mask) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise LabtopError(
            f"What {url} streams is no chat completion.", hint="Check that an OpenAI-compatible server answers there."
        ) from error
    except Exception as error:
        # openai lets the errors of its HTTP library through while a reply streams in.
        if not type(error).__module__.startswith("httpx"):
            raise
        raise _broken_off(url) from error


async def _lines(response: Any) -> AsyncGenerator[bytes, None]:
    """The lines of a response. Only a line feed ends one: JSON may hold other line separators as they are."""
    rest = b""
    async for piece in response.iter_bytes():
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line
        if len(rest) > LONGEST_LINE:
            raise ValueError("a line without end")
    yield rest


class _Stream:
    """Reads the events of one reply, and remembers how it ended."""

    def __init__(self, url: str, mask: Mask) -> None:
        self.done = False
        """The server said that no more comes."""
        self._url = url
        self._mask = mask
        self._shown = StreamMask(mask)
        self._ended: str | None = None
        """Why, as the server said with the last piece."""
        self._text = 0
        self._reasoning = 0

    def take(self, line: bytes) -> str:
        """What a line of the stream adds to the reply. Raises what a malformed line causes."""
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
        if not choices:  # some servers end with a piece that holds only the token counts
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
        # Half a surrogate pair, as JSON can carry, fits into no file.
        return self._shown.take((text or "").encode(errors="replace").decode())

    def finish(self) -> str:
        return self._shown.finish()

    def check(self, max_tokens: int | None) -> None:
        """Raise LabtopError when the reply that ended is empty or not complete, with what came of it."""
        came = f"{self._reasoning:,} characters of reasoning" if self._reasoning else "nothing"
        if not self.done and self._ended is None:
            text = f"{self._text:,} characters of the answer" if self._text else came
            raise LabtopError(
                f"The reply from {self._url} ended before it was complete: {text} came.",
                hint="The server stopped in the middle: its log may say why.",
            )
        if self._text:
            return
        if self._reasoning:
            cut = " before the limit of tokens" if self._ended == "length" else ""
            raise EmptyReplyError(
                f"The reply from {self._url} has no answer: only {came} came{cut}.",
                hint=f"Allow more than {max_tokens} tokens (--max-tokens), or turn the model's reasoning off."
                if max_tokens
                else "Turn the model's reasoning off, or let its server return the answer as content.",
            )
        raise EmptyReplyError(f"The reply from {self._url} is empty.", hint="Ask again, or ask something else.")


def _broken_off(url: str) -> LabtopError:
    return LabtopError(
        f"The connection to {url} broke off in the middle of the reply.", hint="Look whether the server still runs."
    )


def _explained(error: Exception, url: str, model: str, mask: Mask) -> LabtopError:
    import openai

    if isinstance(error, openai.APITimeoutError):
        return LabtopError(f"{url} took too long to answer.", hint="Try again; its log may say why.")
    if isinstance(error, openai.APIConnectionError):
        cause = tls_error(error)
        if cause is not None:
            return unreachable(url, cause)
        return LabtopError(
            f"No server answers at {url}.",
            hint="Start one with: labtop model serve --model-path DIR; or check --endpoint-url (or chat.endpoint_url).",
        )
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return no_access(url, had_key=bool(mask.key))
    if isinstance(error, openai.NotFoundError):
        return LabtopError(
            f"{url} does not serve {model}, or is no OpenAI endpoint.",
            hint="Leave --model out to ask what is served, and check that the address ends in /v1.",
        )
    if isinstance(error, openai.RateLimitError):
        return LabtopError(f"{url} refuses: too many requests.", hint="Wait a moment, then ask again.")
    if isinstance(error, openai.APIStatusError) and error.response.is_redirect:
        return sends_on(url, mask(error.response.headers.get("Location", "")))
    code = getattr(error, "code", None)
    body = getattr(error, "body", None)
    said = body.get("message") if isinstance(body, dict) else None
    message = mask(one_line(mask(str(said or error)))).rstrip(".")
    if code == "context_length_exceeded" or "context length" in message:
        return LabtopError(
            "The conversation is longer than the model's context.",
            hint="/n begins a new one.",
        )
    return LabtopError(f"{url} answers: {message}.", hint="The server's log may say more.")
