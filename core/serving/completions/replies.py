"""An endpoint's response to a request for one complete reply, and its possible errors."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from core.serving.client import one_line
from core.serving.credentials import Mask

MAX_PAUSE = 60.0
"""Seconds; a longer `Retry-After` is cut to this."""

INCOMPLETE = ("abort", "error")
"""Values of `finish_reason` for incomplete replies, used by vLLM, SGLang and routers when they stop or fail."""

_TRANSIENT = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY}

_LENGTH = re.compile(r"(?:context|sequence)[ _-]?(?:length|size|window|len)\D{0,30}?([1-9]\d{1,8})", re.IGNORECASE)
TOO_LONG = re.compile(
    r"context[ _-]?(?:length|size|window)|maximum (?:sequence|model) length|max_model_len", re.IGNORECASE
)


@dataclass(frozen=True)
class Completion:
    """One reply of a model."""

    text: str
    truncated: bool
    """Whether it stopped at the token limit."""
    max_tokens: int = 0
    """The token limit of the request."""
    prompt_tokens: int = 0
    """As counted by the server; 0 where it reports none."""
    completion_tokens: int = 0


class RequestRejected(Exception):  # noqa: N818
    """The server rejects this one request. With `final`, a retry would be rejected as well."""

    def __init__(self, reason: str, message: str, *, final: bool) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.final = final


class TransientError(Exception):
    """A failed attempt that may succeed when retried. `overload` where a lower concurrency may help."""

    def __init__(self, message: str, *, reason: str = "no answer", overload: bool = False) -> None:
        super().__init__(message)
        self.reason = reason
        self.overload = overload


class EmptyReplyError(TransientError):
    """The server answered without any text."""


class RateLimitedError(Exception):
    """The server requests a pause before any further request."""

    def __init__(self, message: str, pause: float | None) -> None:
        super().__init__(message)
        self.pause = pause


class ContextTooLongError(Exception):
    """Prompt and reply together do not fit into the model's context; its length in tokens, if the server reports it."""

    def __init__(self, message: str, context_tokens: int | None) -> None:
        super().__init__(message)
        self.context_tokens = context_tokens


def read_completion(content: bytes, max_tokens: int, mask: Mask, *, empty_allowed: bool = False) -> Completion:
    """The reply in a response with status 200. Raises TransientError when there is none.

    With `empty_allowed` an empty text is a reply, too; one of reasoning only is not.
    """
    try:
        data = json.loads(content)
        choice = data["choices"][0]
        message = choice["message"]
        text = message.get("content") or ""
        # JSON can carry an unpaired surrogate, which cannot be written to a file.
        text = mask.reply(text.encode(errors="replace").decode())
        reasoning = message.get("reasoning_content") or message.get("reasoning")
        ended = choice.get("finish_reason")
        usage = data.get("usage")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise TransientError("the server's response is not a chat completion") from error
    if ended == "content_filter":
        raise RequestRejected("refused by the server", "the reply was withheld by a content filter", final=True)
    if ended in INCOMPLETE:
        raise TransientError(f"the server ended the reply early ({ended})")
    truncated = ended == "length"
    if not text.strip() and not truncated and (reasoning or not empty_allowed):
        what = "the reply contains only reasoning, no text" if reasoning else "the reply is empty"
        raise EmptyReplyError(what, reason="empty reply")
    usage = usage if isinstance(usage, dict) else {}
    prompt, completion = (positive_int(usage.get(f"{part}_tokens")) or 0 for part in ("prompt", "completion"))
    return Completion(text, truncated, max_tokens, prompt, completion)


def failure(status: int, reason: str | None, content: bytes, headers: Mapping[str, str], mask: Mask) -> Exception:
    """The error for a response with another status."""
    message = mask(error_message(content, mask) or one_line(mask(reason or "")) or str(status))
    pause = retry_after(headers)
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.SERVICE_UNAVAILABLE and pause is not None):
        return RateLimitedError(f"{status} {message}", pause)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRANSIENT:
        return TransientError(f"{status} {message}", overload=True)
    code = mapping(mapping(content).get("error")).get("code")
    if code == "context_length_exceeded" or TOO_LONG.search(message):
        found = _LENGTH.search(message)
        return ContextTooLongError(message, int(found[1]) if found else None)
    return RequestRejected("refused by the server", message, final=True)


def error_message(content: bytes, mask: Mask) -> str:
    """The message of an error response in OpenAI's or another format, shortened."""
    data = mapping(content)
    error = data.get("error", data)
    message = error.get("message") if isinstance(error, dict) else error
    text = message if isinstance(message, str) else content[:2000].decode(errors="replace")
    return mask(one_line(mask(text)))


def mapping(data: object) -> dict[str, Any]:
    """A JSON object, given as bytes or decoded; empty for anything else."""
    if isinstance(data, bytes):
        try:
            data = json.loads(data)
        except (ValueError, RecursionError):
            return {}
    return data if isinstance(data, dict) else {}


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The pause in seconds that a server requests, if it is valid."""
    try:
        pause = float(headers["Retry-After"])
    except (KeyError, ValueError):
        return None
    return min(pause, MAX_PAUSE) if math.isfinite(pause) and pause > 0 else None


def positive_int(value: object) -> int | None:
    """A positive integer, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
