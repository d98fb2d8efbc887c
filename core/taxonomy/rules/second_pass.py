"""The rules beyond the schema for files: also with what lies beside a leaf, and its documents in the cache."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.taxonomy.documents import cache as document_cache
from core.taxonomy.format import schema
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.format.positions import Parsed
from core.taxonomy.rules import documents as document_rules
from core.taxonomy.rules import single_leaf
from core.taxonomy.rules.across_leaves import Repeated
from core.taxonomy.rules.documents import DocumentText
from core.taxonomy.rules.options import AdviceOptions

_DOCUMENT = re.compile(r"The document (.+) is ")
"""How sentences about one document begin."""


class SecondPass:
    """Takes the files of a lint run one by one, and remembers of them what it compares later ones with."""

    def __init__(self, options: AdviceOptions, cache_dir: Path | None = None) -> None:
        self.options = options
        self._cache_dir = cache_dir
        self.repeated = Repeated(options)

    def findings(self, parsed: Parsed, path: Path) -> list[Diagnostic]:
        """All that is to be said about a file which has been read."""
        if not isinstance(parsed.value, dict) or not parsed.value:
            return []
        kind = schema.kind_of(path, parsed.value)
        found: list[Diagnostic] = []
        documents = None
        if kind == "knowledge" and self._cache_dir is not None:
            documents = self._documents(parsed, path, self._cache_dir, found)
        found += advise_with_documents(parsed, path, self.options, documents)
        if schema.version_of(parsed.value) != 1:  # InstructLab asks for it since version 2
            found += single_leaf.advise_attribution(path, kind, self.options)
        return [*found, *self.repeated.findings(parsed, path)]

    def _documents(self, parsed: Parsed, path: Path, cache_dir: Path, found: list[Diagnostic]) -> DocumentText | None:
        """The documents that the cache has; why they cannot be used is added to what was found."""
        source = document_cache.source_of(parsed.value)
        try:
            documents = document_cache.texts(source, cache_dir) if source else None
        except LabtopError as error:
            found += unusable(parsed, path, error, self.options)
            return None
        return DocumentText(documents) if documents else None


def advise_with_documents(
    parsed: Parsed, path: Path, options: AdviceOptions, documents: DocumentText | None
) -> list[Diagnostic]:
    """The findings about a leaf by itself, and about its documents where they are known, each by name."""
    if documents is None:
        return single_leaf.advise_parsed(parsed, path, options)
    problems = [document.problem for document in documents.documents if document.problem is not None]
    found = [finding for problem in problems for finding in unusable(parsed, path, problem, options)]
    if problems:  # a context may stand in the document that nobody can read
        options = replace(options, levels={**options.levels, "context-not-in-document": "off"})
    return found + single_leaf.advise_parsed(parsed, path, options, documents)


def unusable(parsed: Parsed, path: Path, error: LabtopError, options: AdviceOptions) -> Iterator[Diagnostic]:
    """The finding that says why a leaf's documents cannot be used."""
    severity = options.severity("unusable-document")
    if severity:
        span = parsed.span(("document", *_at_fault(parsed.value, error.message)))
        message = error.message.rstrip(".")
        yield Diagnostic.at(span, str(path), "unusable-document", message, hint=error.hint, severity=severity)


def _at_fault(value: Any, message: str) -> tuple[str | int, ...]:
    """Which part of a leaf's `document` an error is about: the one that its sentence quotes, else the repository."""
    source = document_cache.source_of(value)
    if source is None:
        return ()
    named = _DOCUMENT.match(message)
    if named:
        return document_rules.pattern_of(named[1], source.patterns)[1:]
    if f"'{source.commit}'" in message:
        return ("commit",)
    if message.endswith((f" matches {', '.join(source.patterns)}.", " leaves the documents' repository.")):
        return ("patterns", 0) if len(source.patterns) == 1 else ("patterns",)
    return ("repo",)
