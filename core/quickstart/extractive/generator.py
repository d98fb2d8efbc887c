"""The rule-based teacher as the generator of a server: no model, no tokens, no probabilities."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from core.errors import LabtopError
from core.serving.embedded.generator import (
    ChatMessage,
    Delta,
    Emit,
    GenerationRequest,
    InvalidRequestError,
    Prompt,
)

SLOTS = 32
"""Requests that a client may keep in flight; more would only wait, since a reply takes milliseconds."""

THREADS = 2
"""Two, so that a long document does not block the short ones."""

WORDS_AT_ONCE = 4
"""Of a streamed piece. A reply is complete before it is streamed, so its pieces are only for display."""

_PIECE = re.compile(rf"(?:\s*\S+){{1,{WORDS_AT_ONCE}}}|\s+")


class BuiltinGenerator:
    """Answers with `reply(prompt, seed)`, a pure function. It counts words where a model counts tokens.

    A reply is complete even beyond `max_tokens`: half of one would lose questions and save no work.
    """

    has_logprobs = False
    context_length: int | None = None
    slots = SLOTS

    def __init__(self, reply: Callable[[str, int], str]) -> None:
        self._reply = reply
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="teacher")

    def chat_prompt(self, messages: Sequence[ChatMessage]) -> Prompt:
        asked = [message.content for message in messages if message.role == "user"]
        if not asked:
            raise InvalidRequestError("The conversation holds no message of the user.")
        return Prompt(asked[-1])

    def text_prompt(self, text: str) -> Prompt:
        return Prompt(text)

    def token_prompt(self, tokens: Sequence[int]) -> Prompt:
        raise InvalidRequestError("The rule-based teacher is not a language model and has no tokens: send text.")

    def start(self, request: GenerationRequest, emit: Emit) -> Callable[[], None]:
        future = self._pool.submit(self._answer, request, emit)

        def cancel() -> None:
            future.cancel()

        return cancel

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _answer(self, request: GenerationRequest, emit: Emit) -> None:
        try:
            text = self._reply(request.prompt.text, request.seed or 0)
        except LabtopError as error:
            emit(InvalidRequestError(" ".join(filter(None, (error.message, error.hint)))))
            return
        except Exception as error:
            emit(error)
            return
        ends = [place for stop in request.stop if (place := text.find(stop)) >= 0]
        text = text[: min(ends)] if ends else text
        for piece in _PIECE.findall(text) if request.stream else [text]:
            emit(Delta(piece, len(piece.split())))
        emit(Delta(finish="stop"))
