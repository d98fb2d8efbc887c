"""From conversations to token ids and a loss mask.

The loss covers an assistant's content and the end token after it; in a sample with `unmask` also the content of every
other role except for the system's. Reasoning belongs to the content, with what the template puts between the two. Role
headers are never covered.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from core.config.options.train import SystemMessage
from core.errors import LabtopError
from core.training.marks import MARKS, Message, locate, mark, reasoning_field, wrap_all, wrap_core


@dataclass(frozen=True)
class Conversation:
    """One line of a dataset."""

    messages: tuple[Message, ...]
    """Each with `role` and `content`, and perhaps one of REASONING. Empty for plain text."""
    unmask: bool
    text: str = ""
    """A document's text without roles; the loss covers all of it."""
    place: str = field(default="", compare=False)
    """Its source for messages, such as "Line 3 of train.jsonl"."""


@dataclass(frozen=True)
class Sample:
    """One tokenised sample."""

    ids: array[int]
    loss_mask: bytes
    """One byte per token: 1 where the loss covers its prediction. The first token is never predicted."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def num_loss_tokens(self) -> int:
        return self.loss_mask.count(1)


class Masker:
    """Encodes conversations with a tokenizer's chat template and computes their loss masks."""

    def __init__(self, tokenizer: Any, system_message: SystemMessage = "auto") -> None:
        if not getattr(tokenizer, "chat_template", None):
            raise LabtopError(
                "The model's tokenizer has no chat template.",
                hint="Use an instruction model, or add a chat_template.jinja to the model's folder.",
            )
        if not tokenizer.is_fast:
            raise LabtopError(
                "The model's tokenizer has no fast version (tokenizer.json).", hint="Use a model with a tokenizer.json."
            )
        self.tokenizer = tokenizer
        self._backend = tokenizer.backend_tokenizer
        self._backend.no_truncation()
        self._backend.no_padding()
        self.end = self._find_end()
        """The token after an assistant's turn; empty if the template puts none there."""
        self.start_ids = self._find_start()
        """The tokens that the tokenizer puts before any text: what a document without roles begins with."""
        self.system_message = self._supported_handling() if system_message == "auto" else system_message
        """How system messages are handled: keep, merge or drop."""

    def encode(self, conversations: Iterable[Conversation]) -> Iterator[Sample | None]:
        """The samples, in order; None for one whose content the template changes.

        Raises LabtopError with the source of the sample when the template rejects one.
        """
        conversations = list(conversations)
        rendered = [self._rendered(conversation) for conversation in conversations]
        texts = [text for text, _ in rendered if text]
        if texts:
            encodings = iter(self._backend.encode_batch(texts, add_special_tokens=False))
        for conversation, (text, spans) in zip(conversations, rendered, strict=True):
            if not text:
                yield None
                continue
            encoding = next(encodings)
            ids, offsets = encoding.ids, encoding.offsets
            start = self.start_ids if not conversation.messages else []
            if start and ids[: len(start)] != start:
                ids, offsets = [*start, *ids], [(0, 0)] * len(start) + list(offsets)
            yield Sample(array("i", ids), loss_mask(text, offsets, spans))

    def has_end(self, conversation: Conversation, sample: Sample) -> bool:
        """Whether the loss covers an end token, without which a model does not learn to stop.

        Plain text and turns without an assistant do not need one.
        """
        if not any(message["role"] == "assistant" for message in conversation.messages):
            return True
        end = self.tokenizer.convert_tokens_to_ids(self.end) if self.end else None
        pairs = zip(reversed(sample.ids), reversed(sample.loss_mask), strict=True)
        return any(counted and token == end for token, counted in pairs)

    def _rendered(self, conversation: Conversation) -> tuple[str, list[tuple[int, int]]]:
        messages = without_system(conversation.messages, self.system_message)
        try:
            return self._render(replace(conversation, messages=messages))
        except _TemplateError as error:
            what = f"the sample in {place[0].lower()}{place[1:]}" if (place := conversation.place) else "a sample"
            has_system = any(message["role"] == "system" for message in messages)
            raise LabtopError(
                f"The model's chat template rejects {what}: {error}.",
                hint="The roles and their order must be supported by the template."
                + (" Without its system message: --system-message merge (or drop)." if has_system else ""),
            ) from error

    def _supported_handling(self) -> Literal["keep", "merge"]:
        """`keep` if the template accepts a system message, else `merge`."""
        roles = ("system", "user", "assistant")
        try:
            self._template([{"role": role, "content": "x"} for role in roles])
        except _TemplateError:
            return "merge"
        return "keep"

    def _render(self, conversation: Conversation) -> tuple[str, list[tuple[int, int]]]:
        """The text and the spans of it that the loss covers; an empty text when they cannot be found."""
        if not conversation.messages:
            text = conversation.text + (self.tokenizer.eos_token or "")
            return text, [(0, len(text))]
        text = self._template(conversation.messages)
        if MARKS.search(text):
            return "", []
        for wrap in (wrap_all, wrap_core):
            marked = [wrap(index, message) for index, message in enumerate(conversation.messages)]
            clean, places = locate(self._template(marked))
            if clean == text:
                break
        else:
            return "", []
        spans = []
        for index, message in enumerate(conversation.messages):
            content = places.get((index, "content"))
            if content is None:
                continue
            start, end = content
            if reasoning_field(message):
                thought = places.get((index, "reasoning"))
                if thought is None and index == len(conversation.messages) - 1:
                    return "", []  # templates leave out earlier reasoning only
                start, end = (min(start, thought[0]), max(end, thought[1])) if thought else content
            if message["role"] == "assistant":
                spans.append((start, self._end_of_turn(text, end)))
            elif conversation.unmask and message["role"] != "system":
                spans.append((start, end))
        return text, sorted(spans)

    def _template(self, messages: Sequence[Message]) -> str:
        try:
            return str(self.tokenizer.apply_chat_template(list(messages), tokenize=False))
        except Exception as error:
            # The template is a program of the model's author and may raise any exception, mostly by `raise_exception`.
            raise _TemplateError(str(error)) from error

    def _end_of_turn(self, text: str, position: int) -> int:
        """The end of the turn whose content ends at `position`, including its end token."""
        after = position
        while after < len(text) and text[after].isspace():
            after += 1
        return after + len(self.end) if self.end and text.startswith(self.end, after) else position

    def _find_start(self) -> list[int]:
        with_start = list(self.tokenizer("a")["input_ids"])
        plain = list(self.tokenizer("a", add_special_tokens=False)["input_ids"])
        for length in range(len(with_start)):
            if with_start[length : length + len(plain)] == plain:
                return with_start[:length]
        return []

    def _find_end(self) -> str:
        """The token that the template puts after an assistant's turn; empty without one."""
        user, assistant = {"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}
        try:
            tail = self._template([user, wrap_all(1, assistant)]).rpartition(mark(1, "content", 1))[2].lstrip()
        except _TemplateError as error:
            raise LabtopError(
                f"The model's chat template rejects a question with its answer: {error}.",
                hint="Use an instruction model, or correct the chat template in the model's folder.",
            ) from error
        special = [str(token) for token in self.tokenizer.added_tokens_decoder.values()]
        return max((token for token in special if tail.startswith(token)), key=len, default="")


class _TemplateError(Exception):
    """A chat template raised an error for a sample."""


def without_system(messages: Sequence[Message], system_message: SystemMessage) -> tuple[Message, ...]:
    """A conversation whose system messages are merged into the first user message, or dropped.

    Merged texts come before the user's, separated by a blank line; without a user message they are dropped.
    """
    if system_message not in ("merge", "drop"):
        return tuple(messages)
    others = [message for message in messages if message["role"] != "system"]
    texts = [message["content"] for message in messages if message["role"] == "system" and message["content"].strip()]
    first = next((index for index, message in enumerate(others) if message["role"] == "user"), None)
    if system_message == "merge" and texts and first is not None:
        content = "\n\n".join([*texts, others[first]["content"]])
        others[first] = {**others[first], "content": content}
    return tuple(others)


def loss_mask(text: str, offsets: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> bytes:
    """One byte per token: 1 where the token's characters are in a span, except for white space around it.

    Some tokenizers include the space before a word in its token, and some give a token of only spaces no characters.
    """
    mask = bytearray(len(offsets))
    remaining = iter(spans)
    start, end = next(remaining, (len(text) + 1, len(text) + 1))
    for index, (first, last) in enumerate(offsets):
        while first >= end and last > end:
            start, end = next(remaining, (len(text) + 1, len(text) + 1))
        if first == last:
            inside = start < last <= end
        elif first >= start and last <= end:
            inside = True
        elif last <= start or first >= end:
            inside = False
        else:
            inside = not text[first:start].strip() and not text[end:last].strip()
        mask[index] = inside and index > 0
    return bytes(mask)
