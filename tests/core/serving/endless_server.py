"""The embedded server over a generator that says one word and never ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.serving.embedded.generator import ChatMessage, Delta, Emit, GenerationRequest, Prompt
from core.serving.embedded.process import main, parser


class Endless:
    slots = 4
    context_length: int | None = None
    has_logprobs = False

    def chat_prompt(self, messages: Sequence[ChatMessage]) -> Prompt:
        return Prompt(messages[-1].content)

    def text_prompt(self, text: str) -> Prompt:
        return Prompt(text)

    def token_prompt(self, tokens: Sequence[int]) -> Prompt:
        return Prompt("", tuple(tokens))

    def start(self, request: GenerationRequest, emit: Emit) -> Callable[[], None]:
        emit(Delta("word", 1))
        return lambda: None

    def close(self) -> None:
        pass


if __name__ == "__main__":
    main(parser("endless", "").parse_args(), lambda _options: (Endless(), ["endless"]))
