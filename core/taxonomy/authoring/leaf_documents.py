"""The documents of the leaf that is being edited, from the cache or fetched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core import paths
from core.taxonomy.authoring.passages import SHOWN_CHARACTERS, PassageIndex
from core.taxonomy.documents import cache as document_cache
from core.taxonomy.documents.fetch import Document, fetch_documents
from core.taxonomy.format.leaf import DocumentSource
from core.taxonomy.rules.documents import DocumentText


@dataclass(frozen=True)
class LeafDocuments:
    """The documents of a source, ready to be read, searched and compared with."""

    source: DocumentSource
    documents: tuple[Document, ...]
    text: DocumentText
    indexes: tuple[PassageIndex, ...]

    @classmethod
    def cached(cls, source: DocumentSource) -> LeafDocuments | None:
        """From the cache alone; None if they are not cached. Raises LabtopError if they cannot be read."""
        found = document_cache.texts(source, paths.current().documents_cache_dir)
        return None if found is None else cls._of(source, found)

    @classmethod
    def fetched(
        cls,
        source: DocumentSource,
        progress: Callable[[str], None],
        how_far: Callable[[str], None],
        stop: Callable[[], bool],
    ) -> LeafDocuments:
        """From the network if they are not cached. Raises LabtopError, and FetchStopped if `stop` returns true."""
        cache_dir = paths.current().documents_cache_dir
        return cls._of(source, fetch_documents(source, cache_dir, progress, how_far=how_far, stop=stop))

    @classmethod
    def _of(cls, source: DocumentSource, documents: list[Document]) -> LeafDocuments:
        indexes = tuple(PassageIndex(document.text[:SHOWN_CHARACTERS]) for document in documents)
        return cls(source, tuple(documents), DocumentText(documents), indexes)
