"""Verdicts against InstructLab's own schema package, run as `ilab taxonomy diff` runs it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from core.taxonomy.format import reader
from core.taxonomy.format.positions import Parsed
from core.taxonomy.format.reader import MAX_NODES
from core.taxonomy.lint import lint_file
from tests.core.taxonomy import peer
from tests.core.taxonomy.leaves import edited, knowledge, skill, write

COMMUNITY = Path(__file__).parents[3].parent / "shared" / "data" / "taxonomy"

K = "knowledge/birds/qna.yaml"
S = "compositional_skills/adding/qna.yaml"

CASES: dict[str, tuple[str, str]] = {
    "knowledge": (K, knowledge()),
    "skill 1": (S, skill(1)),
    "skill 2": (S, skill(2)),
    "skill 3": (S, skill(3)),
    "skill without version": (S, skill(None, examples=1)),
    "skill without version, trailing spaces": (S, edited(skill(None), "Add numbers", "Add numbers  ")),
    "skill with context": (S, skill(context=True)),
    "foundational": ("foundational_skills/adding/qna.yaml", skill(1)),
    "knowledge outside": ("birds/qna.yaml", knowledge()),
    "skill outside": ("adding/qna.yaml", skill()),
    "knowledge folder inside skills": ("compositional_skills/knowledge/qna.yaml", skill()),
    "skill among knowledge": (K, skill()),
    "knowledge 1": (K, edited(knowledge(), "version: 3", "version: 1")),
    "knowledge 2": (K, edited(knowledge(), "version: 3", "version: 2")),
    "knowledge without version": (K, edited(knowledge(), "version: 3\n", "")),
    **{
        f"version {value}": (S, edited(skill(), "version: 3", f"version: {value}"))
        for value in ("4", "0", "-1", "3.0", "2.5", "true", "'3'", "null", ".nan", ".inf", "[3]", "three")
    },
    **{
        f"no {key}": (K, "\n".join(line for line in knowledge().split("\n") if not line.startswith(f"{key}:")))
        for key in ("domain", "created_by", "document_outline")
    },
    "no document": (K, knowledge().split("document:")[0]),
    "no commit": (K, "\n".join(line for line in knowledge().split("\n") if "commit:" not in line)),
    "no context": (K, edited(knowledge(), "context: |", "contexts: |")),
    "no answer": (K, edited(knowledge(), "        answer: It sings 0.\n", "")),
    "extra key": (K, knowledge() + "task_description: x\n"),
    "extra key in document": (K, knowledge() + "  branch: x\n"),
    "extra key in pair": (K, edited(knowledge(), "        answer: It", "        note: x\n        answer: It")),
    "extra key in skill example": (S, edited(skill(), "    answer: 1", "    note: x\n    answer: 1")),
    "four seeds": (S, skill(examples=4)),
    "no seeds": (S, skill(1, examples=0)),
    "two pairs": (
        K,
        edited(knowledge(), "      - question: What does bird 0 do 2?\n        answer: It sings 2.\n", ""),
    ),
    "same pair": (K, edited(edited(knowledge(), "bird 0 do 1", "bird 0 do 0"), "sings 1.", "sings 0.")),
    "same seed": (S, edited(edited(skill(), "What is 1 +", "What is 0 +"), "answer: 2, exactly", "answer: 1, exactly")),
    "same seed, version 1": (S, skill(1) + "  - question: What is 0 + 1?\n    answer: 1, exactly.\n"),
    "number as commit": (K, knowledge(commit="1234567")),
    "date as author": (K, edited(knowledge(), "someone", "2024-01-01")),
    "empty question": (S, edited(skill(), "question: What is 0 + 1?", "question: ''")),
    "blank question": (S, edited(skill(), "question: What is 0 + 1?", "question: '  '")),
    "question without value": (S, edited(skill(), "question: What is 0 + 1?", "question:")),
    "empty task": (S, edited(skill(), "Add numbers", "''")),
    "empty task, version 1": (S, edited(skill(1), "Add numbers", "''")),
    "empty patterns": (K, knowledge(patterns="[]")),
    "same patterns": (K, knowledge(patterns="[a.md, a.md]")),
    "number among patterns": (K, knowledge(patterns="[1]")),
    "document as list": (K, knowledge().split("document:")[0] + "document: []\n"),
    "seeds as mapping": (S, skill().split("seed_examples:")[0] + "seed_examples: {a: b}\n"),
    "seeds as texts": (S, skill().split("seed_examples:")[0] + "seed_examples: [a, b, c, d, e]\n"),
    "branch as commit": (K, knowledge(commit="main")),
    "empty": (K, ""),
    "only a comment": (K, "# nothing\n"),
    "a list": (K, "- a\n"),
    "a text": (K, "hello\n"),
    "zero": (K, "0\n"),
    "mapping values": (S, edited(skill(), "Add numbers", "Add: numbers")),
    "tab": (S, edited(skill(), "    answer: 1", "\tanswer: 1")),
    "tab before colon": (S, edited(skill(1), "created_by:", "created_by\t:")),
    "question mark in brackets": (K, knowledge(patterns="[what?.md]")),
    "open quote": (S, edited(skill(), "Add numbers", "'Add numbers")),
    "at sign": (S, edited(skill(), "someone", "@someone")),
    "merge markers": (S, edited(skill(), "created_by", "<<<<<<< HEAD\ncreated_by")),
    "two documents": (S, skill() + "---\n" + skill()),
    "undefined alias": (S, edited(skill(), "Add numbers", "*nothing")),
    "alias": (S, edited(edited(skill(), "someone", "&me someone"), "Add numbers", "*me")),
    "python tag": (S, edited(skill(), "Add numbers", "!!python/name:os.system x")),
    "no such date": (S, edited(skill(), "Add numbers", "2024-13-45")),
    "control character": (S, edited(skill(), "Add numbers", "Add \x01numbers")),
    "deep": (S, skill() + "deep: " + "[" * 3000 + "]" * 3000 + "\n"),
    "byte order mark": (S, "\ufeff" + skill()),
    "two byte order marks": (S, "\ufeff\ufeff" + skill()),
    "comment directly after a block indicator": (K, edited(knowledge(), "context: |", "context: |#")),
    "comment after a block indicator": (K, edited(knowledge(), "context: |", "context: | #")),
    "byte order mark at the end": (S, skill(1) + "\ufeff"),
    "byte order mark before a key": (S, edited(skill(1), "created_by", "\ufeffcreated_by")),
    "byte order mark in a text": (S, edited(skill(), "Add numbers", "Add \ufeff numbers")),
    "tab after a block indicator": (S, edited(skill(1), "Add numbers", "|\t\n  Add numbers")),
    "tab and comment after a block indicator": (K, edited(knowledge(), "context: |", "context: |-\t# c")),
    "space and tab after a block indicator": (K, edited(knowledge(), "context: |", "context: | \t# c")),
    **{
        f"tab first in a block: {block!r}": (S, edited(skill(), "answer: 2, exactly.", f"answer: {block}"))
        for block in (
            "|\n      \tall:\n      \t\techo",
            ">\n      \tall\n      \tof it",
            ">-\n      \tall\n      of it",
            "|  # make\n\n      \tall",
            "|\n\x85      \tall",
            "|\n  \u2028\n      \tall",
            "&a |\n     \tall",
            "|2\n      \tall",
            "|\n    \tall",
            "|\n\tall",
            "|\n  \tall",
            "|\n      \t\n      all",
            "|\n      \tall\n    more: [",
            "'x |\n      \tall'",
            "x |\n      \tall",
        )
    },
    "YAML 1.2": (S, "%YAML 1.2\n---\n" + skill()),
    "huge number": (S, edited(skill(), "Add numbers", "9" * 5000)),
    "windows lines": (S, skill().replace("\n", "\r\n")),
    "json": (S, '{"version": 3, "created_by": "x", "task_description": "y", "seed_examples": []}\n'),
    "trailing spaces": (S, edited(skill(), "Add numbers", "Add numbers ")),
    "no final newline": (S, skill().rstrip()),
    "blank line at the end": (S, skill() + "\n"),
    "blank line at the start": (S, "\n" + skill()),
    "two blank lines": (S, edited(skill(), "created_by", "\n\ncreated_by")),
    "three blank lines": (S, edited(skill(), "created_by", "\n\n\ncreated_by")),
    "same key": (S, edited(skill(), "created_by: someone", "created_by: someone\ncreated_by: other")),
    "same key, version 1": (S, edited(skill(1), "created_by: someone", "created_by: someone\ncreated_by: other")),
    "long line": (S, edited(skill(), "Add numbers", "Add numbers" * 30)),
    "lists not indented": (S, skill().replace("\n  ", "\n")),
    "lists indented by two ways": (K, edited(knowledge(), "  patterns: ['*.md']", "  patterns:\n  - '*.md'")),
    "three spaces": (K, edited(knowledge(), "  repo", "   repo").replace("\n  c", "\n   c").replace("\n  p", "\n   p")),
    "two spaces after colon": (S, edited(skill(), "created_by: ", "created_by:  ")),
    "space before colon": (S, edited(skill(), "created_by:", "created_by :")),
    "two spaces after hyphen": (S, edited(skill(), "  - question", "  -  question").replace("\n    a", "\n     a", 1)),
    "no space after comma": (K, knowledge(patterns="[a.md,b.md]")),
    "space before comma": (K, knowledge(patterns="[a.md , b.md]")),
    "two spaces in brackets": (K, knowledge(patterns="[  a.md]")),
    "one space in brackets": (K, knowledge(patterns="[ a.md ]")),
    "document start": (S, "---\n" + skill()),
}

DIFFERENT = {
    "patterns as text": (K, knowledge(patterns="'*.md'")),
}
"""What the peer rejects and we understand, with a warning."""


@pytest.fixture(autouse=True)
def _yamllint_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The peer calls yamllint by name."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))


@pytest.mark.parametrize("case", CASES)
def test_same_verdict_as_the_peer(case: str, tmp_path: Path) -> None:
    name, text = CASES[case]
    path = tmp_path / "taxonomy" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode())
    findings = lint_file(path)
    rejected = peer.rejects(path)
    assert any(found.severity == "error" for found in findings) == rejected, findings
    assert peer.rejects(path, peer.QuickParser) == rejected, "the mutations' peer is the peer"


@pytest.mark.parametrize("case", [case for case in CASES if case.startswith("tab first")])
def test_block_that_starts_with_a_tab(case: str) -> None:
    text = CASES[case][1]
    parsed = reader.parse(text)
    if isinstance(parsed, Parsed):
        assert parsed.value == yaml.safe_load(text)
        span = parsed.span(("seed_examples", 1, "answer"))
        assert (span.line, text.split("\n")[span.end_line].strip()) == (8, "- question: What is 2 + 1?")
    else:
        with pytest.raises(yaml.YAMLError):
            yaml.safe_load(text)


@pytest.mark.parametrize("case", DIFFERENT)
def test_difference_is_a_warning(case: str, tmp_path: Path) -> None:
    name, text = DIFFERENT[case]
    path = write(tmp_path / name, text)
    assert [found.severity for found in lint_file(path)] == ["warning"]
    assert peer.rejects(path)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("yaml-version", "%YAML 1.3\n---\n" + skill()),
        ("escape", edited(skill(), "Add numbers", r'"\ud83d\ude00"')),
    ],
)
def test_difference_to_the_peer_has_a_code(code: str, text: str, tmp_path: Path) -> None:
    path = write(tmp_path / S, text)
    assert [(found.code, found.severity) for found in lint_file(path)] == [(code, "error")]
    assert not peer.rejects(path)


def test_comments_for_yamllint_are_ignored(tmp_path: Path) -> None:
    text = "# yamllint disable\n" + edited(skill(), "Add numbers", "Add numbers  ")
    path = write(tmp_path / S, text)
    assert [found.code for found in lint_file(path)] == ["trailing-spaces"]
    assert not peer.rejects(path)


def test_block_that_starts_with_a_tab_in_a_long_file(tmp_path: Path) -> None:
    text = edited(skill(), "answer: 2, exactly.", "answer: |\n      \tall") + "# comment\n" * 10_000
    path = write(tmp_path / S, text)
    assert [found.code for found in lint_file(path)] == ["syntax"]


def test_leaf_beyond_the_limits(tmp_path: Path) -> None:
    """The peer takes some minutes over such a file; the limits are in docs/lint.md."""
    path = write(tmp_path / S, skill(examples=MAX_NODES // 5))
    assert [found.code for found in lint_file(path)] == ["too-large"]


@pytest.mark.skipif(not COMMUNITY.is_dir(), reason="the community's taxonomy is not on this machine")
def test_same_verdict_on_the_community_taxonomy() -> None:
    for path in sorted(COMMUNITY.rglob("qna.yaml")):
        findings = lint_file(path)
        assert any(found.severity == "error" for found in findings) == peer.rejects(path), (path, findings)
