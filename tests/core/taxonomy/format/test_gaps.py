"""Gaps: errors that only say what is still to be written, in parts that are not begun."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from core.taxonomy.authoring.checklist import checklist
from core.taxonomy.authoring.findings import Findings
from core.taxonomy.authoring.leaf_folders import Counts
from core.taxonomy.authoring.scaffold import LeafKind, leaf_text
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.lint import lint_text
from core.taxonomy.rules.options import AdviceOptions
from core.taxonomy.rules.single_leaf import advise_attribution

KNOWLEDGE = Path("knowledge/cats/qna.yaml")
SKILL = Path("compositional_skills/rhymes/qna.yaml")

EMPTY = leaf_text("knowledge", "lena")


def found_in(text: str, path: Path = KNOWLEDGE) -> list[Diagnostic]:
    return lint_text(text, path)


def wrong_in(text: str, path: Path = KNOWLEDGE) -> list[tuple[int, str]]:
    """Line and code of what is more than a gap."""
    return [(found.line, found.code) for found in found_in(text, path) if not found.gap]


def edited(*changes: tuple[str, str]) -> str:
    """The empty leaf, each time with the first occurrence changed."""
    text = EMPTY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


@pytest.mark.parametrize(("kind", "path", "to_write"), [
    ("knowledge", KNOWLEDGE, "5 contexts, 15 pairs to write"),
    ("skill", SKILL, "5 pairs to write"),
    ("grounded-skill", SKILL, "5 contexts, 5 pairs to write"),
])  # fmt: skip
def test_new_leaf_has_only_gaps(kind: LeafKind, path: Path, to_write: str) -> None:
    text = leaf_text(kind, "lena")
    found = found_in(text, path)
    assert found
    assert {one.severity for one in found} == {"error"}  # as the commands report them
    assert wrong_in(text, path) == []
    assert checklist(text, path).to_write == to_write


def test_pair_is_wrong_once_begun() -> None:
    text = edited(("question:", "question: Why?"))
    assert wrong_in(text) == [(5, "type"), (8, "type")]  # its context and its answer
    text = edited(("context:", "context: Cats purr."))
    assert wrong_in(text) == []  # its pairs are not begun
    text = edited(("context:", "context: Cats purr."), ("question:", "question: Why?"), ("answer:", "answer: So."))
    assert wrong_in(text) == []


def test_document_is_wrong_once_begun() -> None:
    assert wrong_in(edited(("repo:", "repo: https://example.org/cats.git"))) == [(48, "type"), (50, "type")]


@pytest.mark.parametrize("value", ["null", "~", "#cats", "5", "[]"])
def test_value_that_is_written_is_no_gap(value: str) -> None:
    assert wrong_in(edited(("domain:", f"domain: {value}"))) == [(2, "type")]


@pytest.mark.parametrize("value", ["|", "''", '""', "# to do"])
def test_value_that_is_empty_is_a_gap(value: str) -> None:
    assert wrong_in(edited(("domain:", f"domain: {value}"))) == []


def test_missing_examples_are_gaps_and_a_wrong_key_is_not() -> None:
    text = "version: 3\ncreated_by: lena\ntask_description: Rhyme.\nseed_examples:\n"
    assert wrong_in(text, SKILL) == []
    assert wrong_in(text + "  - question: Cat?\n    answer: Hat.\n", SKILL) == []
    assert wrong_in(text + "  - qestion:\n    answer:\n", SKILL) == [(5, "unknown-key")]
    assert wrong_in(text.replace("task_description: Rhyme.\n", ""), SKILL) == [(1, "missing-key")]


def test_json_says_what_is_a_gap() -> None:
    data = [found.to_data() for found in found_in(edited(("domain:", "topic: cats\ndomain:")))]
    assert [one["code"] for one in data if not one["gap"]] == ["unknown-key"]
    assert {one["severity"] for one in data} == {"error"}


def test_findings_leave_out_gaps_but_count_them() -> None:
    file = PurePosixPath("knowledge/cats/qna.yaml")
    text = edited(("domain:", "topic: cats\ndomain:"))
    findings = Findings()
    findings.keep([file])
    findings.set_first({file: found_in(text)})
    assert [problem.found.code for problem in findings.problems] == ["unknown-key"]
    counts = Counts.of(findings.of(file))
    assert counts == Counts(1, 0, len(found_in(EMPTY)))
    assert Counts.of(found_in(text), strict=True) == Counts(1 + len(found_in(EMPTY)), 0, 0)


def test_attribution_is_a_gap_until_begun(tmp_path: Path) -> None:
    leaf, file = tmp_path / "qna.yaml", tmp_path / "attribution.txt"
    file.write_text("Title of work:\nLink to work:\nRevision:\nLicense of the work:\nCreator names:\n")
    assert [found.gap for found in advise_attribution(leaf, "knowledge", AdviceOptions())] == [True]
    file.write_text(file.read_text().replace("Title of work:", "Title of work: Cats"))
    assert [found.gap for found in advise_attribution(leaf, "knowledge", AdviceOptions())] == [False]
