"""Which leaves count as changed, in real repositories."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.taxonomy.git.changes import changed_leaves
from core.taxonomy.git.repository import Repository
from core.taxonomy.lint import lint_changes
from tests.core.taxonomy.leaves import commit_all, git, skill, write


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    """A repository whose branch main has three leaves, and `work` checked out."""
    root = tmp_path / "taxonomy"
    for name in ("old", "moved", "removed"):
        write(root / f"compositional_skills/{name}/qna.yaml", skill() + f"# {name}\n")
    write(root / ".gitignore", "ignored/\n")
    commit_all(root)
    git(root, "checkout", "--quiet", "-b", "work")
    return root


def add(root: Path, folder: str) -> str:
    write(root / folder / "qna.yaml", skill())
    return f"{folder}/qna.yaml"


def test_all_kinds_of_change_in_a_stable_order(taxonomy: Path) -> None:
    skills = "compositional_skills"
    committed = add(taxonomy, f"{skills}/z committed é")
    commit_all(taxonomy)
    staged = add(taxonomy, "knowledge/staged")
    git(taxonomy, "add", "--all")
    git(taxonomy, "mv", f"{skills}/moved", f"{skills}/renamed")
    git(taxonomy, "rm", "--quiet", "-r", f"{skills}/removed")
    untracked = add(taxonomy, "knowledge/new/untracked")
    modified = write(taxonomy / skills / "old/qna.yaml", skill())
    add(taxonomy, f"{skills}/ignored")
    write(taxonomy / "knowledge/README.md", "x")
    changes = changed_leaves(taxonomy, "main")
    expected = [committed, staged, untracked, f"{skills}/renamed/qna.yaml", f"{skills}/{modified.parent.name}/qna.yaml"]
    assert list(changes.leaves) == sorted(expected)
    assert changes == changed_leaves(taxonomy, "main")


def test_staged_and_deleted_is_no_change(taxonomy: Path) -> None:
    name = add(taxonomy, "knowledge/a")
    git(taxonomy, "add", "--all")
    (taxonomy / name).unlink()
    assert changed_leaves(taxonomy, "main").leaves == ()


def test_unstaged_but_existing(taxonomy: Path) -> None:
    git(taxonomy, "rm", "--quiet", "--cached", "compositional_skills/old/qna.yaml")
    assert changed_leaves(taxonomy, "main").leaves == ("compositional_skills/old/qna.yaml",)


def test_base_is_the_merge_base(taxonomy: Path) -> None:
    """What main got later, or a merge brought in from the side, is no change of this branch against main."""
    ours = add(taxonomy, "knowledge/ours")
    commit_all(taxonomy)
    git(taxonomy, "checkout", "--quiet", "main")
    add(taxonomy, "knowledge/theirs")
    commit_all(taxonomy)
    git(taxonomy, "checkout", "--quiet", "work")
    assert changed_leaves(taxonomy, "main").leaves == (ours,)
    git(taxonomy, "merge", "--quiet", "-m", "merge", "main")
    assert changed_leaves(taxonomy, "main").leaves == (ours,)


def test_bases_with_slashes_and_similar_names(taxonomy: Path) -> None:
    first = add(taxonomy, "knowledge/first")
    commit_all(taxonomy)
    git(taxonomy, "branch", "domain")  # ends like main
    git(taxonomy, "branch", "feature/x")
    second = add(taxonomy, "knowledge/second")
    commit_all(taxonomy)
    assert changed_leaves(taxonomy, "main").leaves == (first, second)
    assert changed_leaves(taxonomy, "feature/x").leaves == (second,)
    assert changed_leaves(taxonomy, "HEAD~1").leaves == (second,)


def test_the_default_base_is_a_remote_branch(taxonomy: Path, tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match="no 'origin/main'") as caught:
        changed_leaves(taxonomy)
    assert "--taxonomy-base main" in (caught.value.hint or "")
    assert "--taxonomy-base empty" in (caught.value.hint or "")
    git(tmp_path, "clone", "--quiet", "--branch", "main", str(taxonomy), "clone")
    name = add(tmp_path / "clone", "knowledge/mine")
    assert changed_leaves(tmp_path / "clone").leaves == (name,)


def test_hint_names_a_usable_base(taxonomy: Path, tmp_path: Path) -> None:
    def hinted(folder: Path, base: str) -> str:
        with pytest.raises(LabtopError) as caught:
            changed_leaves(folder, base)
        return (caught.value.hint or "").partition(";")[0].rpartition(" ")[2]

    git(tmp_path, "clone", "--quiet", "--branch", "work", str(taxonomy), "clone")
    clone = tmp_path / "clone"
    assert hinted(clone, "main") == "origin/main", "and not the branch that is checked out, the only one here"
    git(clone, "remote", "rename", "origin", "upstream")
    assert hinted(clone, "origin/main") == "upstream/main"
    git(clone, "branch", "master")
    assert hinted(clone, "nowhere") == "master"
    git(taxonomy, "checkout", "--quiet", "main")
    assert hinted(taxonomy, "origin/main") == "BRANCH"


def test_a_taxonomy_inside_a_larger_repository(tmp_path: Path) -> None:
    add(tmp_path / "repo", "taxonomy/knowledge/a")
    add(tmp_path / "repo", "knowledge/elsewhere")
    commit_all(tmp_path / "repo")
    write(tmp_path / "repo/taxonomy/knowledge/a/qna.yaml", skill() + "# changed\n")
    add(tmp_path / "repo", "taxonomy/knowledge/b")
    changes = changed_leaves(tmp_path / "repo/taxonomy", "main")
    assert changes.leaves == ("knowledge/a/qna.yaml", "knowledge/b/qna.yaml")


def test_unused_folders_and_wrong_names(taxonomy: Path) -> None:
    foundational = add(taxonomy, "foundational_skills/a")
    write(taxonomy / "knowledge/a/qna.yml", skill())
    outside = add(taxonomy, "docs/a")
    changes = changed_leaves(taxonomy, "main")
    assert (changes.leaves, changes.unused, changes.misnamed) == ((foundational,), (outside,), ("knowledge/a/qna.yml",))


def test_empty_base_needs_no_repository(tmp_path: Path) -> None:
    name = add(tmp_path, "knowledge/a")
    assert changed_leaves(tmp_path, "empty").leaves == (name,)
    with pytest.raises(LabtopError, match="not in a git repository") as caught:
        changed_leaves(tmp_path, "main")
    assert "--taxonomy-base empty" in (caught.value.hint or "")


@pytest.mark.parametrize("base", ["nowhere", "-h", "--output=x", "", "0" * 40])
def test_unknown_bases(taxonomy: Path, base: str) -> None:
    with pytest.raises(LabtopError):
        changed_leaves(taxonomy, base)


def test_no_commit_in_common(taxonomy: Path) -> None:
    git(taxonomy, "checkout", "--quiet", "--orphan", "alone")
    commit_all(taxonomy, "another beginning")
    with pytest.raises(LabtopError, match="no commit in common"):
        changed_leaves(taxonomy, "main")


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match=r"taxonomy folder .* does not exist"):
        changed_leaves(tmp_path / "nowhere", "empty")


@pytest.mark.parametrize("name", ["compositional_skills", "compositional_skills/old", "foundational_skills"])
def test_part_of_a_taxonomy_is_rejected(taxonomy: Path, name: str) -> None:
    add(taxonomy, "foundational_skills/a")
    for base in ("main", "empty"):
        with pytest.raises(LabtopError, match="is inside a taxonomy; its top folder is") as caught:
            changed_leaves(taxonomy / name, base)
        assert caught.value.hint == f"Use the top folder: --taxonomy-path {taxonomy}"


def test_taxonomy_in_a_folder_named_like_a_kind(tmp_path: Path) -> None:
    name = add(tmp_path / "knowledge/taxonomy", "knowledge/a")
    assert changed_leaves(tmp_path / "knowledge/taxonomy", "empty").leaves == (name,)
    (tmp_path / "knowledge/new").mkdir()
    assert changed_leaves(tmp_path / "knowledge/new", "empty").leaves == ()
    add(tmp_path / "knowledge/other", "docs/a")
    commit_all(tmp_path / "knowledge/other")
    assert changed_leaves(tmp_path / "knowledge/other", "main").leaves == ()


@pytest.mark.parametrize(
    "variable",
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE"],
)
def test_variables_of_a_hook_are_ignored(taxonomy: Path, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git sets them where it runs a hook, and they name another repository then."""
    name = add(taxonomy, "knowledge/a")
    monkeypatch.setenv(variable, str(taxonomy.parent / "elsewhere"))
    assert changed_leaves(taxonomy, "main").leaves == (name,)
    with pytest.raises(LabtopError, match="no 'nowhere'"):
        changed_leaves(taxonomy, "nowhere")


@pytest.mark.parametrize(
    ("file", "text", "what"),
    [
        ("index", "garbage", "index of the git repository"),
        ("HEAD", "garbage", "is damaged"),
        ("config", "[[[", "bad config line 1"),
    ],
)
def test_damaged_repositories(taxonomy: Path, file: str, text: str, what: str) -> None:
    write(taxonomy / ".git" / file, text)
    with pytest.raises(LabtopError, match=what) as caught:
        changed_leaves(taxonomy, "main")
    assert (caught.value.hint or "").endswith("; or check every leaf: --taxonomy-base empty")
    with pytest.raises(LabtopError, match=what):
        Repository(taxonomy).states()


def test_missing_commit(taxonomy: Path) -> None:
    shutil.rmtree(taxonomy / ".git/objects")
    (taxonomy / ".git/objects").mkdir()
    with pytest.raises(LabtopError, match="checked-out commit does not exist"):
        changed_leaves(taxonomy, "main")


def test_bare_repositories_and_those_without_commits(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "bare.git")
    for base in ("main", "empty"):
        with pytest.raises(LabtopError, match="bare git repository") as caught:
            changed_leaves(tmp_path / "bare.git", base)
        assert caught.value.hint == f"Clone it, and use the clone: git clone {tmp_path}/bare.git DIR"
    add(tmp_path / "new", "knowledge/a")
    git(tmp_path / "new", "init", "--quiet")
    with pytest.raises(LabtopError, match="no commit yet") as caught:
        changed_leaves(tmp_path / "new", "main")
    assert str(caught.value.hint).startswith("Create a first commit; ") and "--taxonomy-base empty" in str(
        caught.value.hint
    )
    for folder in (".git", ".git/refs"):
        with pytest.raises(LabtopError, match=r"contains git.s own files") as caught:
            changed_leaves(tmp_path / "new" / folder, "empty")
        assert caught.value.hint == f"Use the folder around it: --taxonomy-path {tmp_path}/new"


def test_folder_name_is_used_literally(tmp_path: Path) -> None:
    name = add(tmp_path / "$HOME ~ [x]", "knowledge/a")
    commit_all(tmp_path / "$HOME ~ [x]")
    write(tmp_path / "$HOME ~ [x]" / name, skill() + "# changed\n")
    assert changed_leaves(tmp_path / "$HOME ~ [x]", "main").leaves == (name,)


def test_without_git(taxonomy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(taxonomy))
    with pytest.raises(LabtopError, match="git is not installed") as caught:
        changed_leaves(taxonomy, "main")
    assert str(caught.value.hint).startswith("Install git, ") and "--taxonomy-base empty" in str(caught.value.hint)


def test_leaves_outside_the_kinds_are_unused(taxonomy: Path) -> None:
    """Their verdict does not count, as with InstructLab, which does not look at them; but a person is warned."""
    outside = write(taxonomy / "linguistics/grammar/qna.yaml", "broken: [\n").relative_to(taxonomy).as_posix()
    write(taxonomy / ".github/qna.yaml", skill())
    for base in ("main", "empty"):
        changes = changed_leaves(taxonomy, base)
        assert changes.unused == (outside,)
        found = [one for one in lint_changes(taxonomy, changes).diagnostics if one.path == outside]
        assert [(one.code, one.severity) for one in found] == [("unused-folder", "warning")]


def test_a_taxonomy_that_is_a_submodule(taxonomy: Path, tmp_path: Path) -> None:
    """Git compares no files in it from outside, so nothing would be checked."""
    outer = tmp_path / "outer"
    write(outer / "README.md", "x")
    commit_all(outer)
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(taxonomy), "taxonomy")
    add(outer / "taxonomy", "knowledge/new")
    with pytest.raises(LabtopError, match="git repository of its own") as caught:
        changed_leaves(outer, "main")
    assert f"--taxonomy-path {outer}/taxonomy" in str(caught.value.hint)
    assert changed_leaves(outer / "taxonomy", "work").leaves == ("knowledge/new/qna.yaml",)


def test_a_kind_that_is_a_submodule(taxonomy: Path, tmp_path: Path) -> None:
    other = tmp_path / "knowledge"
    add(other, "birds")
    commit_all(other)
    git(taxonomy, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "knowledge")
    with pytest.raises(LabtopError, match=r"knowledge cannot be seen from .* of its own") as caught:
        changed_leaves(taxonomy, "main")
    assert "--taxonomy-base empty" in str(caught.value.hint)
    assert "knowledge/birds/qna.yaml" in changed_leaves(taxonomy, "empty").leaves


def test_repository_next_to_the_leaves(taxonomy: Path) -> None:
    add(taxonomy / "tools", "examples")
    commit_all(taxonomy / "tools")
    assert changed_leaves(taxonomy, "main").leaves == ()
