"""The second lint pass over the leaf that is being edited, and its contexts and document source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.taxonomy.authoring.leaf_documents import LeafDocuments
from core.taxonomy.documents import cache as document_cache
from core.taxonomy.format import reader, schema
from core.taxonomy.format.diagnostics import Diagnostic, Finding, diagnostics_of
from core.taxonomy.format.leaf import DocumentSource
from core.taxonomy.format.seeds import Seed, read_seeds
from core.taxonomy.rules.second_pass import SecondPass


@dataclass(frozen=True)
class LeafFacts:
    """The result of the second lint pass over a leaf: findings, document source and seed examples."""

    findings: tuple[Diagnostic, ...]
    source: DocumentSource | None
    """Where its documents are; None while that is not written, and for a skill."""
    seeds: tuple[Seed, ...]

    @classmethod
    def of(cls, text: str, path: Path, documents: LeafDocuments | None, second: SecondPass) -> LeafFacts | None:
        """None while the text cannot be read. The documents count only if they are those that the text names."""
        parsed = reader.parse(text)
        if isinstance(parsed, Finding):
            return None
        kind = schema.kind_of(path, parsed.value)
        source = document_cache.source_of(parsed.value) if kind == "knowledge" else None
        known = documents.text if documents is not None and documents.source == source else None
        findings = second.draft_findings(parsed, path, known)
        return cls(tuple(diagnostics_of(findings, path)), source, tuple(read_seeds(parsed.value)))

    @property
    def contexts(self) -> tuple[str, ...]:
        return tuple(seed.context.text for seed in self.seeds if seed.context)
