"""A leaf as data: what generation works from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.errors import LabtopError
from core.taxonomy import lint
from core.taxonomy.format import reader, schema
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.format.positions import Parsed
from core.taxonomy.format.style import INSTRUCTLAB
from core.taxonomy.format.yaml_rules import YamlRules


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


def load_leaf(path: Path, taxonomy_root: Path, rules: YamlRules = INSTRUCTLAB) -> Leaf:
    """Read a leaf's file that has no lint errors.

    Raises LabtopError with the place of the first error, or when the file is not below `taxonomy_root`.
    """
    text = lint.read_text(path)
    diagnostics = [text] if isinstance(text, Diagnostic) else lint.lint_text(text, path, rules)
    for found in diagnostics:
        if found.severity == "error" or found.code == "empty-file":
            place = f"{found.path}:{found.line}:{found.column}"
            count = sum(other.severity == "error" for other in diagnostics)
            more = f" (and {count - 1} more)" if count > 1 else ""
            raise LabtopError(
                f"The leaf cannot be used: {place}: {found.message}{more}.",
                hint=found.hint or f"labtop taxonomy lint {path} shows everything that is wrong with it.",
            )
    try:
        folder = path.absolute().relative_to(taxonomy_root.absolute()).parent
    except ValueError:
        raise LabtopError(
            f"{path} does not lie in the taxonomy {taxonomy_root}.", hint="Give the taxonomy's folder: --taxonomy-path"
        ) from None
    parsed = reader.parse(text, str(path)) if isinstance(text, str) else text
    assert isinstance(parsed, Parsed), "lint found no error"
    where = {"path": folder.as_posix(), "name": "_".join(folder.parts), "file": path}
    return _leaf(parsed.value, schema.kind_of(path, parsed.value), where)


def _leaf(value: dict[str, Any], kind: schema.Kind, where: dict[str, Any]) -> Leaf:
    """A leaf from a value that follows its schema."""
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
