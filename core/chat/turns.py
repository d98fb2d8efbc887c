"""The data of a conversation: turns in a tree, the figures of an answer, and the settings of its requests."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from core.jobs.spec import as_quantity

DEFAULT_CONTEXT = "default"
"""The name of the context without a system prompt, with which the model's template decides."""

Role = Literal["user", "assistant"]

Ended = Literal["", "stopped", "interrupted", "length", "too-long"]
"""How an answer ended: complete; stopped by the user; by an error; at the token limit; at labtop's own limit."""


class Message(BaseModel):
    """One message of a request."""

    role: Literal["system", "user", "assistant"]
    content: str


class Figures(BaseModel):
    """What an answer took."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    tokens: int = 0
    """Of the answer, its reasoning included; counted by the server, or else one for each piece that it sent."""
    counted: bool = False
    """Whether the server counted them."""
    prompt_tokens: int | None = None
    """Of the whole request, if the server counts them."""
    first_token_seconds: float | None = None
    """From sending the question to the first text; None if none arrived."""
    seconds: float = 0.0
    """From sending the question to the end of the answer."""
    ended: Ended = ""

    @property
    def rate(self) -> float | None:
        """Tokens per second after the first token."""
        if self.first_token_seconds is None or self.tokens < 2 or self.seconds <= self.first_token_seconds:
            return None
        return (self.tokens - 1) / (self.seconds - self.first_token_seconds)


class Turn(BaseModel):
    """A question or an answer. Turns form a tree: questions that follow the same answer are alternatives."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(ge=1)
    parent: int | None = None
    """The turn before it; None for the first question."""
    role: Role
    content: str
    time: Annotated[float, BeforeValidator(lambda value: as_quantity(value) or 0.0)] = 0.0
    """Seconds since 1970; 0 if it is not known."""
    model: str | None = None
    """The model that answered, or that was asked."""
    figures: Figures | None = None
    """Of an answer."""
    left_out: int = 0
    """Turns at the beginning that were not sent with this answer's question, since they did not fit."""
    sources: tuple[str, ...] = ()
    """The passages of documents that were sent with this answer's question, as `[1] file: heading`."""


class ChatSettings(BaseModel):
    """What the requests of a conversation contain besides its turns."""

    model_config = ConfigDict(frozen=True)

    context: str = DEFAULT_CONTEXT
    """The name of the context that the system prompt comes from; "custom" for one of the user's own."""
    system_prompt: str = ""
    temperature: float | None = Field(None, ge=0, le=2, allow_inf_nan=False)
    seed: int | None = Field(None, ge=0)
    max_tokens: int | None = Field(None, gt=0)
    """Of an answer; None lets the server decide."""
