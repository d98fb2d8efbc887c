"""Streaming a reply, piece by piece.

The openai package sends the request; `reply_events` reads the response, in order to know how the reply ended.
"""

from __future__ import annotations

import asyncio
import importlib
import time
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
from core.serving.completions.replies import TOO_LONG
from core.serving.completions.reply_events import NotACompletionError, ReplyEvents, ReplyInfo
from core.serving.credentials import Mask
from core.serving.tls.client import PLAIN_TLS, ClientTls
from core.serving.tls.failures import dropped_error, is_drop, page_error, page_title, tls_error

NO_KEY = "no_api_key"
"""OpenAI's client requires a key even where the endpoint does not."""

CONNECT_SECONDS = 10.0
READ_SECONDS = 600.0
"""Between two pieces: a busy server may keep a request waiting before its first token."""


def load_client() -> None:
    """Import the client's library, which takes half a second the first time."""
    importlib.import_module("openai")


async def stream_reply(
    endpoint: str,
    model: str,
    messages: Sequence[dict[str, str]],
    *,
    temperature: float | None = None,
    max_tokens: int | None = None,
    seed: int | None = None,
    api_key: str | None = None,
    tls: ClientTls = PLAIN_TLS,
    info: ReplyInfo | None = None,
) -> AsyncGenerator[str, None]:
    """The assistant's next turn, piece by piece. Leaving the iteration ends the request.

    With `info`, the server is asked for token counts, and what it reports is put there.

    Raises LabtopError when the endpoint is down, denies access, does not know the model, or the messages exceed the
    context; and after the last piece, when the reply is empty or incomplete.
    """
    import openai

    url = normalise_url(endpoint)
    mask = Mask(api_key)
    timeout = openai.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    settings: dict[str, Any] = {"temperature": temperature, "max_tokens": max_tokens, "seed": seed}
    given = {name: value for name, value in settings.items() if value is not None}
    if info is not None:
        given["stream_options"] = {"include_usage": True}
    conversation: Any = list(messages)
    events = ReplyEvents(url, mask, info)
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
            deadline = time.monotonic() + READ_SECONDS
            async for data in response.iter_bytes():
                for text in events.feed(data):
                    deadline = time.monotonic() + READ_SECONDS
                    yield text
                if events.done:
                    break
                if time.monotonic() > deadline:  # heartbeats do not count
                    raise LabtopError(
                        f"{url} has sent no text for {READ_SECONDS:.0f} seconds.", hint="The server's log may say why."
                    )
        for text in events.finish():
            yield text
        events.check(max_tokens)
    except openai.OpenAIError as error:
        if _dropped(error) and url.startswith("https:"):
            raise await asyncio.to_thread(dropped_error, url, tls) from error
        raise _explained(error, url, model, mask) from error
    except NotACompletionError as error:
        raise LabtopError(
            f"The stream of {url} is not a chat completion: it contains {error}.",
            hint="Check that an OpenAI-compatible server answers there.",
        ) from error
    except Exception as error:
        # openai does not convert the errors of its HTTP library while a reply is streamed.
        if not type(error).__module__.startswith("httpx"):
            raise
        raise _connection_lost(url) from error


def _connection_lost(url: str) -> LabtopError:
    return LabtopError(
        f"The connection to {url} was lost during the reply.", hint="Check that the server is still running."
    )


def _dropped(error: Exception) -> bool:
    """Whether the server ended the connection without saying why."""
    names = ("ReadError", "WriteError", "RemoteProtocolError")
    cause = tls_error(error)
    return is_drop(cause) or (type(error.__cause__).__name__ in names and cause is None)


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
        return access_denied(url, had_key=bool(mask.key), forbidden=isinstance(error, openai.PermissionDeniedError))
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
    if text is None and isinstance(error, openai.APIStatusError):
        text = page_title(error.response.content)
    message = mask(one_line(mask(str(text or error)))).rstrip(".")
    if code == "context_length_exceeded" or TOO_LONG.search(message):
        return LabtopError(
            "The conversation is longer than the model's context.",
            hint="/n starts a new one.",
            code="context-length",
        )
    return LabtopError(f"{url} answers: {message}.", hint="The server's log may say more.")
