"""The second lint pass over the leaf that is being edited, and its contexts and document source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.taxonomy.authoring.leaf_documents import LeafDocuments
from core.taxonomy.documents import cache as document_cache
from core.taxonomy.format import reader, schema
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.format.leaf import DocumentSource
from core.taxonomy.format.positions import Parsed
from core.taxonomy.format.seeds import Seed, read_seeds
from core.taxonomy.rules import single_leaf
from core.taxonomy.rules.options import AdviceOptions
from core.taxonomy.rules.second_pass import advise_with_documents

Across = Callable[[Parsed, Path], list[Diagnostic]]
"""What the rules that look across leaves say of a leaf's text."""


@dataclass(frozen=True)
class LeafFacts:
    """What the second look at a leaf's text gives: advice, and what it says of its contexts and documents."""

    findings: tuple[Diagnostic, ...]
    source: DocumentSource | None
    """Where its documents are; None while that is not written, and for a skill."""
    seeds: tuple[Seed, ...]

    @classmethod
    def of(
        cls, text: str, path: Path, options: AdviceOptions, documents: LeafDocuments | None, across: Across
    ) -> LeafFacts | None:
        """None while the text cannot be read. The documents count only if they are those that the text names."""
        parsed = reader.parse(text, str(path))
        if isinstance(parsed, Diagnostic):
            return None
        kind = schema.kind_of(path, parsed.value)
        source = document_cache.source_of(parsed.value) if kind == "knowledge" else None
        known = documents.text if documents is not None and documents.source == source else None
        findings = advise_with_documents(parsed, path, options, known)
        if isinstance(parsed.value, dict) and schema.version_of(parsed.value) != 1:
            findings += single_leaf.advise_attribution(path, kind, options)
        findings += across(parsed, path)
        return cls(tuple(findings), source, tuple(read_seeds(parsed.value)))

    @property
    def contexts(self) -> tuple[str, ...]:
        return tuple(seed.context.text for seed in self.seeds if seed.context)
