"""The texts of a leaf's seed examples with their places, also of an incomplete leaf."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_CHARACTERS = 1_000_000
"""Characters of all texts that are read, thirty times the largest known leaf; aliases may repeat a text without end."""

ValuePath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class SeedText:
    """A text of a seed example, and its place in the leaf's value."""

    path: ValuePath
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A question with its answer; None for what is missing or not text."""

    path: ValuePath
    question: SeedText | None
    answer: SeedText | None


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed example: pairs about a context; in a skill it is one pair, and need have no context."""

    path: ValuePath
    context: SeedText | None
    pairs: tuple[Pair, ...]

    @property
    def texts(self) -> Iterator[SeedText]:
        """All that is written of it."""
        for text in (self.context, *(text for pair in self.pairs for text in (pair.question, pair.answer))):
            if text is not None:
                yield text


def read_seeds(value: Any) -> list[Seed]:
    """The seed examples of any value, up to a limit of text."""
    seeds: list[Seed] = []
    characters = 0
    for seed in _read(value):
        seeds.append(seed)
        characters += sum(len(text.text) for text in seed.texts)
        if characters > MAX_CHARACTERS:
            break
    return seeds


def _read(value: Any) -> Iterator[Seed]:
    examples = value.get("seed_examples") if isinstance(value, dict) else None
    for index, example in enumerate(examples if isinstance(examples, list) else ()):
        if not isinstance(example, dict):
            continue
        path: ValuePath = ("seed_examples", index)
        context = _text(example, "context", path)
        listed = example.get("questions_and_answers")
        if isinstance(listed, list):
            below = (*path, "questions_and_answers")
            pairs = [_pair(pair, (*below, number)) for number, pair in enumerate(listed) if isinstance(pair, dict)]
            yield Seed(path, context, tuple(pairs))
        else:
            yield Seed(path, context, (_pair(example, path),))


def _pair(value: dict[Any, Any], path: ValuePath) -> Pair:
    return Pair(path, _text(value, "question", path), _text(value, "answer", path))


def _text(value: dict[Any, Any], key: str, path: ValuePath) -> SeedText | None:
    text = value.get(key)
    return SeedText((*path, key), text) if isinstance(text, str) and text.strip() else None
