"""What git says of a taxonomy's files, and commits that hold what was asked for and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import LabtopError
from core.taxonomy.git.repository import Repository
from tests.core.taxonomy.leaves import commit_all, git, skill, write

A, B = "compositional_skills/a/qna.yaml", "compositional_skills/b é [x]/qna.yaml"


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    """Two leaves, committed."""
    root = tmp_path / "taxonomy"
    for name in (A, B):
        write(root / name, skill())
    commit_all(root, "first")
    return root


def changed(root: Path, name: str) -> str:
    with (root / name).open("a") as stream:
        stream.write("# changed\n")
    return name


def test_states(taxonomy: Path) -> None:
    repository = Repository(taxonomy)
    assert (repository.states(), repository.branch()) == ({}, "main")
    new = "knowledge/new/qna.yaml"
    write(taxonomy / new, skill())
    write(taxonomy / "knowledge/new/notes.md", "x")
    changed(taxonomy, B)
    assert repository.states() == {new: "untracked", "knowledge/new/notes.md": "untracked", B: "modified"}
    repository.stage([new, B])
    assert repository.states() == {new: "staged", "knowledge/new/notes.md": "untracked", B: "staged"}
    changed(taxonomy, new)
    (taxonomy / A).unlink()
    write(taxonomy / "knowledge/new/attribution.txt", "")
    assert repository.leaf_states() == {
        "compositional_skills/a": "deleted",
        "compositional_skills/b é [x]": "staged",
        "knowledge/new": "modified",
    }
    repository.unstage([new, B])
    assert repository.states()[new] == "untracked"
    assert repository.states()[B] == "modified"
    assert repository.files_of("compositional_skills/a") == [A]
    assert repository.files_of("knowledge/new") == [new, "knowledge/new/attribution.txt"]
    assert repository.files_of("nowhere") == []


def test_conflict(taxonomy: Path) -> None:
    git(taxonomy, "checkout", "--quiet", "-b", "other")
    changed(taxonomy, A)
    commit_all(taxonomy)
    git(taxonomy, "checkout", "--quiet", "main")
    write(taxonomy / A, skill() + "# ours\n")
    commit_all(taxonomy)
    with pytest.raises(Exception, match="merge"):
        git(taxonomy, "merge", "other")
    repository = Repository(taxonomy)
    assert repository.states() == {A: "conflicted"}
    with pytest.raises(LabtopError, match="unresolved merge"):
        repository.commit("x", [A])


def test_diff(taxonomy: Path) -> None:
    repository = Repository(taxonomy)
    assert repository.diff([A]) == ""
    changed(taxonomy, A)
    git(taxonomy, "add", "--all")
    changed(taxonomy, A)
    new = "knowledge/new/qna.yaml"
    write(taxonomy / new, "a: 1\nb: 2")
    changed(taxonomy, B)
    text = repository.diff([A, new])
    assert repository.diff([new, A]).index(new) < repository.diff([new, A]).index(A)
    assert f"--- a/{A}\n+++ b/{A}\n" in text
    assert text.count("+# changed\n") == 2
    assert text.endswith(f"--- /dev/null\n+++ b/{new}\n@@ -0,0 +1,2 @@\n+a: 1\n+b: 2\n\\ No newline at end of file\n")


def test_commit_contains_only_the_given_files(taxonomy: Path) -> None:
    repository = Repository(taxonomy)
    new, staged = "knowledge/new/qna.yaml", "knowledge/staged/qna.yaml"
    for name in (new, staged):
        write(taxonomy / name, skill())
    git(taxonomy, "add", staged)
    changed(taxonomy, A)
    changed(taxonomy, B)
    name = repository.commit("Teach it\n\nAll of it.", [new, B])
    assert git(taxonomy, "rev-parse", "HEAD") == name
    files = git(taxonomy, "-c", "core.quotePath=false", "show", "--name-only", "--format=", "HEAD").split("\n")
    assert sorted(files) == [B, new]
    assert git(taxonomy, "log", "-1", "--format=%an <%ae>%n%B") == (
        "Tester <tester@example.org>\nTeach it\n\nAll of it.\n\nSigned-off-by: Tester <tester@example.org>"
    )
    assert repository.states() == {staged: "staged", A: "modified"}
    with pytest.raises(LabtopError, match="nothing to commit"):
        repository.commit("again", [new, B])
    with pytest.raises(LabtopError, match="needs a message"):
        repository.commit("  ", [A])


def test_a_removed_leaf_is_committed(taxonomy: Path) -> None:
    (taxonomy / A).unlink()
    Repository(taxonomy).commit("Remove it", [A])
    assert git(taxonomy, "ls-files", "--", A) == ""


@pytest.mark.parametrize("part", ["name", "email"])
def test_commit_needs_an_identity(taxonomy: Path, own_home: Path, part: str) -> None:
    lines = (own_home / "gitconfig").read_text().split("\n")
    (own_home / "gitconfig").write_text("\n".join(line for line in lines if not line.startswith(part)))
    changed(taxonomy, A)
    with pytest.raises(LabtopError, match=f"does not know your {part}") as caught:
        Repository(taxonomy).commit("x", [A])
    assert f"git config --global user.{part}" in (caught.value.hint or "")
    assert Repository(taxonomy).states() == {A: "modified"}


def test_rejecting_hook_changes_nothing(taxonomy: Path) -> None:
    hook = write(taxonomy / ".git/hooks/pre-commit", "#!/bin/sh\necho no such leaf >&2\nexit 1\n")
    hook.chmod(0o755)
    new = "knowledge/new/qna.yaml"
    write(taxonomy / new, skill())
    with pytest.raises(LabtopError, match="could not commit: no such leaf"):
        Repository(taxonomy).commit("x", [new])
    assert Repository(taxonomy).states() == {new: "untracked"}


def test_hint_has_the_output_of_a_hook(taxonomy: Path) -> None:
    lines = "echo line 1 too long; echo line 2 too short >&2; echo hook failed >&2"
    hook = write(taxonomy / ".git/hooks/pre-commit", f"#!/bin/sh\n{lines}\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(LabtopError, match="could not commit: hook failed") as caught:
        Repository(taxonomy).commit("x", [changed(taxonomy, A)])
    assert "line 1 too long\nline 2 too short\nhook failed" in (caught.value.hint or "")


def test_index_locked_by_another_git(taxonomy: Path) -> None:
    changed(taxonomy, A)
    write(taxonomy / ".git/index.lock", "")
    assert Repository(taxonomy).states() == {A: "modified"}
    with pytest.raises(LabtopError, match=r"index\.lock") as caught:
        Repository(taxonomy).stage([A])
    assert caught.value.hint


def test_branches(taxonomy: Path) -> None:
    repository = Repository(taxonomy)
    changed(taxonomy, A)
    repository.create_branch("add/birds")
    assert (repository.branch(), repository.states()) == ("add/birds", {A: "modified"})
    for name, what in (("main", "already"), ("-x", "cannot be"), ("a..b", "cannot be"), ("", "cannot be")):
        with pytest.raises(LabtopError, match=what):
            repository.create_branch(name)
    git(taxonomy, "checkout", "--quiet", "--detach")
    assert repository.branch() is None
    with pytest.raises(LabtopError, match="No branch"):
        repository.commit("x", [A])


def test_switch_creates_only_unknown_branches(taxonomy: Path, tmp_path: Path) -> None:
    git(taxonomy, "branch", "shared")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(taxonomy), str(clone))
    repository = Repository(clone)
    repository.switch("add/rhymes")
    assert repository.branch() == "add/rhymes"
    repository.switch("main")
    repository.switch("shared")
    assert repository.branch() == "shared"
    assert git(clone, "rev-parse", "--abbrev-ref", "shared@{upstream}").strip() == "origin/shared"
    changed(clone, A)
    git(clone, "commit", "--quiet", "--all", "--message=here")
    changed(clone, A)
    with pytest.raises(LabtopError, match="could not check out"):
        repository.switch("main")
    assert (clone / A).read_text().count("# changed") == 2


def test_a_taxonomy_inside_a_larger_repository(tmp_path: Path) -> None:
    write(tmp_path / "repo/taxonomy" / A, skill())
    write(tmp_path / "repo/other.txt", "x")
    commit_all(tmp_path / "repo")
    repository = Repository(tmp_path / "repo/taxonomy")
    changed(tmp_path / "repo/taxonomy", A)
    changed(tmp_path / "repo", "other.txt")
    git(tmp_path / "repo", "add", "other.txt")
    assert repository.states() == {A: "modified"}
    assert f"+++ b/{A}" in repository.diff([A])
    repository.commit("x", [A])
    assert git(tmp_path / "repo", "status", "--porcelain") == "M  other.txt"


def test_before_the_first_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    write(tmp_path / A, skill())
    repository = Repository(tmp_path)
    repository.stage([A])
    assert repository.states() == {A: "staged"}
    assert "+version: 3\n" in repository.diff([A])
    repository.unstage([A])
    assert repository.states() == {A: "untracked"}
    repository.commit("first", [A])
    assert repository.states() == {}


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match="not in a git"):
        Repository(tmp_path)
    with pytest.raises(LabtopError, match=r"taxonomy folder .* does not exist"):
        Repository(tmp_path / "nowhere")
    git(tmp_path, "init", "--quiet", "--bare", "bare.git")
    with pytest.raises(LabtopError, match="bare"):
        Repository(tmp_path / "bare.git")
