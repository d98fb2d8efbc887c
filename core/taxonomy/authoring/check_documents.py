"""Fetching and checking the documents of knowledge leaves for `taxonomy docs`; lint then finds them in the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.taxonomy.documents import patterns
from core.taxonomy.documents.cache import source_of
from core.taxonomy.documents.fetch import Document, fetch_documents
from core.taxonomy.format import reader, schema
from core.taxonomy.format.diagnostics import Diagnostic, Finding, diagnostics_of
from core.taxonomy.format.leaf import DocumentSource
from core.taxonomy.git.addresses import without_login
from core.taxonomy.rules import texts
from core.taxonomy.rules.documents import DocumentText
from core.taxonomy.rules.options import RULES, AdviceOptions
from core.taxonomy.rules.second_pass import advise_with_documents, unusable

DOCUMENT_RULES = frozenset(
    {"context-not-in-document", "document-markdown", "overlapping-patterns", "unmatched-pattern", "unusable-document"}
)
"""Rules about a leaf and its documents together."""


@dataclass(frozen=True)
class LeafDocuments:
    """The documents of one leaf. A finding says why one cannot be used, or why there are none."""

    path: str
    """The leaf's file, below the taxonomy."""
    source: DocumentSource | None
    documents: tuple[Document, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def matches(self) -> dict[str, list[str]]:
        """The names of the documents that each pattern matches."""
        wanted = self.source.patterns if self.source else ()
        return {
            pattern: [document.name for document in self.documents if patterns.matches(document.name, pattern)]
            for pattern in wanted
        }

    def to_data(self) -> dict[str, Any]:
        """The leaf's part of the document of `taxonomy docs --json`."""
        return {
            "path": self.path,
            "repo": without_login(self.source.repo) if self.source else None,
            "commit": self.source.commit if self.source else None,
            "patterns": [{"pattern": pattern, "files": files} for pattern, files in self.matches.items()],
            "documents": [
                {"name": document.name, "words": texts.count_words(document.text)}
                for document in self.documents
                if document.problem is None
            ],
            "diagnostics": [found.to_data() for found in self.diagnostics],
        }


def check_documents(
    taxonomy: Path,
    leaves: Iterable[str],
    options: AdviceOptions,
    cache_dir: Path,
    progress: Callable[[str], None] = lambda _: None,
    how_far: Callable[[str], None] = lambda _: None,
) -> Iterator[LeafDocuments]:
    """Fetch the documents of each knowledge leaf among some, and check them; leaves' names count from the taxonomy."""
    levels = {code: options.levels.get(code, "warning") if code in DOCUMENT_RULES else "off" for code in RULES}
    options = replace(options, levels={**levels, "unusable-document": "error"})
    for name in leaves:
        path = taxonomy / name
        text = reader.read_text(path)
        parsed = text if isinstance(text, Finding) else reader.parse(text)
        if isinstance(parsed, Finding):
            yield LeafDocuments(name, None, (), (Diagnostic.of(parsed, name),))
            continue
        if schema.kind_of(path, parsed.value) != "knowledge":
            continue
        source = source_of(parsed.value)
        documents: list[Document] = []
        found: list[Finding] = []
        try:
            if source is None:
                raise LabtopError(
                    "The leaf does not say where its documents are.",
                    hint="It needs repo, commit and patterns below 'document'.",
                )
            documents = fetch_documents(source, cache_dir, progress, how_far=how_far)
            found += advise_with_documents(parsed, path, options, DocumentText(documents))
        except LabtopError as error:
            found += unusable(parsed, error, options)
        yield LeafDocuments(name, source, tuple(documents), tuple(diagnostics_of(found, name)))
