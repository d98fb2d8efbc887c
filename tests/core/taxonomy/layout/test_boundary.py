"""Links: within a repository they are followed, out of it they are not, and a circle stops nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.taxonomy.authoring.survey import survey
from core.taxonomy.lint import lint_file, lint_paths
from core.taxonomy.repair.files import fix_paths
from core.taxonomy.rules.options import AdviceOptions
from tests.core.taxonomy.leaves import edited, git, knowledge, write

OFF = AdviceOptions({"attribution-missing": "off", "duplicate-across": "off"})


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    """A git repository with a valid leaf, and a broken leaf outside it."""
    git(tmp_path, "init", "--quiet", "repository")
    write(tmp_path / "repository/knowledge/birds/qna.yaml", knowledge())
    write(tmp_path / "elsewhere/qna.yaml", edited(knowledge(), "domain: birds", "domain: 3"))
    return tmp_path / "repository"


def link(path: Path, target: str | Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    return path


def test_circular_links_are_one_finding(taxonomy: Path) -> None:
    circle = link(taxonomy / "knowledge/circle/qna.yaml", "qna.yaml")
    report = lint_paths([taxonomy], OFF)
    assert [(found.path, found.code) for found in report.diagnostics] == [(str(circle), "unreadable")]
    assert "links form a circle" in report.diagnostics[0].message
    assert report.files == 2
    assert not fix_paths([taxonomy]).fixed
    assert [leaf.kind for leaf in survey(taxonomy, OFF)] == ["knowledge", "broken"]


@pytest.mark.parametrize("name", ["knowledge/away/qna.yaml", "knowledge/folder"])
def test_link_out_of_the_repository(taxonomy: Path, name: str) -> None:
    outside = taxonomy.parent / "elsewhere"
    linked = link(taxonomy / name, outside if name.endswith("folder") else outside / "qna.yaml")
    (found,) = lint_file(linked / "qna.yaml" if name.endswith("folder") else linked)
    assert (found.code, found.severity) == ("unreadable", "error")
    assert str(taxonomy) in found.message


def test_link_within_the_repository(taxonomy: Path) -> None:
    linked = link(taxonomy / "knowledge/same/qna.yaml", "../birds/qna.yaml")
    assert lint_file(linked) == []
    assert lint_paths([taxonomy], OFF).files == 2, "it is a leaf of its own"


def test_without_git_the_taxonomy_is_the_boundary(tmp_path: Path) -> None:
    write(tmp_path / "tree/knowledge/birds/qna.yaml", knowledge())
    write(tmp_path / "elsewhere/qna.yaml", knowledge())
    assert lint_file(link(tmp_path / "tree/knowledge/in/qna.yaml", "../birds/qna.yaml")) == []
    (found,) = lint_file(link(tmp_path / "tree/knowledge/out/qna.yaml", tmp_path / "elsewhere/qna.yaml"))
    assert found.code == "unreadable"


def test_taxonomy_behind_a_link(taxonomy: Path) -> None:
    (taxonomy.parent / ".git").mkdir()  # of a home folder, say
    linked = link(taxonomy.parent / "home/taxonomy", taxonomy)
    assert lint_paths([linked], OFF).diagnostics == ()


def test_attribution_outside_is_not_read(taxonomy: Path) -> None:
    said = "".join(f"{name}: x\n" for name in ("Title of work", "Link to work", "Revision"))
    write(taxonomy.parent / "elsewhere/attribution.txt", said)
    link(taxonomy / "knowledge/birds/attribution.txt", taxonomy.parent / "elsewhere/attribution.txt")
    assert [found.code for found in lint_paths([taxonomy], AdviceOptions()).diagnostics] == ["attribution-missing"]


def test_file_is_checked_once(taxonomy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(taxonomy)
    (taxonomy / "knowledge/b").mkdir()
    paths = [Path("knowledge"), taxonomy / "knowledge", Path("knowledge/b/../birds"), Path("knowledge/birds/qna.yaml")]
    report = lint_paths(paths, AdviceOptions({"attribution-missing": "off"}))
    assert (report.files, report.diagnostics) == (1, ())
    assert json.loads(json.dumps(report.to_data()))["files"] == 1
