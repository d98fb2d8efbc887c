"""New leaves, and texts as YAML writes them."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import LabtopError
from core.taxonomy.authoring.git_view import is_on_base
from core.taxonomy.authoring.scaffold import LeafKind, NewLeaf, branch_for, context_block, new_leaf
from core.taxonomy.format.attribution import FIELDS
from core.taxonomy.format.scalars import scalar, tidied
from core.taxonomy.git.repository import Repository
from core.taxonomy.lint import lint_file, lint_text
from tests.core.taxonomy.leaves import SHA, commit_all, edited, git, knowledge, write

SPECIAL = " \t\n\r\x85\u2028\u2029\ufeff\x0b\x0c\x00\x1b\x7f\xa0#:-|>'\"\\{}[]*&!%@`,?.~=<é😀\ue000\ufffe"
TEXTS = st.text(st.one_of(st.sampled_from(SPECIAL), st.characters(exclude_categories=["Cs"])))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(TEXTS)
def test_context_block_round_trip(passage: str) -> None:
    block = context_block(passage, 6)
    value = yaml.load(f"seeds:\n  - context: {block}    next: 1\n", Loader=yaml.CSafeLoader)["seeds"][0]
    assert value == {"context": tidied(passage), "next": 1}
    text = edited(knowledge(), "|\n      Bird 0 sings.\n\n      # It is loud.\n", block)
    if tidied(passage).strip():
        assert {found.code for found in lint_text(text, Path("knowledge/a/qna.yaml"))} <= {"line-length"}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(TEXTS)
def test_tidied_removes_only_forbidden_white_space(passage: str) -> None:
    assert tidied(tidied(passage)) == tidied(passage)
    assert "".join(tidied(passage).split()) == "".join(passage.split())
    assert yaml.load(f"a: {scalar(passage)}\nb: 1\n", Loader=yaml.CSafeLoader) == {"a": passage, "b": 1}


def test_context_block_text() -> None:
    assert context_block("# Birds\n\nThey **sing**: loud.  \n", 6) == "|\n      # Birds\n\n      They **sing**: loud.\n"
    assert context_block("part of a line", 4) == "|-\n    part of a line\n"
    assert context_block("    code\ntext\n", 4) == "|2\n        code\n    text\n"
    assert context_block("bell \x07\n  next", 4) == '"bell \\x07\\n\\\n    \\  next"\n'
    assert context_block("word " * 100, 4).count("\n") == 2
    assert context_block("\n  \n", 4) == '""\n'


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    (tmp_path / "taxonomy").mkdir()
    return tmp_path / "taxonomy"


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A repository with two documents, and things that are none."""
    root = tmp_path / "documents"
    for name in ("birds.md", "more/sparrows [x].md", "more/picture.png", "LICENSE"):
        write(root / name, "x")
    commit_all(root)
    return root


KINDS: list[tuple[str, LeafKind, set[str]]] = [
    ("knowledge/science/birds", "knowledge", {"context", "question", "answer", "document_outline"}),
    ("compositional_skills/writing/letters", "skill", {"task_description", "question", "answer"}),
    ("foundational_skills/adding", "skill", {"task_description", "question", "answer"}),
    ("compositional_skills/grounded/x", "grounded-skill", {"task_description", "question", "answer", "context"}),
]


@pytest.mark.parametrize(("path", "kind", "gaps"), KINDS)
def test_lint_of_a_new_leaf_lists_the_gaps(
    taxonomy: Path, documents: Path, path: str, kind: LeafKind, gaps: set[str]
) -> None:
    document = str(documents) if kind == "knowledge" else None
    made = new_leaf(NewLeaf(taxonomy, path, document=document, domain="birds" if document else ""))
    assert (made.kind, made.leaf) == (kind, taxonomy / path / "qna.yaml")
    found = lint_file(made.leaf)
    assert {one.code for one in found} == {"type"}
    assert {one.message.split("'")[1] for one in found} == gaps
    value = yaml.safe_load(made.leaf.read_text())
    assert (value["version"], value["created_by"], len(value["seed_examples"])) == (3, "Tester", 5)
    fields = FIELDS if kind == "knowledge" else [name for name in FIELDS if name != "Revision"]
    assert (taxonomy / path / "attribution.txt").read_text() == "".join(f"{name}:\n" for name in fields)


def test_documents_of_a_local_repository(taxonomy: Path, documents: Path) -> None:
    head = git(documents, "rev-parse", "HEAD")
    made = new_leaf(NewLeaf(taxonomy, "knowledge/a", document=str(documents), domain="a: b"))
    value = yaml.safe_load(made.leaf.read_text())
    assert value["document"] == {
        "repo": str(documents),
        "commit": head,
        "patterns": ["birds.md", "more/sparrows [[]x].md"],
    }
    assert value["domain"] == "a: b"
    assert "no git remote" in made.notes[0]
    git(documents, "remote", "add", "origin", "https://me:secret@example.org/docs.git")
    write(documents / "birds.md", "changed")
    part = new_leaf(NewLeaf(taxonomy, "knowledge/b", document=str(documents / "more"), commit="HEAD~0"))
    assert yaml.safe_load(part.leaf.read_text())["document"] == {
        "repo": "https://example.org/docs.git",
        "commit": head,
        "patterns": ["more/sparrows [[]x].md"],
    }
    assert ["uncommitted" in part.notes[0], "not been pushed" in part.notes[1]] == [True, True]
    named = new_leaf(NewLeaf(taxonomy, "knowledge/c", document=str(documents), files=("*.md",)))
    assert yaml.safe_load(named.leaf.read_text())["document"]["patterns"] == ["*.md"]


def test_many_documents_are_named_by_a_pattern(taxonomy: Path, documents: Path) -> None:
    for number in range(25):
        write(documents / f"more/{number}.md", "x")
    commit_all(documents)
    made = new_leaf(NewLeaf(taxonomy, "knowledge/a", document=str(documents / "more")))
    assert yaml.safe_load(made.leaf.read_text())["document"]["patterns"] == ["more/**/*.md"]


def test_documents_of_a_remote_repository(taxonomy: Path, documents: Path) -> None:
    head = git(documents, "rev-parse", "HEAD")
    git(documents, "tag", "-a", "-m", "x", "v1")
    url = documents.as_uri()
    for number, (commit, files) in enumerate([(None, ()), ("main", ("birds.md",)), ("v1", ()), (SHA, ())]):
        leaf = new_leaf(NewLeaf(taxonomy, f"knowledge/{number}", document=url, commit=commit, files=files)).leaf
        expected = {"repo": url, "commit": commit if commit == SHA else head, "patterns": list(files or ("*.md",))}
        assert yaml.safe_load(leaf.read_text())["document"] == expected
    with pytest.raises(LabtopError, match="no branch or tag"):
        new_leaf(NewLeaf(taxonomy, "knowledge/x", document=url, commit="nothing"))
    with pytest.raises(LabtopError, match="does not answer"):
        new_leaf(NewLeaf(taxonomy, "knowledge/x", document=f"{url}-gone"))


def test_branch_is_proposed_on_the_base_branch(taxonomy: Path) -> None:
    git(taxonomy, "init", "--quiet", "--initial-branch", "main")
    commit_all(taxonomy)
    assert [is_on_base(taxonomy, base) for base in ("main", "origin/main", "next")] == [True, True, False]
    assert not is_on_base(taxonomy / "none", "main")
    paths = ("knowledge/animals/owls", "knowledge/animals/", "knowledge", "")
    assert [branch_for(path) for path in paths] == ["add/owls", "", "", ""]


def test_new_branch(taxonomy: Path) -> None:
    git(taxonomy, "init", "--quiet")
    commit_all(taxonomy)
    made = new_leaf(NewLeaf(taxonomy, "knowledge/a", branch="add/a"))
    assert made.branch == "add/a"
    assert Repository(taxonomy).branch() == "add/a"
    assert Repository(taxonomy).leaf_states() == {"knowledge/a": "untracked"}
    with pytest.raises(LabtopError, match="already"):
        new_leaf(NewLeaf(taxonomy, "knowledge/b", branch="main"))
    assert not (taxonomy / "knowledge/b").exists()


def test_stacked_branch_is_noted(taxonomy: Path) -> None:
    git(taxonomy, "init", "--quiet")
    commit_all(taxonomy)
    assert new_leaf(NewLeaf(taxonomy, "knowledge/a", branch="add/a", base="origin/main")).notes == ()
    git(taxonomy, "switch", "--quiet", "-c", "same")
    assert new_leaf(NewLeaf(taxonomy, "knowledge/b", branch="add/b")).notes == ()
    commit_all(taxonomy)
    (note,) = new_leaf(NewLeaf(taxonomy, "knowledge/c", branch="add/c", base="origin/main")).notes
    assert note == "Branch add/c starts at add/b and includes its commits, which main does not have."
    git(taxonomy, "switch", "--quiet", "--detach")
    (note,) = new_leaf(NewLeaf(taxonomy, "knowledge/d", branch="add/d")).notes
    assert "starts at commit " in note
    git(taxonomy, "switch", "--quiet", "main")
    commit_all(taxonomy)
    assert new_leaf(NewLeaf(taxonomy, "knowledge/e", branch="add/e", base="add/b")).notes == ()


def test_links_are_not_documents(taxonomy: Path, documents: Path) -> None:
    (documents / "link.md").symlink_to("birds.md")
    commit_all(documents)
    made = new_leaf(NewLeaf(taxonomy, "knowledge/a", document=str(documents)))
    assert yaml.safe_load(made.leaf.read_text())["document"]["patterns"] == ["birds.md", "more/sparrows [[]x].md"]
    with pytest.raises(LabtopError, match=r"matches 'link\.md'"):
        new_leaf(NewLeaf(taxonomy, "knowledge/b", document=str(documents), files=("link.md",)))


def test_only_markdown_is_a_document(taxonomy: Path, documents: Path) -> None:
    write(documents / "birds.pdf", "%PDF")
    commit_all(documents)
    for place in (str(documents), documents.as_uri()):
        with pytest.raises(LabtopError, match=r"birds\.pdf is not markdown"):
            new_leaf(NewLeaf(taxonomy, "knowledge/a", document=place, files=("birds.pdf",)))
    with pytest.raises(LabtopError, match=r"birds\.pdf is not markdown"):
        new_leaf(NewLeaf(taxonomy, "knowledge/a", document=str(documents), files=("birds.*",)))
    assert not (taxonomy / "knowledge").exists()


def test_scheme_is_normalised(taxonomy: Path, documents: Path) -> None:
    url = documents.as_uri().replace("file://", "FILE://")
    made = new_leaf(NewLeaf(taxonomy, "knowledge/a", document=url))
    assert yaml.safe_load(made.leaf.read_text())["document"]["repo"] == documents.as_uri()


def test_existing_files_are_kept(taxonomy: Path) -> None:
    write(taxonomy / "knowledge/a/attribution.txt", "mine\n")
    made = new_leaf(NewLeaf(taxonomy, "knowledge/a/"))
    assert made.files == (made.leaf,)
    assert (taxonomy / "knowledge/a/attribution.txt").read_text() == "mine\n"
    with pytest.raises(LabtopError, match="already exists"):
        new_leaf(NewLeaf(taxonomy, "knowledge/a/qna.yaml"))
    write(taxonomy / "knowledge/b/QNA.yml", "mine\n")
    with pytest.raises(LabtopError, match="already exists"):
        new_leaf(NewLeaf(taxonomy, "knowledge/b"))


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "knowledge", "birds", "science/birds", "/knowledge/a", "../knowledge/a", "knowledge/../../a",
        "knowledge/-a", "knowledge/a b", "knowledge/.hidden", "knowledge/a\nb", "compositional_skills/knowledge/a",
        "knowledge/file/a", "knowledge/link/a", "knowledge/loop/a", f"knowledge/{'a' * 300}",
        f"knowledge/{'abcdefg/' * 600}",
    ],
)  # fmt: skip
def test_invalid_leaf_paths(taxonomy: Path, path: str) -> None:
    write(taxonomy / "knowledge/file", "x")
    (taxonomy.parent / "outside").mkdir()
    (taxonomy / "knowledge/link").symlink_to(taxonomy.parent / "outside")
    (taxonomy / "knowledge/loop").symlink_to("loop")
    with pytest.raises(LabtopError):
        new_leaf(NewLeaf(taxonomy, path))
    assert not list(taxonomy.parent.rglob("qna.yaml"))


def test_sparse_checkout_with_the_leaf(taxonomy: Path) -> None:
    for name in ("arts", "science"):
        write(taxonomy / f"knowledge/{name}/qna.yaml", "mine\n")
    git(taxonomy, "init", "--quiet")
    commit_all(taxonomy)
    git(taxonomy, "sparse-checkout", "set", "knowledge/arts")
    for path in ("knowledge/science", "knowledge/science/qna.yaml"):
        with pytest.raises(LabtopError, match=r"knowledge/science/qna\.yaml already exists") as caught:
            new_leaf(NewLeaf(taxonomy, path, branch="add/science"))
        assert caught.value.hint
    assert git(taxonomy, "status", "--porcelain") == ""
    assert new_leaf(NewLeaf(taxonomy, "knowledge/science/birds")).leaf.exists()


def test_misnamed_file_as_a_path_is_rejected(taxonomy: Path) -> None:
    with pytest.raises(LabtopError, match=r"must be named qna\.yaml") as caught:
        new_leaf(NewLeaf(taxonomy, "knowledge/a/qna.yml"))
    assert caught.value.hint == "Give its folder: knowledge/a"
    assert not (taxonomy / "knowledge").exists()


def test_other_rejections(taxonomy: Path, documents: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "bare.git")
    wrong = [
        (NewLeaf(tmp_path / "bare.git", "knowledge/a"), "a bare git"),
        (NewLeaf(taxonomy, "knowledge/a", branch="x"), "not in a git"),
        (NewLeaf(taxonomy, "knowledge/a", kind="skill"), "is not a path for skill"),
        (NewLeaf(tmp_path / "nowhere", "knowledge/a"), "taxonomy folder .* does not exist"),
        (NewLeaf(write(taxonomy / "knowledge/b/qna.yaml", "").parent.parent, "knowledge/a"), "inside a taxonomy"),
        (NewLeaf(taxonomy, "knowledge/a", document=str(taxonomy)), "not in a git"),
        (NewLeaf(taxonomy, "knowledge/a", document="./nowhere"), "no folder"),
        (NewLeaf(taxonomy, "knowledge/a", document="ext::sh -c x"), "not an address"),
        (NewLeaf(taxonomy, "knowledge/a", document=str(documents), commit="nothing"), "no commit 'nothing'"),
        (NewLeaf(taxonomy, "knowledge/a", document=str(documents), commit="--output=x"), "no commit '--output"),
        (NewLeaf(taxonomy, "knowledge/a", document=str(documents), files=("no.md",)), "matches 'no.md'"),
        (NewLeaf(taxonomy, "knowledge/a", document=str(documents), files=("../*",)), "leads out of the documents'"),
    ]
    for options, what in wrong:
        with pytest.raises(LabtopError, match=what):
            new_leaf(options)
    assert not (tmp_path / "bare.git/knowledge").exists()
    git(documents, "rm", "-r", "--quiet", "birds.md", "more")
    commit_all(documents)
    with pytest.raises(LabtopError, match="no markdown file"):
        new_leaf(NewLeaf(taxonomy, "knowledge/a", document=str(documents)))
    assert not (taxonomy / "knowledge/a").exists()


def test_author_is_empty_without_a_name_in_git(taxonomy: Path, own_home: Path) -> None:
    (own_home / "gitconfig").write_text("")
    made = new_leaf(NewLeaf(taxonomy, "knowledge/a"))
    assert "\ncreated_by:\n" in made.leaf.read_text()


def test_full_disk_leaves_no_files(taxonomy: Path) -> None:
    before, there = resource.getrlimit(resource.RLIMIT_FSIZE), sorted(taxonomy.rglob("*"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (400, before[1]))  # bytes; attribution.txt has fewer, qna.yaml more
    try:
        with pytest.raises(LabtopError, match="writing"):
            new_leaf(NewLeaf(taxonomy, "knowledge/new/leaf"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert sorted(taxonomy.rglob("*")) == there
