"""A leaf's documents from the cache, for lint, which never uses the network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.taxonomy.documents.fetch import Document
    from core.taxonomy.format.leaf import DocumentSource


def texts(source: DocumentSource, cache_dir: Path) -> list[Document] | None:
    """The documents of a source, including those that cannot be used; None when they are not in the cache.

    Raises LabtopError when its address, commit or a pattern is invalid, or when no file matches.
    """
    if not cache_dir.is_dir():
        return None
    from core.taxonomy.documents import fetch  # running git takes a third of the time of linting one file

    return fetch.cached_documents(source, cache_dir)


def source_of(value: Any) -> DocumentSource | None:
    """The document source in a leaf's value; None for a skill, or while it is incomplete."""
    from core.taxonomy.format.leaf import DocumentSource

    document = value.get("document") if isinstance(value, dict) else None
    if not isinstance(document, dict):
        return None
    repo, commit, patterns = (document.get(key) for key in ("repo", "commit", "patterns"))
    patterns = [patterns] if isinstance(patterns, str) else patterns
    if not isinstance(repo, str) or not isinstance(commit, str) or not isinstance(patterns, list):
        return None
    texts = tuple(pattern for pattern in patterns if isinstance(pattern, str))
    return DocumentSource(repo, commit, texts) if texts else None
