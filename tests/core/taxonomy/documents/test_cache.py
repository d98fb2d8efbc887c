"""What lint sees of the documents: the cache alone, at once."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.taxonomy.authoring.check_documents import check_documents
from core.taxonomy.documents import cache as document_cache
from core.taxonomy.documents.fetch import fetch_documents
from core.taxonomy.format.leaf import DocumentSource
from core.taxonomy.lint import lint_file
from core.taxonomy.rules.options import AdviceOptions
from core.taxonomy.rules.second_pass import SecondPass
from tests.core.taxonomy.leaves import commit_all, knowledge, write
from tests.core.taxonomy.test_lint import marked


@pytest.fixture
def source(tmp_path: Path) -> DocumentSource:
    """A repository with a markdown file and another one."""
    write(tmp_path / "origin/a.md", "# Birds\n")
    write(tmp_path / "origin/b.txt", "no markdown\n")
    return DocumentSource(str(tmp_path / "origin"), commit_all(tmp_path / "origin"), ("*.md",))


def named(source: DocumentSource, commit: str | None = None, *patterns: str) -> DocumentSource:
    return DocumentSource(source.repo, commit or source.commit, patterns or source.patterns)


def test_only_fetched_commits_are_cached(tmp_path: Path, source: DocumentSource) -> None:
    cache = tmp_path / "cache"
    assert document_cache.texts(source, cache) is None
    assert not cache.exists()
    fetch_documents(source, cache)
    found = document_cache.texts(source, cache)
    assert found is not None
    assert [document.text for document in found] == ["# Birds\n"]
    write(tmp_path / "origin/a.md", "# Fish\n")
    assert document_cache.texts(named(source, commit_all(tmp_path / "origin")), cache) is None
    assert document_cache.texts(named(source, "main"), cache) is None, "a branch may have moved by now"
    assert document_cache.texts(DocumentSource(str(tmp_path), source.commit, ("*.md",)), cache) is None


def test_cache_does_not_wait_for_a_fetch(tmp_path: Path, source: DocumentSource) -> None:
    cache = tmp_path / "cache"
    fetch_documents(source, cache)
    (lock,) = cache.glob("*.lock")
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert document_cache.texts(source, cache)


def test_unusable_document_is_reported_at_its_pattern(tmp_path: Path, source: DocumentSource) -> None:
    cache = tmp_path / "cache"
    fetch_documents(source, cache)
    both = document_cache.texts(named(source, None, "a.md", "b.txt"), cache) or []
    assert [(document.text, document.problem is None) for document in both] == [("# Birds\n", True), ("", False)]
    with pytest.raises(LabtopError, match="No file"):
        document_cache.texts(named(source, None, "c.md"), cache)
    text = knowledge(repo=source.repo, commit=source.commit, patterns="['b.txt', '*.md']")
    path = write(tmp_path / "tree/knowledge/birds/qna.yaml", text)
    found = lint_file(path, SecondPass(AdviceOptions({"attribution-missing": "off"}), cache))
    assert [(one.code, one.line, one.column) for one in found] == [("unusable-document", 64, 14)]


@pytest.mark.parametrize(
    ("leaf", "stretch"),
    [
        ({"patterns": "['nothing.md']"}, "'nothing.md'"),
        ({"patterns": "[no.md, none.md]"}, "[no.md, none.md]"),
        ({"patterns": "['../a.md']"}, "'../a.md'"),
        ({"repo": "--upload-pack=x"}, "--upload-pack=x"),
    ],
)
def test_invalid_source_is_reported_at_its_key(
    tmp_path: Path, source: DocumentSource, leaf: dict[str, str], stretch: str
) -> None:
    fetch_documents(source, tmp_path / "cache")
    text = knowledge(**{"repo": source.repo, "commit": source.commit, **leaf})
    path = write(tmp_path / "tree/knowledge/birds/qna.yaml", text)
    found = lint_file(path, SecondPass(AdviceOptions(), tmp_path / "cache"))
    assert [marked(text, one) for one in found if one.code == "unusable-document"] == [stretch]


@pytest.mark.parametrize("commit", ["a" * 40, "no-branch", "--all"])
def test_unknown_commit_is_reported_at_commit(tmp_path: Path, source: DocumentSource, commit: str) -> None:
    path = write(tmp_path / "tree/knowledge/birds/qna.yaml", knowledge(repo=source.repo, commit=commit))
    leaves = [path.relative_to(tmp_path / "tree").as_posix()]
    (leaf,) = check_documents(tmp_path / "tree", leaves, AdviceOptions(), tmp_path / "cache")
    (found,) = leaf.diagnostics
    assert (found.code, marked(path.read_text(), found)) == ("unusable-document", commit)


@pytest.mark.parametrize(
    "value",
    [None, [], {}, {"document": None}, {"document": {"repo": "a", "commit": "b"}}, {"document": {"repo": 1}}],
)
def test_incomplete_leaves_have_no_source(value: object) -> None:
    assert document_cache.source_of(value) is None


def test_one_pattern_may_be_a_text() -> None:
    value = {"document": {"repo": "a", "commit": "b", "patterns": "*.md"}}
    assert document_cache.source_of(value) == DocumentSource("a", "b", ("*.md",))
