"""Which turns of a conversation are sent: all, or the newest ones that fit into the model's context."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.chat.counting import Messages, TokenCounter, estimate
from core.errors import LabtopError

SMALL_TOKENS = 256
"""A shorter conversation fits into every model; the server is not asked."""

REPLY_TOKENS = 1024
REPLY_SHARE = 0.25
"""Space for the answer where no maximum was chosen: so many tokens, at most this share of the context."""

MIN_REPLY_TOKENS = 16
"""A chosen maximum that does not fit next to the prompt is lowered, but not further."""

MAX_REPLY_SHARE = 0.5
"""A chosen maximum that is longer than this share of the context does not push the whole history out."""


@dataclass(frozen=True)
class Fitted:
    """The messages to send."""

    messages: Messages
    left_out: int = 0
    """Turns at the beginning that were left out; the system prompt is always sent."""
    note: str = ""
    """A sentence for the user about what was left out; empty if all was sent."""


def fit(messages: Messages, counter: TokenCounter, max_tokens: int | None) -> Fitted:
    """The messages that fit next to an answer: the system prompt, and as many of the newest turns as possible.

    Questions are left out with their answers. Blocks. Raises LabtopError when the last question alone is too long.
    """
    if estimate(messages) <= SMALL_TOKENS:
        return Fitted(messages)
    context = counter.context_tokens()
    if context is None:
        return Fitted(messages)
    space = context - reply_space(context, max_tokens)
    if counter.count(messages) <= space:
        return Fitted(messages)
    return leave_out(messages, lambda rest: counter.count(rest) <= space, counter, context)


def has_room(messages: Messages, counter: TokenCounter, max_tokens: int | None) -> bool:
    """Whether messages fit next to an answer. Blocks."""
    if estimate(messages) <= SMALL_TOKENS:
        return True
    context = counter.context_tokens()
    return context is None or counter.count(messages) <= context - reply_space(context, max_tokens)


def reply_space(context: int, max_tokens: int | None) -> int:
    """The tokens of a model's context that are kept free for the answer."""
    if max_tokens is None:
        return min(REPLY_TOKENS, int(REPLY_SHARE * context))
    return min(max_tokens, int(MAX_REPLY_SHARE * context))


def leave_out(messages: Messages, fits: Callable[[Messages], bool], counter: TokenCounter, context: int) -> Fitted:
    """The longest end of a conversation that fits, by bisection: a count is a request to the server."""
    starts = turn_starts(messages)
    low, high = 1, len(starts) - 1  # `starts[high]` is the last question
    while low < high:
        middle = (low + high) // 2
        if fits(without(messages, starts[middle])):
            high = middle
        else:
            low = middle + 1
    rest = without(messages, starts[high]) if starts else messages
    if high == len(starts) - 1 and not fits(rest):
        tokens = counter.count(rest)
        if tokens >= context:
            about = "" if counter.method == "server" else "about "
            raise LabtopError(
                f"The question has {about}{tokens:,} tokens, its system prompt included; the model's context holds"
                f" {context:,}.",
                hint="Ask something shorter.",
                code="context-length",
            )
    left_out = len(messages) - len(rest)
    return Fitted(rest, left_out, note(left_out, context, counter))


def shorten(sent: Fitted, counter: TokenCounter) -> Fitted | None:
    """A shorter end of a conversation that the server rejected as too long; None if only its question was sent.

    Half of the questions are left out with their answers: the server does not say how many would fit.
    """
    starts = turn_starts(sent.messages)
    if len(starts) < 2:
        return None
    rest = without(sent.messages, starts[len(starts) // 2])
    left_out = sent.left_out + len(sent.messages) - len(rest)
    return Fitted(rest, left_out, note(left_out, counter.context_tokens(), counter))


def room(messages: Messages, counter: TokenCounter) -> int | None:
    """The tokens of the model's context that these messages leave for an answer; None if it is not known. Blocks."""
    context = counter.context_tokens()
    return None if context is None else context - counter.count(messages)


def turn_starts(messages: Messages) -> list[int]:
    """The indexes of the questions."""
    return [index for index, message in enumerate(messages) if message["role"] == "user"]


def last_question(messages: Messages) -> Messages:
    """The system prompt and the last question."""
    return without(messages, turn_starts(messages)[-1])


def without(messages: Messages, start: int) -> Messages:
    """The system prompt, and the messages from an index on."""
    system = [message for message in messages[:1] if message["role"] == "system"]
    return [*system, *messages[start:]]


def note(left_out: int, context: int | None, counter: TokenCounter) -> str:
    """What to show the user."""
    if not left_out:
        return ""
    how = {"server": "", "tokenizer": " (counted without the chat template)", "estimate": " (estimated)"}
    holds = f"{context:,} tokens{how[counter.method]}" if context else "fewer tokens"
    turns = "turn was" if left_out == 1 else f"{left_out} turns were"
    return f"The first {turns} not sent: the model's context holds {holds}."
