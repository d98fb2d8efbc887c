"""Rendering a model's chat template, which is a program from a file: its errors and its time are limited."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jinja2

from core.errors import LabtopError
from core.printable import printable
from core.serving.embedded.generator import ChatMessage, InvalidRequestError

RENDER_SECONDS = 5.0
"""The longest time for one conversation; ordinary templates take less than a millisecond."""

REASON_CHARACTERS = 200
"""Of a template's own message that are shown."""

PROBES = (
    (ChatMessage("user", "Hello"),),
    (ChatMessage("system", "Answer in one sentence."), ChatMessage("user", "Hello")),
)
"""Conversations of which every template must accept one."""


class _RenderingTooLong(BaseException):
    """Raised in the rendering thread; not an Exception, so that nothing in between handles it."""


class _UnusableError(Exception):
    """Why a template rendered nothing, as a part of a sentence."""


def render(tokenizer: Any, messages: Sequence[ChatMessage]) -> str:
    """The prompt of a conversation whose next turn is the assistant's. Raises InvalidRequestError."""
    try:
        return _rendered(tokenizer, messages)
    except _UnusableError as error:
        raise InvalidRequestError(f"The model's chat template does not take these messages: {error}.") from error


def check_template(tokenizer: Any, folder: Path) -> None:
    """Raise LabtopError when the chat template renders no conversation. A model without one can still complete."""
    if tokenizer.chat_template is None:
        return
    reason = ""
    for probe in PROBES:
        try:
            _rendered(tokenizer, probe)
            return
        except _UnusableError as error:
            reason = reason or str(error)
    raise LabtopError(
        f"The chat template of {folder} cannot be used: {reason}.",
        hint="Correct chat_template.jinja (or chat_template in tokenizer_config.json), or copy the original file.",
        code="bad-template",
    )


def _rendered(tokenizer: Any, messages: Sequence[ChatMessage]) -> str:
    conversation = [vars(message) for message in messages]
    try:
        with _interrupted_after(RENDER_SECONDS):
            return str(tokenizer.apply_chat_template(conversation, add_generation_prompt=True, tokenize=False))
    except _RenderingTooLong:
        raise _UnusableError(f"it did not end within {RENDER_SECONDS:g} seconds") from None
    except jinja2.TemplateSyntaxError as error:
        raise _UnusableError(f"line {error.lineno} does not parse: {_reason(error)}") from error
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, RecursionError, MemoryError) as error:
        raise _UnusableError(_reason(error)) from error


def _reason(error: BaseException) -> str:
    return printable(" ".join(str(error).split()))[:REASON_CHARACTERS].rstrip(".") or type(error).__name__


@contextmanager
def _interrupted_after(seconds: float) -> Iterator[None]:
    """Raise _RenderingTooLong in this thread when the block takes longer: a template has no limit of its own."""
    thread = threading.get_ident()
    lock = threading.Lock()
    ended = interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        with lock:
            if not ended:
                interrupted = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(_RenderingTooLong))

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            ended = True
        timer.cancel()
