"""OpenAI's request bodies, as far as they are served.

Fields as in https://platform.openai.com/docs/api-reference; those that are not listed here are ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, StrictInt

from core.serving.embedded.generator import ChatMessage

MAX_SEQUENCES = 1024
"""Prompts times choices of one request."""

CHOICES = Annotated[int, Field(ge=1, le=128)]
TEMPERATURE = Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)]
SHARE = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
SEED = Annotated[int, Field(ge=-(2**63), lt=2**64)]
TOP_LOGPROBS = Annotated[int, Field(ge=0, le=20)]


def _encodable(text: str) -> str:
    """JSON can carry an unpaired surrogate, which no tokenizer accepts."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("the text is not valid Unicode") from error
    return text


TEXT = Annotated[str, AfterValidator(_encodable)]


STOP = Annotated[TEXT, Field(min_length=1, max_length=1000)]


class StreamOptions(BaseModel):
    """How to stream."""

    include_usage: bool = False


class SamplingFields(BaseModel):
    """The fields of both kinds of request. A null field takes its default."""

    model: str | None = None
    n: CHOICES | None = None
    temperature: TEMPERATURE | None = None
    top_p: SHARE | None = None
    seed: SEED | None = None
    stop: STOP | Annotated[list[STOP], Field(max_length=16)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    @property
    def stops(self) -> tuple[str, ...]:
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with the token counts."""
        return self.stream_options is not None and self.stream_options.include_usage

    @property
    def top_logprobs_wanted(self) -> int | None:
        raise NotImplementedError

    @property
    def new_tokens_wanted(self) -> int | None:
        """Requested tokens; None for as many as fit."""
        raise NotImplementedError


class TextPart(BaseModel):
    """Part of a message."""

    type: Literal["text"]
    text: TEXT


class Message(BaseModel):
    """One turn."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: TEXT | list[TextPart]

    @property
    def text(self) -> str:
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)


class TokenizeBody(BaseModel):
    """POST /tokenize."""

    model: str | None = None
    messages: Annotated[list[Message], Field(min_length=1)] | None = None
    prompt: TEXT | None = None

    @property
    def conversation(self) -> list[ChatMessage]:
        return [ChatMessage(message.role, message.text) for message in self.messages or ()]


class ChatBody(SamplingFields):
    """POST /v1/chat/completions."""

    messages: Annotated[list[Message], Field(min_length=1)]
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: bool | None = None
    top_logprobs: TOP_LOGPROBS | None = None

    @property
    def conversation(self) -> list[ChatMessage]:
        return [ChatMessage(message.role, message.text) for message in self.messages]

    @property
    def top_logprobs_wanted(self) -> int | None:
        return (self.top_logprobs or 0) if self.logprobs else None

    @property
    def new_tokens_wanted(self) -> int | None:
        return self.max_tokens if self.max_completion_tokens is None else self.max_completion_tokens


class CompletionBody(SamplingFields):
    """POST /v1/completions."""

    prompt: TEXT | list[StrictInt] | list[TEXT] | list[list[StrictInt]]
    max_tokens: Annotated[int, Field(ge=0)] | None = None
    echo: bool | None = None
    logprobs: TOP_LOGPROBS | None = None

    @property
    def prompts(self) -> Sequence[str | Sequence[int]]:
        """The prompts, each a text or token ids."""
        prompt: Any = self.prompt
        return [prompt] if isinstance(prompt, str) or (prompt and isinstance(prompt[0], int)) else prompt

    @property
    def top_logprobs_wanted(self) -> int | None:
        return self.logprobs

    @property
    def new_tokens_wanted(self) -> int | None:
        return 16 if self.max_tokens is None else self.max_tokens
