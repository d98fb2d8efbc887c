"""Progress of a leaf: five contexts with three pairs each, the lengths of its texts, and what else is missing.

For a leaf that is being edited, so its YAML may be incomplete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.taxonomy.format import schema
from core.taxonomy.format.partial_parse import Part, read_parts
from core.taxonomy.format.seeds import Pair, Seed, SeedText, read_seeds
from core.taxonomy.layout.tree import Kind
from core.taxonomy.rules.options import AdviceOptions
from core.taxonomy.rules.texts import count_words

EXAMPLES = 5
"""Seed examples that a leaf needs at least."""

MAX_SEED_TOKENS = 950
"""What a teacher with 4,096 tokens of context has left for a seed example, after 600 for the prompt, 500 for the
document's chunk, and 2,048 for its reply."""

_TOKEN = re.compile(r"[^\W\d_]{1,5}|\d|_|[^\w\s]")

_DOCUMENT = ("repo", "commit", "patterns")

NO_OPTIONS = AdviceOptions()


def estimated_tokens(text: str) -> int:
    """About the number of tokens that a model makes of a text: its words in pieces of five letters, digits and signs.

    The Phoenix example of RHEL AI's documents (markdown with links) comes out 3 to 6 % below Granite's tokenizer.
    """
    return len(_TOKEN.findall(text))


@dataclass(frozen=True, slots=True)
class Amount:
    """The number that exists, and the number needed at least."""

    has: int
    needs: int

    @property
    def done(self) -> bool:
        return self.has >= self.needs


@dataclass(frozen=True, slots=True)
class Length:
    """The length of a text, and its lines (from 1, the last one included)."""

    what: str
    """context, question or answer."""
    line: int
    end_line: int
    words: int
    max_words: int
    tokens: int
    """Estimated."""

    @property
    def over(self) -> bool:
        return self.words > self.max_words


@dataclass(frozen=True, slots=True)
class SeedState:
    """Progress of a seed example."""

    line: int
    context: Length | None
    """None where none is written; a skill does not need one."""
    pairs: Amount
    """Those with both a question and an answer."""
    texts: tuple[Length, ...]
    """The context, and each question and answer that is written."""
    needs_context: bool
    max_tokens: int = MAX_SEED_TOKENS

    @property
    def tokens(self) -> int:
        """Estimated tokens of all its texts."""
        return sum(text.tokens for text in self.texts)

    @property
    def over(self) -> bool:
        """Whether a text has too many words, or all of them together too many tokens."""
        return self.tokens > self.max_tokens or any(text.over for text in self.texts)

    @property
    def done(self) -> bool:
        return self.pairs.done and not self.over and (self.context is not None or not self.needs_context)


@dataclass(frozen=True, slots=True)
class Field:
    """A value that a leaf has once, and whether it is written."""

    name: str
    written: bool


@dataclass(frozen=True, slots=True)
class Checklist:
    """Progress of a leaf."""

    kind: Kind
    fields: tuple[Field, ...]
    seeds: tuple[SeedState, ...]
    contexts: Amount | None
    """None for a skill without contexts."""
    pairs: Amount
    """Over all seed examples; more than an example needs do not count."""
    unread: int
    """Parts that do not parse at the moment, whose contents are not counted."""

    @property
    def done(self) -> bool:
        """Whether nothing is missing and nothing is too long; lint may still have findings."""
        amounts = (self.contexts is None or self.contexts.done) and self.pairs.done
        return amounts and not self.unread and all(seed.done for seed in self.seeds) and not self.missing

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields that are still to be written."""
        return tuple(field.name for field in self.fields if not field.written)

    @property
    def to_write(self) -> str:
        """How many contexts and pairs are missing, or else which fields, in words; empty if nothing is."""
        amounts = [] if self.contexts is None else [(self.contexts, "context")]
        amounts.append((self.pairs, "pair"))
        missing = [(amount.needs - amount.has, word) for amount, word in amounts if not amount.done]
        parts = [f"{number} {word}{'' if number == 1 else 's'}" for number, word in missing] or list(self.missing)
        return f"{', '.join(parts)} to write" if parts else ""

    def length_at(self, line: int) -> Length | None:
        """The text at a line."""
        texts = (text for seed in self.seeds for text in seed.texts)
        return next((text for text in texts if text.line <= line <= text.end_line), None)


def checklist(text: str, path: Path, options: AdviceOptions = NO_OPTIONS) -> Checklist:
    """The progress of a leaf's text; `path` decides its kind, as it does for lint."""
    parts, unread = read_parts(text)
    value: dict[Any, Any] = {}
    found: list[tuple[Part, Seed]] = []
    for part in parts:
        if isinstance(part.parsed.value, dict):
            value.update(part.parsed.value)
            found += ((part, seed) for seed in read_seeds(part.parsed.value))
    kind = schema.kind_of(path, value)
    knowledge = kind == "knowledge"
    needs_context = knowledge or any(_has_key(part, seed, "context") for part, seed in found)
    needed = schema.MIN_PAIRS if knowledge else 1
    seeds = tuple(_state(part, seed, needed, needs_context, options) for part, seed in found)
    examples = max(EXAMPLES, len(seeds))
    return Checklist(
        kind=kind,
        fields=tuple(_fields(value, knowledge)),
        seeds=seeds,
        contexts=Amount(sum(seed.context is not None for seed in seeds), examples) if needs_context else None,
        pairs=Amount(sum(min(seed.pairs.has, needed) for seed in seeds), needed * examples),
        unread=unread,
    )


def _state(part: Part, seed: Seed, needed: int, needs_context: bool, options: AdviceOptions) -> SeedState:
    context = _length(part, seed.context, "context", options.max_context_words)
    texts = [context, *(length for pair in seed.pairs for length in _pair_lengths(part, pair, options))]
    written = sum(pair.question is not None and pair.answer is not None for pair in seed.pairs)
    line = part.parsed.span(seed.path).line + part.before
    return SeedState(line, context, Amount(written, needed), tuple(filter(None, texts)), needs_context)


def _pair_lengths(part: Part, pair: Pair, options: AdviceOptions) -> Iterator[Length | None]:
    yield _length(part, pair.question, "question", options.max_question_words)
    yield _length(part, pair.answer, "answer", options.max_answer_words)


def _length(part: Part, text: SeedText | None, what: str, limit: int) -> Length | None:
    if text is None:
        return None
    span = part.parsed.span(text.path)
    last = span.end_line - (span.end_column == 1 and span.end_line > span.line)
    words, tokens = count_words(text.text), estimated_tokens(text.text)
    return Length(what, span.line + part.before, last + part.before, words, limit, tokens)


def _has_key(part: Part, seed: Seed, key: str) -> bool:
    value = part.parsed.value
    for step in seed.path:
        value = value[step]
    return key in value


def _fields(value: dict[Any, Any], knowledge: bool) -> Iterator[Field]:
    for name in ("created_by", "domain", "document_outline") if knowledge else ("created_by", "task_description"):
        yield Field(name, _is_written(value.get(name)))
    if knowledge:
        document = value.get("document")
        for name in _DOCUMENT:
            yield Field(name, isinstance(document, dict) and _is_written(document.get(name)))


def _is_written(value: Any) -> bool:
    if isinstance(value, list):
        return any(_is_written(item) for item in value)
    return isinstance(value, str) and bool(value.strip())
