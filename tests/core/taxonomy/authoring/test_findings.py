"""Walking through the findings of many files."""

from __future__ import annotations

from pathlib import PurePosixPath

from core.taxonomy.authoring.findings import Findings
from core.taxonomy.format.diagnostics import Diagnostic, Finding, Span

A, B, C = (PurePosixPath(f"knowledge/{name}/qna.yaml") for name in "abc")


def found(line: int, code: str = "x") -> Diagnostic:
    return Diagnostic.of(Finding(Span(line, 1, line, 2), code, code), "file")


def test_findings_are_ordered_by_file_and_line() -> None:
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


def test_neighbour_is_found_across_files() -> None:
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
