"""How many tokens replies can have next to their prompts in a model's context."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.serving.completions.endpoint import Endpoint
from core.serving.completions.prompts import Prompt, text_of
from core.serving.completions.replies import ContextTooLongError, RequestRejected
from core.tokens import count_tokens

MIN_REPLY_TOKENS = 16
"""A reply that must be shorter to fit into the context is not requested."""

PROMPT_MARGIN = 1.3
TEMPLATE_TOKENS = 64
"""The estimated length of a prompt is raised by this factor and this number of tokens for the chat template."""


class ReplyBudget:
    """The budgets of requests to endpoints, whose context lengths are reported or found in error messages."""

    def __init__(self, endpoints: Sequence[Endpoint], note: Callable[[str], None]) -> None:
        self._endpoints = endpoints
        self._note = note
        self._noted = False

    @property
    def knows_context(self) -> bool:
        """Whether the context length of an endpoint is known."""
        return any(endpoint.context_tokens is not None for endpoint in self._endpoints)

    def largest(self, prompt: Prompt, max_tokens: int) -> int:
        """The most tokens that a reply to a prompt could have now."""
        return max(self.fit(endpoint, prompt, max_tokens) for endpoint in self._endpoints)

    def fit(self, endpoint: Endpoint, prompt: Prompt, max_tokens: int) -> int:
        """At most `max_tokens`, as far as they fit into the model's context next to the prompt."""
        if endpoint.context_tokens is None:
            return max_tokens
        room = endpoint.context_tokens - int(PROMPT_MARGIN * count_tokens(text_of(prompt))) - TEMPLATE_TOKENS
        return min(max_tokens, room) if room > 0 else max_tokens

    def lower(self, endpoint: Endpoint, prompt: Prompt, budget: int, error: ContextTooLongError) -> int:
        """The budget for retrying a request that was too long; records the context length."""
        requested = self.fit(endpoint, prompt, budget)
        if endpoint.context_tokens is None and error.context_tokens is not None:
            endpoint.context_tokens = error.context_tokens
            self._note_once(
                f"The model's context holds {error.context_tokens:,} tokens: replies are limited to what fits next to"
                " the prompt."
            )
            if self.fit(endpoint, prompt, budget) < requested:
                return budget
        lowered = requested // 2
        if lowered < MIN_REPLY_TOKENS:
            raise RequestRejected("refused by the server", str(error), final=True)
        if endpoint.context_tokens is None:
            self._note_once(
                f"A prompt with a reply of {requested:,} tokens does not fit into the model's context: shorter replies"
                " are requested."
            )
        return lowered

    def _note_once(self, message: str) -> None:
        if not self._noted:
            self._noted = True
            self._note(message)
