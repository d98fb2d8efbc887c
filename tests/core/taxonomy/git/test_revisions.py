"""Reading the leaves of a branch."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import LabtopError
from core.taxonomy.git.process import run_git
from core.taxonomy.git.revisions import branches, commit_of, leaf_files

SKILL = "compositional_skills/writing/haiku/qna.yaml"


def git(repository: Path, *arguments: str) -> None:
    run_git(repository, *arguments)


def write(taxonomy: Path, name: str, text: str) -> None:
    file = taxonomy / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    """A taxonomy in a folder of a repository, with two branches and a changed file."""
    git(tmp_path, "init", "-q")
    root = tmp_path / "a folder"
    write(root, SKILL, "first")
    write(root, "knowledge/é/qna.yaml", "known")
    write(root, "docs/qna.yaml", "no leaf")
    (root / "knowledge" / "link").mkdir()
    (root / "knowledge" / "link" / "qna.yaml").symlink_to("../é/qna.yaml")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    git(tmp_path, "branch", "old")
    write(root, SKILL, "second")
    git(tmp_path, "commit", "-qam", "two")
    write(root, SKILL, "not committed")
    return root


def test_leaf_files_are_those_of_the_revision(taxonomy: Path) -> None:
    assert leaf_files(taxonomy, commit_of(taxonomy, "old")) == {SKILL: b"first", "knowledge/é/qna.yaml": b"known"}
    assert leaf_files(taxonomy, commit_of(taxonomy, "main"))[SKILL] == b"second"
    assert (taxonomy / SKILL).read_text() == "not committed"
    assert run_git(taxonomy, "status", "--porcelain").decode().split() == ["M", '"a', f'folder/{SKILL}"']


@pytest.mark.parametrize("name", ["new", "", "--help", "old:a folder"])
def test_branch_that_does_not_exist_is_named(taxonomy: Path, name: str) -> None:
    with pytest.raises(LabtopError, match="has no branch") as caught:
        commit_of(taxonomy, name)
    assert caught.value.hint == "Its branches are: main, old."
    assert caught.value.code == "no-branch"


def test_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert branches(tmp_path) == []
    with pytest.raises(LabtopError, match="has no branch 'main'") as caught:
        commit_of(tmp_path, "main")
    assert "no commit yet" in (caught.value.hint or "")


def test_folder_without_a_repository(tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match="is not in a git repository"):
        commit_of(tmp_path, "main")
