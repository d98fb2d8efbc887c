"""A leaf as data: what a person wrote, and the documents that it names once they are fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any, Literal

from core.errors import LabtopError
from core.taxonomy.layout.tree import Kind

LeafKind = Literal["knowledge", "freeform_skill", "grounded_skill"]
"""A skill is grounded when its seed examples have a context."""


@dataclass(frozen=True)
class QuestionAnswer:
    """A question and its answer."""

    question: str
    answer: str


@dataclass(frozen=True)
class SeedExample:
    """Pairs about a context: several about a passage of a document, or the one pair of a skill."""

    context: str
    """Empty for a freeform skill."""
    pairs: tuple[QuestionAnswer, ...]


@dataclass(frozen=True)
class DocumentSource:
    """Where a knowledge leaf's documents are."""

    repo: str
    commit: str
    patterns: tuple[str, ...]


class SourceError(LabtopError):
    """A leaf's documents cannot be had as it names them; `field` is the part of its `document` that is at fault."""

    def __init__(self, message: str, hint: str, field: Literal["repo", "commit", "patterns"]) -> None:
        super().__init__(message, hint)
        self.field = field


@dataclass(frozen=True)
class DocumentText:
    """A knowledge document."""

    name: str
    """Its path in its repository."""
    text: str
    """Markdown."""


@dataclass(frozen=True)
class Leaf:
    """One leaf of the taxonomy, of one kind."""

    path: str
    """The leaf's folder below the taxonomy, with slashes: `knowledge/science/astronomy`."""
    kind: LeafKind
    seeds: tuple[SeedExample, ...]
    task: str = ""
    """A skill's task description."""
    domain: str = ""
    """Of knowledge."""
    outline: str = ""
    """What a knowledge leaf's documents are about."""
    source: DocumentSource | None = None
    """Where a knowledge leaf's documents are fetched from."""
    documents: tuple[DocumentText, ...] = ()
    """A knowledge leaf's, once they are fetched."""

    def to_data(self) -> dict[str, Any]:
        """All that generated data depend on: the documents, not where they came from."""
        data = asdict(self)
        del data["source"]
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Leaf:
        """The leaf that `to_data` describes."""
        try:
            return cls(
                **{
                    **data,
                    "seeds": tuple(_seed(seed["context"], seed["pairs"]) for seed in data["seeds"]),
                    "documents": tuple(DocumentText(**document) for document in data.get("documents", ())),
                }
            )
        except (TypeError, KeyError) as error:
            raise LabtopError(f"A leaf to generate from is not well formed: {error}.") from error


def leaf_of(value: dict[str, Any], kind: Kind, folder: PurePath) -> Leaf:
    """A leaf from a value that follows its schema; `folder` is the leaf's, below the taxonomy."""
    seeds = value["seed_examples"]
    if kind == "compositional_skills":
        grounded = all(seed.get("context") for seed in seeds)
        return Leaf(
            path=folder.as_posix(),
            kind="grounded_skill" if grounded else "freeform_skill",
            seeds=tuple(_seed(seed.get("context") or "", [seed]) for seed in seeds),
            task=value["task_description"],
        )
    document = value["document"]
    patterns = document["patterns"]
    return Leaf(
        path=folder.as_posix(),
        kind="knowledge",
        seeds=tuple(_seed(seed["context"], seed["questions_and_answers"]) for seed in seeds),
        domain=value["domain"],
        outline=value["document_outline"],
        source=DocumentSource(
            repo=document["repo"],
            commit=document["commit"],
            patterns=(patterns,) if isinstance(patterns, str) else tuple(patterns),
        ),
    )


def _seed(context: str, pairs: list[dict[str, Any]]) -> SeedExample:
    return SeedExample(context, tuple(QuestionAnswer(pair["question"], pair["answer"]) for pair in pairs))
