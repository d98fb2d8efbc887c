"""Mixing the leaves' records into training files by recipes.

A recipe is InstructLab's: `datasets`, each with the `path` of a file of records and a `sampling_size` (a whole number
of records, or a share), and `metadata` with the system prompt. Sampling is seeded and draws no record twice if
there are enough. Records are in the recipe's order; training shuffles.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from core.sdg.datasets.records import Record, with_system


@dataclass(frozen=True)
class Ingredient:
    """One file of a recipe."""

    path: str
    """Relative to the recipe."""
    sampling_size: float | int
    """A share (1.0 is all of it), or a whole number of records."""


@dataclass
class Recipe:
    """What a training file is mixed from."""

    system_prompt: str
    seed: int
    switches: Mapping[str, bool]
    """What differs from the default mix."""
    ingredients: list[Ingredient] = field(default_factory=list)

    def to_yaml(self) -> str:
        metadata: dict[str, Any] = {"sys_prompt": self.system_prompt, "seed": self.seed, **self.switches}
        datasets = [{"path": item.path, "sampling_size": item.sampling_size} for item in self.ingredients]
        return yaml.safe_dump({"datasets": datasets, "metadata": metadata}, sort_keys=False, allow_unicode=True)


def mix(recipe: Recipe, load: Callable[[str], Iterable[Record]]) -> Iterator[Record]:
    """The records of a recipe's training file; `load` returns those of a path; sampled ones are in memory."""
    for item in recipe.ingredients:
        records = load(item.path)
        if not _is_all(item.sampling_size):
            seed = f"{recipe.seed}:{item.path.rpartition('/')[2]}"
            records = sample(list(records), item.sampling_size, seed)
        for record in records:
            yield with_system(record, recipe.system_prompt)


def _is_all(size: float | int) -> bool:
    return isinstance(size, float) and size == 1


def sample(records: list[Record], size: float | int, seed: str) -> list[Record]:
    """`size` records in their order; no record occurs two times more than another."""
    count = size if isinstance(size, int) else int(len(records) * size)
    if not records or count == len(records):
        return records
    rounds, rest = divmod(count, len(records))
    drawn = sorted(random.Random(seed).sample(range(len(records)), rest))
    return records * rounds + [records[number] for number in drawn]
