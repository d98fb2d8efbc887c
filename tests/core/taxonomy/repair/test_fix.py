"""Fixing a leaf's text mechanically: nothing else changes."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from core.errors import LabtopError
from core.taxonomy.format import reader
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.format.positions import Parsed
from core.taxonomy.lint import lint_text
from core.taxonomy.repair.files import FixReport, fix_paths
from core.taxonomy.repair.fix import fix_one, fix_text, fixable
from tests.core.taxonomy.leaves import edited, knowledge, skill, write
from tests.core.taxonomy.repair.messy import leaves
from tests.core.taxonomy.test_lint import HOSTILE

K = Path("knowledge/birds/qna.yaml")
S = Path("compositional_skills/adding/qna.yaml")


def value_of(text: str) -> object:
    """What is read, `patterns` as a list."""
    parsed = reader.parse(text)
    assert isinstance(parsed, Parsed), parsed
    document = parsed.value.get("document", {})
    if isinstance(document.get("patterns"), str):
        document["patterns"] = [document["patterns"]]
    return parsed.value


def comments_of(text: str) -> Counter[str]:
    """The comments, which are where no token is."""
    source = text.removeprefix("\ufeff").replace("\r\n", "\n")
    found: Counter[str] = Counter()
    end = 0
    for token in yaml.scan(source, Loader=yaml.CSafeLoader):
        found.update(match.rstrip() for match in re.findall(r"#[^\n]*", source[end : token.start_mark.index]))
        end = token.end_mark.index
    return found


def is_content(text: str, found: Diagnostic) -> bool:
    """Whether a finding is about white space that a text of the leaf holds."""
    fixed = fix_one(text, K, found)
    return fixed is None or value_of(fixed) != value_of(text)


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(leaves())
def test_fix_text_is_complete_and_changes_no_value(text: str) -> None:
    before = value_of(text)
    fixed = fix_text(text, K)
    assert value_of(fixed) == before
    assert comments_of(fixed) == comments_of(text)
    assert fix_text(fixed, K) == fixed
    left = [found for found in lint_text(fixed, K) if fixable(found)]
    assert all(is_content(fixed, found) for found in left), (fixed, left)
    assert text.startswith("\ufeff") == fixed.startswith("\ufeff")
    assert not re.search(r"(?<!\r)\n", fixed) or "\r\n" not in text


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(leaves())
def test_one_finding_at_a_time(text: str) -> None:
    findings = [found for found in lint_text(text, K) if fixable(found)]
    for found in findings[:8]:
        fixed = fix_one(text, K, found)
        if fixed is not None:
            assert fixed != text
            assert comments_of(fixed) == comments_of(text)
            assert found not in lint_text(fixed, K)
            if found.code != "trailing-spaces" and found.code != "empty-lines":
                assert value_of(fixed) == value_of(text)


def test_valid_leaf_is_unchanged() -> None:
    for text, path in ((knowledge(), K), (skill(), S), (skill(1) + "  \n\n", S), ("", S), ("- a  \n", S)):
        assert fix_text(text, path) == text


LEAF = knowledge(repo="x", commit="y")
CONTEXT = "  - context: |\n      Bird 0 sings.\n\n      # It is loud.\n    questions_and_answers:\n"
DOCUMENT = "  repo: x\n  commit: y\n  patterns: ['*.md']\n"
PATTERNS = "  patterns: ['*.md']\n"

FIXES = {
    "trailing spaces": ("domain: birds\n", "domain: birds\n", "domain: birds  \n"),
    "after a comment": ("domain: birds\n", "domain: birds # loud\n", "domain: birds # loud \t\n"),
    "spaces on a blank line of a block": (CONTEXT, CONTEXT, CONTEXT.replace("\n\n", "\n      \n")),
    "blank lines": ("\ncreated", "\n\n\ncreated", "\n\n   \n\n\ncreated"),
    "spaces around a colon": ("domain: birds", "domain: birds", "domain :   birds"),
    "spaces in brackets": ("['*.md']", "[ '*.md', a ]", "[   '*.md' ,a    ]"),
    "spaces in braces": ("domain: birds", "domain: { a: b, c: {} }", "domain: {  a:  b ,c: {}   }"),
    "a mapping": (
        DOCUMENT,
        edited(DOCUMENT, "  c", "  # note\n  c"),
        edited(DOCUMENT, "  c", "  # note\n  c").replace("  ", "    "),
    ),
    "a counted block": ("outline: All about", "outline: |2\n     All about", "outline:   |2\n     All about"),
    "a quoted text": ("domain: birds", 'domain: "a\n  b"', 'domain:  "a  \n  b"'),
    "an escaped space": ("domain: birds", 'domain: "a\\ \n  b"', 'domain:  "a\\ \n  b"'),
    "patterns": (PATTERNS, "  patterns:\n    - '*.md' # all\n", "  patterns: '*.md' # all\n"),
    "patterns below their key": (PATTERNS, "  patterns: # all\n    - a.md\n", "  patterns: # all\n    a.md\n"),
    "patterns in a block": (PATTERNS, '  patterns:\n    - "a.md"\n', "  patterns: |-\n    a.md\n"),
}
"""A stretch of a leaf in order, what is right in its place, and what is wrong there."""


@pytest.mark.parametrize("name", FIXES)
def test_fix_text(name: str) -> None:
    place, right, wrong = FIXES[name]
    assert fix_text(edited(LEAF, place, wrong), K) == edited(LEAF, place, right)


def test_seed_example_moves_as_a_whole() -> None:
    lines = LEAF.split("\n")
    dashes = [number for number, line in enumerate(lines) if line.startswith("  - context")]
    for number in range(dashes[1], dashes[2]):
        lines[number] = f"  {lines[number]}" if number > dashes[1] and lines[number] else lines[number]
    lines[dashes[1]] = lines[dashes[1]].replace("- ", "-   ")
    assert fix_text("\n".join(lines), K) == LEAF


def test_patterns_are_written_as_the_other_lists_are() -> None:
    lists = LEAF.replace("\n  ", "\n").replace("\nrepo", "\n  repo").replace("\ncommit", "\n  commit")
    lists = lists.replace("\n    - quest", "\n  - quest").replace("\n      answer", "\n    answer")
    lists = lists.replace("\npatterns: ['*.md']", "\n  patterns: a.md")
    assert fix_text(lists, K) == lists.replace("patterns: a.md", "patterns:\n  - a.md")
    flow = edited(LEAF, LEAF[LEAF.index("document:") :], "document: {repo: x, commit: y, patterns: a.md}\n")
    assert fix_text(flow, K) == flow.replace("a.md", "[a.md]")


def test_white_space_of_texts_is_kept() -> None:
    """White space in a block is part of the text: only a person can say that it is not meant."""
    text = edited(edited(LEAF, "Bird 0 sings.", "Bird 0 sings.  "), "Bird 1 sings.\n\n", "Bird 1 sings.\n\n\n\n\n")
    assert fix_text(text, K) == text
    spaces, blanks = (found for found in lint_text(text, K) if fixable(found))
    assert (spaces.code, blanks.code) == ("trailing-spaces", "empty-lines")
    assert fix_one(text, K, spaces) == text.replace("sings.  ", "sings.")
    assert fix_one(text, K, blanks) == text.replace("sings.\n\n\n\n\n", "sings.\n\n\n")


def test_around_code_that_starts_with_a_tab() -> None:
    code = edited(LEAF, "Bird 0 sings.", "\tall:\n      \t\techo")
    text = edited(edited(code, "domain: birds", "domain:  birds"), PATTERNS, "  patterns: a.md\n")
    assert fix_text(text, K) == edited(code, PATTERNS, "  patterns:\n    - a.md\n")


def test_the_end_of_the_file() -> None:
    assert fix_text(LEAF + "\n\n", K) == LEAF
    assert fix_text(LEAF.rstrip(), K) == LEAF
    block = edited(LEAF, "document_outline: All about birds\n", "") + "document_outline: >\n  All about birds"
    assert fix_text(block, K) == edited(block, ">", ">-") + "\n"


def test_line_ends_and_byte_order_mark_are_kept() -> None:
    mixed = "\ufeff" + edited(LEAF, "domain: birds\n", "domain:  birds\r\n").rstrip()
    assert fix_text(mixed, K) == "\ufeff" + edited(LEAF, "domain: birds\n", "domain: birds\r\n")
    windows = edited(LEAF, PATTERNS, "  patterns: a.md\n").replace("\n", "\r\n").rstrip()
    assert fix_text(windows, K) == edited(LEAF, PATTERNS, "  patterns:\n    - a.md\n").replace("\n", "\r\n")


def test_fix_one_fixes_one_finding() -> None:
    text = edited(edited(LEAF, "domain: birds", "domain:  birds"), "  repo: x\n", "  repo:  x \n")
    found = next(found for found in lint_text(text, K) if found.code == "colons" and found.line > 2)
    assert fix_one(text, K, found) == text.replace("repo:  x", "repo: x")
    assert fix_one(LEAF, K, found) is None
    schema = next(found for found in lint_text(LEAF, K) if found.code == "commit")
    assert not fixable(schema)
    assert fix_one(LEAF, K, schema) is None


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_only_text(name: str) -> None:
    text = "version: 3\n" + HOSTILE[name]
    assert fix_text(text, S).split() == text.split()  # whitespace alone changes


def written_at(file: Path) -> tuple[int, int]:
    """Which file it is, and when it was written; reading may change its other times."""
    status = file.stat()
    return status.st_ino, status.st_mtime_ns


def test_files_are_fixed_atomically(tmp_path: Path) -> None:
    wrong = write(tmp_path / "knowledge/a/qna.yaml", edited(LEAF, "domain: birds", "domain:  birds "))
    wrong.chmod(0o600)
    right = write(tmp_path / "knowledge/b/qna.yaml", LEAF)
    broken = write(tmp_path / "knowledge/c/qna.yaml", "a: [ \n")
    outside = write(tmp_path / "outside/qna.yaml", LEAF + "\n")
    (tmp_path / "knowledge/d").mkdir()
    (tmp_path / "knowledge/d/qna.yaml").symlink_to(outside)
    (tmp_path / "knowledge/e").mkdir()
    (tmp_path / "knowledge/e/qna.yaml").write_bytes(b"a: \xff \n")
    before = written_at(right)
    assert fix_paths([tmp_path / "knowledge"]).fixed == {wrong: {"colons": 1, "trailing-spaces": 1}}
    assert wrong.read_text() == LEAF
    assert stat.S_IMODE(wrong.stat().st_mode) == 0o600
    assert written_at(right) == before
    assert (broken.read_text(), outside.read_text()) == ("a: [ \n", LEAF + "\n")
    assert fix_paths([tmp_path / "knowledge"]) == FixReport()
    with pytest.raises(LabtopError, match="does not exist"):
        fix_paths([tmp_path / "nowhere"])


def test_unwritable_file_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = edited(LEAF, "domain: birds", "domain:  birds")
    protected, free = (write(tmp_path / f"knowledge/{name}/qna.yaml", wrong) for name in "ab")
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != protected and allowed(path, mode))  # for root, all is
    report = fix_paths([tmp_path])
    assert list(report.fixed) == [free]
    assert "write-protected" in report.failed[protected].message
    assert protected.read_text() == wrong
