"""Walking through the findings of many files."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from core.taxonomy.format.diagnostics import Diagnostic, Span
from core.taxonomy.rules.options import AdviceOptions
from tests.core.taxonomy.leaves import commit_all, skill, write
from tui.taxonomy_completion import folders_for
from tui.taxonomy_findings import Findings
from tui.taxonomy_reading import GitView, WholeTree, find_files

A, B, C = (PurePosixPath(f"knowledge/{name}/qna.yaml") for name in "abc")


def found(line: int, code: str = "x") -> Diagnostic:
    return Diagnostic.at(Span(line, 1, line, 2), "file", code, code)


def test_both_passes_are_in_the_order_of_files_and_lines() -> None:
    findings = Findings()
    findings.keep([C, A, B])
    findings.set_first({B: [found(5)], A: [found(2)]})
    findings.set_second({A: [found(1, "advice")]})
    assert [(problem.file, problem.found.line) for problem in findings.problems] == [(A, 1), (A, 2), (B, 5)]
    kept = findings.problems[1]
    findings.set_second({A: []})
    assert findings.problems[0] is kept
    findings.keep([B])
    assert [problem.file for problem in findings.problems] == [B]
    assert findings.of(A) == ()


def test_the_neighbour_of_a_place_is_found_across_files() -> None:
    findings = Findings()
    findings.keep([A, B, C])
    assert findings.neighbour(A, 1, 1, 1) is None
    findings.set_first({A: [found(2), found(9)], C: [found(4)]})
    first, second, third = findings.problems
    assert findings.neighbour(PurePosixPath(), 0, 0, 1) is first
    assert findings.neighbour(A, 2, 1, 1) is second
    assert findings.neighbour(B, 1, 1, 1) is third
    assert findings.neighbour(C, 4, 1, 1) is first
    assert findings.neighbour(A, 2, 1, -1) is third
    assert findings.neighbour(B, 1, 1, -1) is second


def test_what_two_leaves_share_is_told_of_the_newer(tmp_path: Path) -> None:
    new, old = (PurePosixPath(f"compositional_skills/{name}/qna.yaml") for name in ("a", "b"))
    write(tmp_path / old, skill())
    commit_all(tmp_path)
    write(tmp_path / new, skill())
    options = AdviceOptions()
    whole = WholeTree(tmp_path, find_files(tmp_path) or [], options, GitView.of(tmp_path, "main", options))
    told = {file: {one.code for one in found} for batch in whole.findings() for file, found in batch.items()}
    assert [file for file in (new, old) if "duplicate-across" in told[file]] == [new]


def test_folders_go_on_with_what_is_typed() -> None:
    leaves = [PurePosixPath("knowledge/science/space/qna.yaml"), PurePosixPath("knowledge/art/music/qna.yaml")]
    assert folders_for("", leaves) == ["compositional_skills/", "knowledge/"]
    assert folders_for("know", leaves) == ["knowledge/"]
    assert folders_for("knowledge/s", leaves) == ["knowledge/science/"]
    assert folders_for("knowledge/science/", leaves) == []
