"""A leaf as data: what generation works from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Literal

from core.errors import LabtopError
from core.taxonomy.layout.tree import Kind


@dataclass(frozen=True)
class QuestionAnswer:
    """A question and its answer, written by a person."""

    question: str
    answer: str


@dataclass(frozen=True)
class KnowledgeSeed:
    """A seed example of knowledge: a passage of the document, and pairs that it answers."""

    context: str
    pairs: tuple[QuestionAnswer, ...]


@dataclass(frozen=True)
class SkillSeed:
    """A seed example of a skill; `context` is what the question works on, where the skill has one."""

    question: str
    answer: str
    context: str | None = None


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
class _Leaf:
    path: str
    """The leaf's folder below the taxonomy, with slashes: `knowledge/science/astronomy`."""
    name: str
    """The path with underscores, as datasets and task names have it: `knowledge_science_astronomy`."""
    file: Path
    created_by: str


@dataclass(frozen=True)
class KnowledgeLeaf(_Leaf):
    """A leaf that teaches facts from documents."""

    domain: str
    document_outline: str
    document: DocumentSource
    seed_examples: tuple[KnowledgeSeed, ...]

    @property
    def kind(self) -> Literal["knowledge"]:
        return "knowledge"


@dataclass(frozen=True)
class SkillLeaf(_Leaf):
    """A leaf that teaches a skill by examples."""

    task_description: str
    seed_examples: tuple[SkillSeed, ...]

    @property
    def kind(self) -> Literal["freeform", "grounded"]:
        """Grounded when every seed example has a context."""
        return "grounded" if all(seed.context for seed in self.seed_examples) else "freeform"


Leaf = KnowledgeLeaf | SkillLeaf


def leaf_of(value: dict[str, Any], kind: Kind, folder: PurePath, file: Path) -> Leaf:
    """A leaf from a value that follows its schema; `folder` is the leaf's, below the taxonomy."""
    where: dict[str, Any] = {"path": folder.as_posix(), "name": "_".join(folder.parts), "file": file}
    seeds = value["seed_examples"]
    if kind == "compositional_skills":
        return SkillLeaf(
            **where,
            created_by=value["created_by"],
            task_description=value["task_description"],
            seed_examples=tuple(SkillSeed(seed["question"], seed["answer"], seed.get("context")) for seed in seeds),
        )
    document = value["document"]
    patterns = document["patterns"]
    return KnowledgeLeaf(
        **where,
        created_by=value["created_by"],
        domain=value["domain"],
        document_outline=value["document_outline"],
        document=DocumentSource(
            repo=document["repo"],
            commit=document["commit"],
            patterns=(patterns,) if isinstance(patterns, str) else tuple(patterns),
        ),
        seed_examples=tuple(
            KnowledgeSeed(
                seed["context"],
                tuple(QuestionAnswer(pair["question"], pair["answer"]) for pair in seed["questions_and_answers"]),
            )
            for seed in seeds
        ),
    )
