"""What generation works on: a taxonomy's leaves as plain data, with the text of their documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from core.errors import LabtopError

LeafKind = Literal["knowledge", "freeform_skill", "grounded_skill"]


@dataclass(frozen=True)
class Pair:
    """A question and its answer."""

    question: str
    answer: str


@dataclass(frozen=True)
class Seed:
    """A seed example: pairs about a context, or one pair without any (freeform skills)."""

    context: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class Document:
    """A knowledge document."""

    name: str
    """Its path in its repository."""
    text: str
    """Markdown."""


@dataclass(frozen=True)
class Leaf:
    """One leaf of the taxonomy, of one kind."""

    path: str
    """From the taxonomy's root, with slashes: `knowledge/astronomy/constellations/phoenix`."""
    kind: LeafKind
    seeds: tuple[Seed, ...]
    task: str = ""
    """A skill's task description."""
    domain: str = ""
    outline: str = ""
    """What a knowledge leaf's documents are about."""
    documents: tuple[Document, ...] = ()

    def to_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Leaf:
        """The leaf that `to_data` describes."""
        try:
            return cls(
                **{
                    **data,
                    "seeds": tuple(
                        Seed(seed["context"], tuple(Pair(pair["question"], pair["answer"]) for pair in seed["pairs"]))
                        for seed in data["seeds"]
                    ),
                    "documents": tuple(Document(**document) for document in data.get("documents", ())),
                }
            )
        except (TypeError, KeyError) as error:
            raise LabtopError(f"A leaf to generate from is not well formed: {error}.") from error


@dataclass(frozen=True)
class LeftOut:
    """A changed leaf whose documents cannot be used."""

    path: str
    message: str
    hint: str | None

    def to_data(self) -> dict[str, str | None]:
        return {"leaf": self.path, "message": self.message, "hint": self.hint}


@dataclass(frozen=True)
class Gathered:
    """What data is generated from."""

    leaves: tuple[Leaf, ...]
    left_out: tuple[LeftOut, ...] = ()


def left_out_message(paths: Sequence[str]) -> str:
    """The sentence about leaves that were left out."""
    return f"{f'{len(paths)} leaves are' if len(paths) > 1 else '1 leaf is'} left out: {', '.join(paths)}."


LEFT_OUT_HINT = "The data of the other leaves is written. See what is wrong with: labtop taxonomy docs"


def leaf_names(leaves: Iterable[Leaf]) -> list[str]:
    """A file name's stem for each leaf: its path with underscores, numbered where two would be the same."""
    names: list[str] = []
    for leaf in leaves:
        stem = leaf.path.strip("/").replace("/", "_")
        name, number = stem, 1
        while name in names:
            number += 1
            name = f"{stem}_{number}"
        names.append(name)
    return names
