"""The second pass of lint over a leaf: its texts, its documents, its attribution.txt, and the leaves around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeGuard

from core.errors import LabtopError
from core.taxonomy.documents import cache as document_cache
from core.taxonomy.format import schema
from core.taxonomy.format.diagnostics import Finding
from core.taxonomy.format.leaf import SourceError
from core.taxonomy.format.positions import Parsed
from core.taxonomy.rules import documents as document_rules
from core.taxonomy.rules import single_leaf
from core.taxonomy.rules.across_leaves import LeafNames, RepeatedTexts
from core.taxonomy.rules.documents import DocumentText
from core.taxonomy.rules.options import AdviceOptions


class SecondPass:
    """Applies all rules beyond the schema to leaves one by one, and compares each with those before it.

    `leaves` are the files among which no two may have the same name in data sets. `cache_dir` is where documents are
    looked for; without it the rules about documents are skipped.
    """

    def __init__(self, options: AdviceOptions, cache_dir: Path | None = None, leaves: Iterable[Path] = ()) -> None:
        self._options = options
        self._cache_dir = cache_dir
        self._repeated = RepeatedTexts(options)
        self._names = LeafNames(leaves, options)

    def compare_with(self, others: Sequence[Path], files: Sequence[Path]) -> None:
        """Compare the files that follow with some other leaves, too."""
        self._repeated.compare_with(others, files)

    def findings(self, parsed: Parsed | Finding, path: Path) -> list[Finding]:
        """The findings about a file, with its documents as far as they are in the cache."""
        found: list[Finding] = []
        if _is_leaf(parsed):
            documents = self._cached_documents(parsed, path, found)
            found += self._own_findings(parsed, path, documents)
            found += self._repeated.findings(parsed, path)
        return [*found, *self._names.collisions(path)]

    def draft_findings(self, parsed: Parsed, path: Path, documents: DocumentText | None) -> list[Finding]:
        """The findings about a text that is being written, compared with all files before; it is not one of them."""
        found = self._own_findings(parsed, path, documents) if _is_leaf(parsed) else []
        found += self._repeated.seen(parsed, path) if isinstance(parsed.value, dict) else ()
        return [*found, *self._names.collisions(path)]

    def _own_findings(self, parsed: Parsed, path: Path, documents: DocumentText | None) -> list[Finding]:
        found = advise_with_documents(parsed, path, self._options, documents)
        if schema.version_of(parsed.value) != 1:  # InstructLab requires the file since version 2
            kind = schema.kind_of(path, parsed.value)
            found += single_leaf.advise_attribution(path, kind, self._options)
        return found

    def _cached_documents(self, parsed: Parsed, path: Path, found: list[Finding]) -> DocumentText | None:
        """The documents in the cache; the reason why they cannot be used is added to what was found."""
        if self._cache_dir is None or schema.kind_of(path, parsed.value) != "knowledge":
            return None
        source = document_cache.source_of(parsed.value)
        try:
            documents = document_cache.texts(source, self._cache_dir) if source else None
        except LabtopError as error:
            found += unusable(parsed, error, self._options)
            return None
        return DocumentText(documents) if documents else None


def _is_leaf(parsed: Parsed | Finding) -> TypeGuard[Parsed]:
    return isinstance(parsed, Parsed) and isinstance(parsed.value, dict) and bool(parsed.value)


def advise_with_documents(
    parsed: Parsed, path: Path, options: AdviceOptions, documents: DocumentText | None
) -> list[Finding]:
    """The findings about a leaf by itself, and about each of its documents where they are known."""
    if documents is None:
        return single_leaf.advise(parsed, path, options)
    found: list[Finding] = []
    for document in documents.documents:
        if document.problem is not None:
            found += unusable(parsed, document.problem, options, document.name)
            # A context may be in the document that cannot be read.
            options = replace(options, levels={**options.levels, "context-not-in-document": "off"})
    return found + single_leaf.advise(parsed, path, options, documents)


def unusable(
    parsed: Parsed, error: LabtopError, options: AdviceOptions, document: str | None = None
) -> Iterator[Finding]:
    """The finding that says why a leaf's documents, or one of them, cannot be used."""
    severity = options.severity("unusable-document")
    if severity:
        span = parsed.span(_place(parsed.value, error, document))
        yield Finding(span, "unusable-document", error.message.rstrip("."), error.hint, severity)


def _place(value: Any, error: LabtopError, document: str | None) -> tuple[str | int, ...]:
    """Which part of a leaf's `document` an error is about."""
    source = document_cache.source_of(value)
    if source is None:
        return ("document",)
    if document is not None:
        return document_rules.pattern_of(document, source.patterns)
    field = error.field if isinstance(error, SourceError) else "repo"
    if field == "patterns" and len(source.patterns) == 1:
        return "document", "patterns", 0
    return "document", field
