"""The rows that a pipeline starts with: one for each chunk, each chunk and seed example, or each seed example."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, TypeVar, overload

from core.documents.chunking import Chunk
from core.documents.markdown import plain
from core.sdg.pipeline.blocks import Pipeline
from core.taxonomy.format.leaf import Leaf, SeedExample

Row = dict[str, Any]
"""Values by column. Rows share equal values."""

Item = TypeVar("Item")


class LazyList(Sequence[Item]):
    """The items of an iterator, taken from it on first access and then kept."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = iter(items)
        self._known: list[Item] = []

    def load(self, count: int) -> bool:
        """Take items until there are `count`; returns whether there are so many."""
        self._known.extend(islice(self._items, max(0, count - len(self._known))))
        return len(self._known) >= count

    @property
    def loaded(self) -> int:
        """How many items were taken."""
        return len(self._known)

    def __len__(self) -> int:
        self._known.extend(self._items)
        return len(self._known)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        if isinstance(index, slice) or index < 0:
            len(self)
        elif not self.load(index + 1):
            raise IndexError(index)
        return self._known[index]


class StartRows(Sequence[Row]):
    """The rows of a leaf, in plan order: chunks as in their documents, for each the seed examples as in the leaf.

    A row is made on access, so that many rows need no memory.
    """

    def __init__(self, leaf: Leaf, chunks: Sequence[Chunk], pipeline: Pipeline) -> None:
        self.chunks = chunks
        self._variables = dict(pipeline.variables)
        self._leaf = leaf
        examples = [_example(seed) for seed in leaf.seeds]
        count = pipeline.examples or len(examples)
        self._by_seed = pipeline.rows == "seed"
        if self._by_seed:
            self._shown = [_rotated(examples, start, count) for start in range(len(examples))]
        else:
            self._shown = [[each] for each in examples] if pipeline.rows == "chunk_and_seed" else [examples[:count]]

    def __len__(self) -> int:
        return len(self._shown) * (1 if self._by_seed else len(self.chunks))

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        at, shown = divmod(index if index >= 0 else index + len(self), len(self._shown))
        if self._by_seed:
            if at:
                raise IndexError(index)
            return {**self._variables, "task": self._leaf.task, "context": "", "examples": self._shown[shown]}
        chunk = self.chunks[at]
        return {
            **self._variables,
            "document": chunk.text,
            "title": chunk.title,
            "domain": self._leaf.domain.strip(),
            "outline": self._leaf.outline.strip(),
            "examples": self._shown[shown],
        }


def _example(seed: SeedExample) -> dict[str, Any]:
    return {
        "context": plain(seed.context.strip()),
        "pairs": [{"question": pair.question.strip(), "answer": pair.answer.strip()} for pair in seed.pairs],
    }


def _rotated(examples: list[dict[str, Any]], start: int, count: int) -> list[dict[str, Any]]:
    return [examples[(start + step) % len(examples)] for step in range(min(count, len(examples)))]
