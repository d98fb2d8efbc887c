"""`labtop taxonomy`, as a person or a script meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.errors import LabtopError
from tests.core.taxonomy.leaves import commit_all, edited, knowledge, skill, write
from tui.cli.taxonomy import taxonomy

BROKEN = edited(skill(), "Add numbers", "Add: numbers")
FAILED = "Reading taxonomy failed with the following error: 1 taxonomy with errors! Exiting.\n"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(taxonomy, [str(argument) for argument in arguments])


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with one leaf on main, and one that is new."""
    write(tmp_path / "tree/compositional_skills/old/qna.yaml", skill())
    commit_all(tmp_path / "tree")
    write(tmp_path / "tree/knowledge/birds/qna.yaml", knowledge())
    return tmp_path / "tree"


def test_diff_of_a_valid_taxonomy(tree: Path) -> None:
    done = run("diff", "--taxonomy-path", tree, "--taxonomy-base", "main")
    assert (done.exit_code, done.stdout) == (0, f"knowledge/birds/qna.yaml\nTaxonomy in {tree} is valid :)\n")


def test_diff_of_a_broken_taxonomy(tree: Path) -> None:
    write(tree / "compositional_skills/new/qna.yaml", BROKEN)
    done = run("diff", "--taxonomy-path", tree, "--taxonomy-base", "main")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[:3] == [
        "compositional_skills/new/qna.yaml",
        "knowledge/birds/qna.yaml",
        "compositional_skills/new/qna.yaml:3:22 error syntax error: mapping values are not allowed here (syntax)",
    ]
    assert done.stderr == FAILED


def test_diff_quiet_and_json(tree: Path) -> None:
    assert run("diff", "--taxonomy-path", tree, "--taxonomy-base", "empty", "--quiet").output == ""
    write(tree / "compositional_skills/new/qna.yaml", BROKEN)
    quiet = run("diff", "--taxonomy-path", tree, "--taxonomy-base", "main", "--quiet")
    assert (quiet.exit_code, quiet.output) == (1, "")
    done = run("diff", "--taxonomy-path", tree, "--taxonomy-base", "main", "--json")
    report = json.loads(done.stdout)
    assert (done.exit_code, done.stderr, report["errors"], report["files"]) == (1, "", 1, 2)
    assert report["changed"] == ["compositional_skills/new/qna.yaml", "knowledge/birds/qna.yaml"]


def test_diff_of_one_file(tree: Path, tmp_path: Path) -> None:
    file = tree / "knowledge/birds/qna.yaml"
    assert run("diff", "--taxonomy-path", file).stdout == f"{file}\nTaxonomy in {file} is valid :)\n"
    broken = run("diff", "--taxonomy-path", write(tmp_path / "qna.yaml", BROKEN))
    assert (broken.exit_code, broken.stderr) == (1, FAILED)


def test_lint(tree: Path) -> None:
    assert run("lint", tree).stdout == "2 files, 0 errors, 0 warnings\n"
    write(tree / "compositional_skills/new/qna.yaml", BROKEN)
    done = run("lint", tree)
    assert done.exit_code == 1
    assert done.stdout.endswith("3 files, 1 error, 0 warnings\n")
    report = json.loads(run("lint", "--json", tree / "knowledge", tree / "compositional_skills/new/qna.yaml").stdout)
    assert (report["files"], report["errors"], report["warnings"]) == (2, 1, 0)
    assert report["diagnostics"][0]["line"] == 3


def test_tree(tree: Path) -> None:
    assert run("tree", "--taxonomy-path", tree).stdout == (
        "compositional_skills\n  old  freeform, 5 seed examples\nknowledge\n  birds  knowledge, 5 seed examples\n"
    )
    assert [leaf["path"] for leaf in json.loads(run("tree", "--taxonomy-path", tree, "--json").stdout)] == [
        "compositional_skills/old",
        "knowledge/birds",
    ]


@pytest.mark.parametrize("command", ["diff", "lint", "tree"])
def test_no_taxonomy_yet(command: str) -> None:
    """The default folder need not exist."""
    assert isinstance(run(command).exception, LabtopError)
