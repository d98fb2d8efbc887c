"""The interface between the server's routes and a model: a generator that continues prompts, and its data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

FinishReason = Literal["stop", "length"]


class InvalidRequestError(Exception):
    """A request that this generator cannot serve; the client gets status 400 and the message."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class GenerationFailedError(Exception):
    """The generator failed on a request; the client gets status 500, the log has the traceback."""


@dataclass(frozen=True)
class ChatMessage:
    """One turn of a conversation."""

    role: str
    content: str


@dataclass(frozen=True)
class Prompt:
    """The text to continue; `tokens` is empty for a generator without tokens."""

    text: str
    tokens: tuple[int, ...] = ()


@dataclass(frozen=True)
class GenerationRequest:
    """One sequence to generate. A client's request for several is several of these."""

    prompt: Prompt
    max_tokens: int
    """The most new tokens; 0 only scores the prompt."""
    temperature: float = 1.0
    """0 is greedy decoding."""
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    top_logprobs: int | None = None
    """The number of most likely alternatives with each token's log-probability; None for no log-probabilities."""
    score_prompt: bool = False
    """Also return the log-probabilities of the prompt's tokens."""
    stream: bool = False
    """Send tokens as they are generated instead of all at the end."""


@dataclass(frozen=True)
class ScoredToken:
    """A token with its natural log-probability given the tokens before it; None for the first of a prompt."""

    text: str
    logprob: float | None
    top: tuple[tuple[str, float], ...] = ()
    """The most likely tokens at this position and the token itself."""


@dataclass(frozen=True)
class Delta:
    """What was generated since the last delta of the same sequence."""

    text: str = ""
    count: int = 0
    """New tokens, including the end-of-text token."""
    tokens: tuple[ScoredToken, ...] = ()
    """The same tokens with their log-probabilities, where asked for."""
    prompt_tokens: tuple[ScoredToken, ...] = ()
    finish: FinishReason | None = None

    def __add__(self, later: Delta) -> Delta:
        return Delta(
            self.text + later.text,
            self.count + later.count,
            self.tokens + later.tokens,
            self.prompt_tokens + later.prompt_tokens,
            later.finish or self.finish,
        )


Emit = Callable[[Delta | Exception], None]
"""Called from the generator's thread. A delta with `finish` or an exception is the last call."""


class Generator(Protocol):
    """Continues prompts; `start` returns at once and may be called from any thread."""

    @property
    def slots(self) -> int:
        """The number of sequences that run at once."""

    @property
    def context_length(self) -> int | None:
        """The most tokens of prompt and reply together; None without a limit."""

    @property
    def has_logprobs(self) -> bool:
        """Whether log-probabilities, and prompts given as token ids, make sense here."""

    def chat_prompt(self, messages: Sequence[ChatMessage]) -> Prompt:
        """The prompt of a conversation whose next turn is the assistant's. Raises InvalidRequestError."""

    def text_prompt(self, text: str) -> Prompt:
        """The prompt of a text. Raises InvalidRequestError."""

    def token_prompt(self, tokens: Sequence[int]) -> Prompt:
        """The prompt of token ids. Raises InvalidRequestError."""

    def start(self, request: GenerationRequest, emit: Emit) -> Callable[[], None]:
        """Queue a request; the function returned drops it."""

    def close(self) -> None:
        """End the generator's threads."""
