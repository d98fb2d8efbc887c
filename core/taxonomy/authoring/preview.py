"""A leaf at a glance: what is written in it, without opening it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from core.taxonomy.authoring.checklist import Checklist, checklist
from core.taxonomy.authoring.leaf_folders import LeafSize
from core.taxonomy.format import reader
from core.taxonomy.format.diagnostics import Finding
from core.taxonomy.format.positions import Parsed
from core.taxonomy.format.seeds import Pair, Seed, read_seeds
from core.taxonomy.layout.tree import KIND_WORDS
from core.taxonomy.rules.options import AdviceOptions

BEGINNING = 200
"""Characters of a text that are kept; a preview shows a line of each."""


@dataclass(frozen=True)
class ExamplePreview:
    """One seed example: how its text begins (its context, or a skill's question), and its complete pairs."""

    text: str
    pairs: int


@dataclass(frozen=True)
class LeafPreview:
    """What a leaf's file contains."""

    file: PurePosixPath
    kind: str
    """In a word or two."""
    subject: str
    """Its domain or its task."""
    examples: tuple[ExamplePreview, ...]
    size: LeafSize
    done: Checklist | None
    """None for a file that cannot be read."""
    source: str
    """The repository of its documents."""
    problem: str
    """Why the file cannot be read; empty if it can."""

    @classmethod
    def read(cls, root: Path, file: PurePosixPath, options: AdviceOptions) -> LeafPreview:
        """Read a leaf's file, which may be of any content or missing."""
        kind = KIND_WORDS.get(file.parts[0], "not used")
        text = reader.read_text(root / file)
        if isinstance(text, Finding):
            return cls(file, kind, "", (), LeafSize(), None, "", text.message)
        parsed = reader.parse(text)
        value = parsed.value if isinstance(parsed, Parsed) and isinstance(parsed.value, dict) else {}
        seeds = read_seeds(value)
        document = value.get("document")
        return cls(
            file=file,
            kind=kind,
            subject=_beginning(value.get("domain") or value.get("task_description")),
            examples=tuple(map(_example, seeds)),
            size=LeafSize.of(seeds),
            done=checklist(text, root / file, options),
            source=_beginning(document.get("repo")) if isinstance(document, dict) else "",
            problem=parsed.message if isinstance(parsed, Finding) else "",
        )


def _example(seed: Seed) -> ExamplePreview:
    first = seed.context or next((pair.question for pair in seed.pairs if pair.question), None)
    return ExamplePreview(_beginning(first.text if first else ""), sum(map(_is_complete, seed.pairs)))


def _is_complete(pair: Pair) -> bool:
    return pair.question is not None and pair.answer is not None


def _beginning(value: Any) -> str:
    """How a text begins, on one line."""
    return " ".join(value[:BEGINNING].split()) if isinstance(value, str) else ""
