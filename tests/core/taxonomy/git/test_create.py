"""Creating and cloning a taxonomy with real git."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.taxonomy.git.changes import changed_leaves
from core.taxonomy.git.create import Author, clone_taxonomy, create_taxonomy, git_author
from core.taxonomy.git.remote import FetchStopped
from core.taxonomy.git.repository import Repository
from tests.core.taxonomy.leaves import commit_all, git, skill, write

LEAF = "compositional_skills/writing/letters/qna.yaml"


@pytest.fixture
def no_author(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who never configured git."""
    (own_home / "gitconfig").write_text("[init]\ndefaultBranch = trunk\n")
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A bare repository with one leaf and two commits."""
    work = tmp_path / "work"
    write(work / LEAF, skill())
    commit_all(work, "first")
    write(work / "README.md", "# Shared\n")
    commit_all(work, "second")
    bare = tmp_path / "shared.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(work), str(bare))
    return bare


def test_create_has_first_commit(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "taxonomy"
    created = create_taxonomy(folder)
    assert (created.folder, created.base, created.note) == (folder, "main", "")
    assert git(folder, "ls-files").split() == [".gitignore", "README.md"]
    head = git(folder, "log", "--format=%an %ae%n%B").splitlines()
    assert head[0] == "Tester tester@example.org"
    assert "Signed-off-by: Tester <tester@example.org>" in head
    repository = Repository(folder)
    assert (repository.branch(), repository.states()) == ("main", {})
    assert stat.S_IMODE(folder.stat().st_mode) == 0o777 & ~_umask()
    assert changed_leaves(folder, created.base).leaves == ()
    write(folder / LEAF, skill())
    assert changed_leaves(folder, created.base).leaves == (LEAF,)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_create_in_empty_folder_and_around_leaves(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert create_taxonomy(tmp_path / "empty").folder == tmp_path / "empty"
    leaves = tmp_path / "leaves"
    write(leaves / LEAF, skill())
    write(leaves / "README.md", "mine\n")
    create_taxonomy(leaves)
    assert (leaves / "README.md").read_text() == "mine\n"
    assert git(leaves, "ls-files").split() == [".gitignore"]
    assert changed_leaves(leaves, "main").leaves == (LEAF,)


def test_create_refuses_other_folders(tmp_path: Path) -> None:
    write(tmp_path / "photos/cat.jpg", "x")
    write(tmp_path / "file", "x")
    git(tmp_path, "init", "--quiet", "repository")
    for folder, words in (
        ("photos", "none of the folders"),
        ("file", "is a file"),
        ("file/below", "is a file"),
        ("repository", "is in the git repository"),
    ):
        with pytest.raises(LabtopError, match=words):
            create_taxonomy(tmp_path / folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "photos", "repository"]
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["cat.jpg"]


def test_create_asks_for_author(tmp_path: Path, no_author: None) -> None:
    folder = tmp_path / "deep" / "taxonomy"
    assert git_author(folder) is None
    with pytest.raises(LabtopError, match="does not know your name"):
        create_taxonomy(folder)
    assert not (tmp_path / "deep").exists()
    create_taxonomy(folder, Author("Ann Example", "ann@example.org"))
    assert git_author(folder) == Author("Ann Example", "ann@example.org")
    write(folder / LEAF, skill())
    Repository(folder).commit("Add letters", [LEAF])  # the author is stored for the next commits


def test_create_leaves_nothing_behind_after_failure(tmp_path: Path, own_home: Path) -> None:
    hooks = tmp_path / "hooks"
    write(hooks / "pre-commit", "#!/bin/sh\necho no commits today >&2\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    with (own_home / "gitconfig").open("a") as stream:
        stream.write(f"[core]\nhooksPath = {hooks}\n")
    leaves = tmp_path / "leaves"
    write(leaves / LEAF, skill())
    for folder in (tmp_path / "new" / "taxonomy", leaves):
        with pytest.raises(LabtopError, match="no commits today"):
            create_taxonomy(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hooks", "leaves"]
    assert [path.name for path in leaves.iterdir()] == ["compositional_skills"]


@pytest.mark.parametrize("form", ["path", "url"])
def test_clone(tmp_path: Path, shared: Path, form: str) -> None:
    progress: list[str] = []
    address = str(shared) if form == "path" else shared.as_uri()
    created = clone_taxonomy(address, tmp_path / "clones" / "mine", how_far=progress.append)
    assert (created.folder, created.base, created.note) == (tmp_path / "clones" / "mine", "origin/main", "")
    assert (created.folder / LEAF).read_text() == skill()
    assert [path.name for path in (tmp_path / "clones").iterdir()] == ["mine"]
    assert form == "path" or any("objects" in words for words in progress)


def test_clone_without_history(tmp_path: Path, shared: Path) -> None:
    for folder, shallow, commits in (("whole", False, "2"), ("last", True, "1")):
        clone_taxonomy(str(shared), tmp_path / folder, shallow=shallow)
        assert git(tmp_path / folder, "rev-list", "--count", "HEAD").strip() == commits


def test_clone_that_is_stopped_leaves_nothing(tmp_path: Path, shared: Path) -> None:
    with pytest.raises(FetchStopped):
        clone_taxonomy(shared.as_uri(), tmp_path / "clones" / "mine", stop=lambda: True)
    assert not (tmp_path / "clones").exists()


def test_clone_into_a_folder_that_another_one_fills(tmp_path: Path, shared: Path) -> None:
    place = tmp_path / "mine"
    write(tmp_path / ".mine.partial/.git/HEAD", "left by a process that was killed")
    refused: list[bool] = []

    def second() -> bool:
        if not refused:
            with pytest.raises(LabtopError, match="is being created by another labtop"):
                create_taxonomy(place)
            refused.append(True)
        return False

    clone_taxonomy(shared.as_uri(), place, stop=second)
    assert refused
    assert (place / LEAF).read_text() == skill()
    assert not (tmp_path / ".mine.partial").exists()


def test_clone_reports_what_is_wrong(tmp_path: Path, shared: Path) -> None:
    before = sorted(tmp_path.iterdir())
    for address, words in (
        ((tmp_path / "nowhere.git").as_uri(), "The repository file://.* cannot be cloned"),
        ("ext::sh -c touch% x", "is not the address of a repository"),
        ("--upload-pack=touch x", "is not the address of a repository"),
        ("", "The address of the repository is empty"),
    ):
        with pytest.raises(LabtopError, match=words):
            clone_taxonomy(address, tmp_path / "clones" / "mine")
    with pytest.raises(LabtopError, match="is not empty"):
        clone_taxonomy(str(shared), tmp_path / "work")
    for act in (create_taxonomy, lambda folder: clone_taxonomy(str(shared), folder)):
        with pytest.raises(LabtopError, match="File name too long while looking for"):
            act(tmp_path / ("n" * 300) / "mine")
    assert git_author(tmp_path / ("n" * 300)) is not None
    assert sorted(tmp_path.iterdir()) == before


def test_clone_notes_what_is_no_taxonomy(tmp_path: Path) -> None:
    write(tmp_path / "program/main.c", "x")
    commit_all(tmp_path / "program", "first")
    git(tmp_path, "init", "--quiet", "--bare", "empty.git")
    assert "it may not be a taxonomy" in clone_taxonomy(str(tmp_path / "program"), tmp_path / "a").note
    assert "is empty" in clone_taxonomy(str(tmp_path / "empty.git"), tmp_path / "b").note
