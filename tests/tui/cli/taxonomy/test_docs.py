"""`labtop taxonomy docs`: real repositories, real git."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core import paths
from core.taxonomy.lint import lint_paths
from core.taxonomy.rules.options import AdviceOptions
from tests.core.taxonomy.leaves import commit_all, knowledge, skill, write
from tui.cli.taxonomy.commands import taxonomy

ABOUT = "# Birds\n\n" + "\n".join(f"Bird {number} sings.\n\n# It is loud.\n" for number in range(5))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(taxonomy, ["docs", *map(str, arguments)])


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A documents' repository."""
    folder = tmp_path / "origin"
    write(folder / "birds.md", ABOUT)
    write(folder / "extra/more.md", "More.\n\n![a bird](bird.png)\n")
    return folder


def leaf(tmp_path: Path, origin: Path, patterns: str) -> Path:
    """A taxonomy with one knowledge leaf about a repository, and a skill."""
    root = tmp_path / "tree"
    text = knowledge(repo=str(origin), commit=commit_all(origin), patterns=patterns)
    write(root / "knowledge/birds/qna.yaml", text)
    write(root / "compositional_skills/adding/qna.yaml", skill())
    return root


def test_docs_lists_files(tmp_path: Path, origin: Path) -> None:
    root = leaf(tmp_path, origin, "['birds.md', '**/*.md', 'none*.md']")
    done = run("--taxonomy-path", root, "--taxonomy-base", "empty", "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == 0
    (only,) = report["leaves"]
    assert only["path"] == "knowledge/birds/qna.yaml"
    assert only["patterns"] == [
        {"pattern": "birds.md", "files": ["birds.md"]},
        {"pattern": "**/*.md", "files": ["birds.md", "extra/more.md"]},
        {"pattern": "none*.md", "files": []},
    ]
    codes = [found["code"] for found in only["diagnostics"]]
    assert sorted(codes) == ["document-markdown", "overlapping-patterns", "unmatched-pattern"]
    assert done.stderr == ""


def test_docs_reports_fetch_once(tmp_path: Path, origin: Path) -> None:
    root = leaf(tmp_path, origin, "['birds.md']")
    first, second = (run("--taxonomy-path", root, "--taxonomy-base", "empty") for _ in range(2))
    assert first.stderr.startswith(f"Fetching {origin} at ")
    assert second.stderr == ""
    assert first.stdout == second.stdout


def test_docs_one_bad_document(tmp_path: Path, origin: Path) -> None:
    (origin / "latin.md").write_bytes("Vögel\n".encode("latin-1"))
    root = leaf(tmp_path, origin, "['birds.md', 'l*.md', 'extra/*.md']")
    done = run("--taxonomy-path", root, "--taxonomy-base", "empty", "--json")
    (only,) = json.loads(done.stdout)["leaves"]
    assert done.exit_code == 1
    assert [found["files"] for found in only["patterns"]] == [["birds.md"], ["latin.md"], ["extra/more.md"]]
    assert [document["name"] for document in only["documents"]] == ["birds.md", "extra/more.md"]
    errors = [found["message"] for found in only["diagnostics"] if found["severity"] == "error"]
    assert errors == ["The document latin.md is not UTF-8 text"]
    shown = run("--taxonomy-path", root, "--taxonomy-base", "empty").stdout
    assert "birds.md  37 words" in shown
    assert "latin.md  cannot be used" in shown


def test_docs_document_without_words(tmp_path: Path, origin: Path) -> None:
    write(origin / "blank.md", "\n")
    root = leaf(tmp_path, origin, "['*.md']")
    done = run("--taxonomy-path", root, "--taxonomy-base", "empty", "--json")
    assert done.exit_code == 1
    (only,) = json.loads(done.stdout)["leaves"]
    assert [found["code"] for found in only["diagnostics"]] == ["unusable-document"]
    assert "blank.md" in only["diagnostics"][0]["message"]
    found = lint_paths([root], AdviceOptions(), paths.current().documents_cache_dir).diagnostics
    assert [one.severity for one in found if one.code == "unusable-document"] == ["warning"]


def test_docs_hides_password_and_control_characters(tmp_path: Path) -> None:
    origin = tmp_path / "ori\x1b[31mgin"
    write(origin / "bi\x1b[32mrds.md", ABOUT)
    commit = commit_all(origin)
    root = tmp_path / "tree"
    repo = json.dumps(str(origin))
    write(root / "knowledge/bi\x1b[33mrds/qna.yaml", knowledge(repo=repo, commit=commit, patterns="['**/*.md']"))
    locked = "http://me:se\\ecret@127.0.0.1:1/x\\e[34m.git"
    write(root / "knowledge/locked/qna.yaml", knowledge(repo=f'"{locked}"', commit=commit))
    for form in ((), ("--json",)):
        done = run("--taxonomy-path", root, "--taxonomy-base", "empty", *form)
        assert "\x1b" not in done.output
        assert "cret" not in done.output
        assert "mrds.md" in done.stdout


def test_lint_uses_fetched_documents(tmp_path: Path, origin: Path) -> None:
    root = leaf(tmp_path, origin, "['birds.md']")
    file = root / "knowledge/birds/qna.yaml"
    write(file, file.read_text().replace("Bird 3 sings.", "Fish three swims in the very deep and cold sea."))
    options, cache = AdviceOptions(), paths.current().documents_cache_dir

    def codes() -> list[str]:
        return [found.code for found in lint_paths([file], options, cache).diagnostics]

    assert codes() == ["attribution-missing"]
    shown = run("--taxonomy-path", file)
    assert shown.exit_code == 0
    assert "birds.md  37 words" in shown.stdout
    assert "context-not-in-document" in shown.stdout
    origin.rename(tmp_path / "gone")
    assert codes() == ["attribution-missing", "context-not-in-document"]


def test_docs_unreachable_repository_is_finding(tmp_path: Path, origin: Path) -> None:
    root = leaf(tmp_path, origin, "['*.md']")
    write(root / "knowledge/away/qna.yaml", knowledge(repo=str(tmp_path / "nowhere")))
    write(root / "knowledge/broken/qna.yaml", "a: [\n")
    write(root / "knowledge/half/qna.yaml", "version: 3\n")
    done = run("--taxonomy-path", root, "--taxonomy-base", "empty", "--json")
    report = json.loads(done.stdout)
    assert (done.exit_code, report["errors"]) == (1, 3)
    codes = {leaf["path"]: [found["code"] for found in leaf["diagnostics"]] for leaf in report["leaves"]}
    assert codes == {
        "knowledge/away/qna.yaml": ["unusable-document"],
        "knowledge/birds/qna.yaml": [],
        "knowledge/broken/qna.yaml": ["syntax"],
        "knowledge/half/qna.yaml": ["unusable-document"],
    }


def test_docs_without_changes(tmp_path: Path) -> None:
    write(tmp_path / "tree/compositional_skills/adding/qna.yaml", skill())
    done = run("--taxonomy-path", tmp_path / "tree", "--taxonomy-base", "empty")
    assert (done.exit_code, done.stdout) == (0, "No knowledge leaf has changed, so there are no documents to fetch.\n")
