"""Replies as they stream in from an OpenAI-compatible endpoint, and which of its models to ask."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import LabtopError
from core.serving.client import is_loopback, normalise_url, one_line, sends_on
from core.serving.names import last_part, spelling

NO_KEY = "no_api_key"
"""OpenAI's client wants a key even where the endpoint does not."""

CONNECT_SECONDS = 10.0
READ_SECONDS = 600.0
"""Between two pieces: a busy server may keep a request waiting before its first token."""


@dataclass(frozen=True)
class ModelChoice:
    """Which model to ask, and what to tell the user when it is not quite the one that was asked for."""

    name: str
    note: str | None = None


def choose_model(asked: str | None, served: Sequence[str]) -> ModelChoice:
    """The served model that was meant: by name, by name in another spelling, or by a path's last part.

    A server that lists several names may serve one model under all of them, so without a name the first is taken.
    """
    if not served:
        raise LabtopError("The endpoint serves no model.", hint="Wait until it has loaded one, or serve another.")
    if asked is None or asked in served:
        return ModelChoice(asked or served[0])
    for part in (spelling(asked), spelling(last_part(asked))):
        for name in served:
            if part in (spelling(name), spelling(last_part(name))):
                same = spelling(asked) == spelling(name)
                return ModelChoice(name, None if same else f"{asked} is served as {name}.")
    raise LabtopError(
        f"The endpoint does not serve {asked}; it serves {', '.join(served)}.", hint="Name one of these with --model."
    )


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

    Raises LabtopError when the endpoint is down, refuses, does not know the model, or has no room for the messages.
    """
    import openai

    url = normalise_url(endpoint)
    timeout = openai.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    settings: dict[str, Any] = {"temperature": temperature, "max_tokens": max_tokens}
    asked = {name: value for name, value in settings.items() if value is not None}
    conversation: Any = list(messages)
    began = False
    try:
        async with (
            openai.DefaultAsyncHttpxClient(
                timeout=timeout, trust_env=not is_loopback(url), follow_redirects=False
            ) as http,
            openai.AsyncOpenAI(base_url=url, api_key=api_key or NO_KEY, max_retries=0, http_client=http) as client,
        ):
            stream: Any = await client.chat.completions.create(model=model, messages=conversation, stream=True, **asked)
            async with stream:
                async for chunk in stream:
                    if text := _text(chunk):
                        began = True
                        yield text
    except openai.APIConnectionError as error:
        raise (_broken_off(url) if began else _explained(error, url, model)) from error
    except openai.OpenAIError as error:
        raise _explained(error, url, model) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise LabtopError(
            f"What {url} streams is no chat completion.", hint="Check that an OpenAI-compatible server answers there."
        ) from error
    except Exception as error:
        # openai lets the errors of its HTTP library through while a reply streams in.
        if not type(error).__module__.startswith("httpx"):
            raise
        raise _broken_off(url) from error


def _text(chunk: Any) -> str:
    """What a piece of a stream adds to the reply; some servers end with a piece that holds only the token counts."""
    delta = chunk.choices[0].delta if chunk.choices else None
    text = delta.content if delta else None
    if not isinstance(text, str | None):
        raise TypeError(type(text))
    return (text or "").encode(errors="replace").decode()  # half a surrogate pair, as JSON can carry, fits into no file


def _broken_off(url: str) -> LabtopError:
    return LabtopError(
        f"The connection to {url} broke off in the middle of the reply.", hint="Look whether the server still runs."
    )


def _explained(error: Exception, url: str, model: str) -> LabtopError:
    import openai

    if isinstance(error, openai.APITimeoutError):
        return LabtopError(f"{url} took too long to answer.", hint="Try again; its log may say why.")
    if isinstance(error, openai.APIConnectionError):
        return LabtopError(
            f"No server answers at {url}.",
            hint="Start one with: labtop model serve --model-path DIR; or check --endpoint-url (or chat.endpoint_url).",
        )
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return LabtopError(
            f"{url} does not accept the API key.",
            hint="Set the environment variable LABTOP_API_KEY to the endpoint's key.",
        )
    if isinstance(error, openai.NotFoundError):
        return LabtopError(
            f"{url} does not serve {model}, or is no OpenAI endpoint.",
            hint="Leave --model out to ask what is served, and check that the address ends in /v1.",
        )
    if isinstance(error, openai.RateLimitError):
        return LabtopError(f"{url} refuses: too many requests.", hint="Wait a moment, then ask again.")
    if isinstance(error, openai.APIStatusError) and error.response.is_redirect:
        return sends_on(url, error.response.headers.get("Location", ""))
    code = getattr(error, "code", None)
    body = getattr(error, "body", None)
    told = body.get("message") if isinstance(body, dict) else None
    message = one_line(str(told or error)).rstrip(".")
    if code == "context_length_exceeded" or "context length" in message:
        return LabtopError(
            "The conversation is longer than the model's context.",
            hint="/n begins a new one.",
        )
    return LabtopError(f"{url} answers: {message}.", hint="The server's log may say more.")
