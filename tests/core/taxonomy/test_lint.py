"""What lint says and exactly where, and that no text makes it stumble."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.printable import printable
from core.taxonomy.format.diagnostics import MAX_FINDINGS, Diagnostic, Span
from core.taxonomy.format.reader import MAX_BYTES
from core.taxonomy.lint import lint_file, lint_paths, lint_text
from core.taxonomy.repair.fix import fix_text
from tests.core.taxonomy.leaves import edited, knowledge, skill, write

KNOWLEDGE = Path("knowledge/birds/qna.yaml")
SKILL = Path("compositional_skills/adding/qna.yaml")


def only(findings: list[Diagnostic]) -> Diagnostic:
    assert len(findings) == 1, findings
    return findings[0]


def span(found: Diagnostic) -> Span:
    return Span(found.line, found.column, found.end_line, found.end_column)


def marked(text: str, found: Diagnostic) -> str:
    """The stretch of text that a finding points at."""
    lines = text.splitlines(keepends=True)
    if found.line == found.end_line:
        return lines[found.line - 1][found.column - 1 : found.end_column - 1]
    middle = lines[found.line : found.end_line - 1]
    last = lines[found.end_line - 1] if found.end_line <= len(lines) else ""
    return lines[found.line - 1][found.column - 1 :] + "".join(middle) + last[: found.end_column - 1]


def test_valid_leaves_have_no_findings() -> None:
    assert lint_text(knowledge(), KNOWLEDGE) == []
    assert lint_text(skill(), SKILL) == []


@pytest.mark.parametrize(
    ("text", "code", "stretch"),
    [
        (edited(skill(), "someone", "[a, b]"), "type", "[a, b]"),
        (edited(skill(), "someone", "''"), "empty", "''"),
        (edited(skill(), "created_by: someone", "created_by:"), "type", "created_by:"),
        (edited(skill(), "version: 3", "version: '3'"), "version", "'3'"),
        (skill() + "note: |\n  text\n\n  # more\n", "unknown-key", "note"),
        (edited(skill(), "    answer: 3, exactly.\n", ""), "missing-key", "question: What is 2 + 1?"),
        (edited(skill(), "created_by", "créé_par"), "unknown-key", "créé_par"),
        (edited(skill(), "Add numbers", "😀 Add: numbers"), "syntax", ":"),
        (edited(skill(), "Add numbers", "x\u2028y").replace("4, ex", "4,  \nex"), "syntax", None),
        (edited(skill(), "Add numbers", "Add numbers  "), "trailing-spaces", "  "),
        (edited(skill(), "created_by", "\n\n\ncreated_by"), "empty-lines", "\n"),
        (edited(skill(), "created_by", "version: 3\ncreated_by"), "key-duplicates", "version"),
        (edited(skill(), "created_by: ", "created_by:   "), "colons", "   "),
        (edited(skill(), "task_description: ", "task_description:\n    "), "indentation", "  "),
        (edited(skill(), "task_description", "about"), "missing-key", "version: 3"),
        (edited(skill(), "version: 3\n", "version: 4\n"), "version", "4"),
        (skill(examples=4), "too-few", "seed_examples"),
        (skill() + "yes: x\n", "unknown-key", "yes"),
        (skill() + "~: x\n", "unknown-key", "~"),
        (skill() + "0x10: x\n", "unknown-key", "0x10"),
        (skill() + "2024-01-01: x\n", "unknown-key", "2024-01-01"),
        (edited(skill(), "  - question: What is 0 + 1?\n    answer: 1, exactly.", "  -"), "type", "-"),
        (edited(skill(), "Add numbers", "[a,b]"), "commas", "b"),
        ("- a\n- b\n", "type", "- a"),
    ],
)
def test_points_at_the_node_at_fault(text: str, code: str, stretch: str | None) -> None:
    found = next(found for found in lint_text(text, SKILL) if found.code == code)
    if stretch is not None:
        assert marked(text, found) == stretch


def test_missing_key_points_at_the_first_line_of_its_mapping() -> None:
    text = edited(knowledge(), "    questions_and_answers:\n", "    pairs:\n")
    missing = next(found for found in lint_text(text, KNOWLEDGE) if found.code == "missing-key")
    assert "'questions_and_answers'" in missing.message
    assert marked(text, missing) == "context: |"


def test_non_text_key_is_named_as_written() -> None:
    text = skill() + "yes: x\n0x10: x\n~: x\n"
    assert [found.message.split("'")[1] for found in lint_text(text, SKILL)] == ["yes", "0x10", "~"]


def test_missing_document_key_is_reported_at_document() -> None:
    found = only(lint_text(edited(knowledge(), "  repo: https://example.org/docs.git\n", ""), KNOWLEDGE))
    assert (found.code, marked(knowledge(), found)) == ("missing-key", "document")


def test_lines_are_those_of_an_editor() -> None:
    """Three characters count as line ends in YAML 1.1, and for no editor."""
    text = edited(skill(), "Add numbers", "'a\u2028b\u0085c'").replace("someone", "''")
    assert span(only(lint_text(text, SKILL))) == Span(2, 13, 2, 15)
    later = edited(text, "question: What is 4 + 1?", "question: 4").replace("''", "me")
    assert only(lint_text(later, SKILL)).line == 1 + later[: later.index("question: 4")].count("\n")


def test_windows_line_ends_do_not_move_anything() -> None:
    text = edited(skill(), "question: What is 4 + 1?", "question: 4")
    assert lint_text(text, SKILL) == lint_text(text.replace("\n", "\r\n"), SKILL)


def test_the_documented_lines() -> None:
    long_line = edited(skill(), "task_description: Add numbers", "task_description: " + "Add a " * 64 + "b.")
    assert str(only(lint_text(long_line, SKILL))) == (
        f"{SKILL}:3:121: [warning] line too long (404 > 120 characters) (line-length)"
    )
    broken = "version: 3\n" * 7 + "a:\n  question: Why: so\n"
    found = only(lint_text(broken, SKILL))
    assert str(found) == f"{SKILL}:9:16 error syntax error: mapping values are not allowed here (syntax)"
    assert found.line_of_text == f"{SKILL}:9:16 error this text contains ': ', so it needs quotes (syntax)"
    [long] = [one.line_of_text for one in lint_text(long_line, SKILL)]
    assert long == f"{SKILL}:3:121 warning line too long (404 > 120 characters) (line-length)"


def test_address_may_be_longer_than_a_line() -> None:
    text = knowledge(repo=f"https://example.org/{'a' * 150}.git")
    assert lint_text(text, KNOWLEDGE) == []


def test_hints_name_the_meant_key() -> None:
    assert only(lint_text(skill() + "taskdescription: x\n", SKILL)).hint != ""
    typo = lint_text(edited(skill(), "task_description", "task_descripton"), SKILL)
    assert only(typo).hint == "Did you mean 'task_description'?"
    pair = only(lint_text(edited(knowledge(), "answer: It sings 0", "anwser: It sings 0"), KNOWLEDGE))
    assert (pair.code, pair.severity) == ("unknown-key", "error")
    assert pair.fix is not None
    assert pair.fix.text == "answer"
    more = edited(knowledge(), "answer: It sings 0.", "answer: It sings 0.\n        anwser: x")
    assert only(lint_text(more, KNOWLEDGE)).severity == "warning"


@pytest.mark.parametrize(
    "written",
    [
        "a.md\n    - b.md",
        "|\n    README.md\n    b.md",
        "|\n    README.md",
        "a.md, b.md",
        "a.md b.md",
        "a.md\n    b.md",
        "\n    -git/*.md",
        "\n    – git/*.md\n    – b.md",
        "\n    -a.md\n    - b.md",
    ],
)
def test_patterns_text_that_is_not_one_pattern_is_an_error(written: str) -> None:
    text = edited(knowledge(), " ['*.md']", written if written[0] == "\n" else f" {written}")
    found = only(lint_text(text, KNOWLEDGE))
    assert (found.code, found.severity) == ("type", "error")
    assert found.hint
    assert found.hint.endswith("Write each item on a line of its own, after '- '.")
    assert fix_text(text, KNOWLEDGE) == text


def test_pattern_may_contain_special_characters() -> None:
    for written in ("'*.md'", "git/*.md", "my docs/*.md", "'a-b/**/c-?.md'"):
        found = only(lint_text(knowledge(patterns=written), KNOWLEDGE))
        assert (found.code, found.severity) == ("scalar-patterns", "warning")


def test_merge_conflict_is_named() -> None:
    text = edited(skill(), "created_by", "<<<<<<< HEAD\ncreated_by")
    assert only(lint_text(text, SKILL)).code == "merge-conflict"


def test_unused_folder_and_misnamed_files_are_reported(tmp_path: Path) -> None:
    unused = write(tmp_path / "foundational/a/qna.yaml", skill(1))
    write(tmp_path / "foundational_skills/a/qna.yaml", skill(1))
    assert [(found.code, found.severity) for found in lint_file(unused)] == [("unused-folder", "warning")]
    assert lint_file(tmp_path / "foundational_skills/a/qna.yaml") == []
    # A skill even with a key that only knowledge has: outside of these folders that key decides.
    assert only(lint_text(f"{skill()}document: x\n", tmp_path / "foundational_skills/a/qna.yaml")).code == "unknown-key"
    report = lint_paths([write(tmp_path / "knowledge/a/QNA.yml", "").parent])
    assert (report.files, report.errors, report.warnings) == (0, 0, 1)
    assert lint_paths([tmp_path / "knowledge/a/QNA.yml"]).errors == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("linguistics/grammar/qna.yaml", "Move 'linguistics' into"),
        ("Knowledge/birds/qna.yaml", "Rename 'Knowledge' to 'knowledge'"),
        ("compositional-skills/sums/qna.yaml", "Rename 'compositional-skills' to 'compositional_skills'"),
        ("qna.yaml", "Move it into"),
    ],
)
def test_unused_folder_at_the_top(name: str, said: str, tmp_path: Path) -> None:
    """Once it is known where the taxonomy begins: by git, or by a folder of a kind."""
    leaf = write(tmp_path / "taxonomy" / name, skill())
    assert lint_file(leaf) == []
    (tmp_path / "taxonomy/.git").mkdir()
    found = only(lint_file(leaf))
    assert (found.code, found.severity) == ("unused-folder", "warning")
    assert found.hint
    assert said in found.hint
    (tmp_path / "taxonomy/.git").rename(tmp_path / "taxonomy/knowledge")
    assert only(lint_text(skill(), leaf)).code == "unused-folder"
    assert only(list(lint_paths([tmp_path]).diagnostics)).code == "unused-folder"


def test_used_folders(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name in ("knowledge/a", "taxonomy/compositional_skills/b/c", "knowledge/linguistics"):
        text = knowledge() if name.startswith("knowledge") else skill()
        assert lint_file(write(tmp_path / name / "qna.yaml", text)) == []


def test_broken_file_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path / "a/qna.yaml", "a: [\n")
    write(tmp_path / "b/qna.yaml", edited(skill(), "someone", "''"))
    (tmp_path / "c").mkdir()
    (tmp_path / "c/qna.yaml").write_bytes("a: é".encode("latin-1"))
    os.mkfifo(tmp_path / "qna.yaml")
    report = lint_paths([tmp_path])
    assert report.files == 4
    assert [found.code for found in report.diagnostics] == ["syntax", "empty", "encoding", "unreadable"]
    data = report.to_data()
    assert data["errors"] == 4
    assert list(data) == ["files", "errors", "warnings", "diagnostics"]
    assert list(data["diagnostics"][0]) == [field.name for field in fields(Diagnostic)]
    encoding = report.diagnostics[2]
    assert (encoding.line, encoding.column) == (1, 4)


def test_missing_path() -> None:
    with pytest.raises(LabtopError, match="does not exist"):
        lint_paths([Path("nowhere")])


def test_link_to_another_file_is_not_read(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret", "password: x\n")
    (tmp_path / "qna.yaml").symlink_to(secret)
    assert only(lint_file(tmp_path / "qna.yaml")).code == "file-name"


BOMB = (
    "a: &a ["
    + ", ".join("x" * 9)
    + "]\n"
    + "".join(
        f"{chr(98 + level)}: &{chr(98 + level)} [{', '.join([f'*{chr(97 + level)}'] * 9)}]\n" for level in range(9)
    )
)

HOSTILE = {
    "alias bomb": BOMB,
    "merge bomb": BOMB.replace("[x", "{x: 1} # [x").replace(": &", "x: &"),
    "holds itself": "a: &a [*a]\n",
    "deep lists": "- " * 3000 + "a\n",
    "deep brackets": "[" * 100_000,
    "many values": "- a\n" * 1_200_000,
    "many keys": "".join(f"k{number}: 1\n" for number in range(20_000)),
    "too large": "a" * (MAX_BYTES + 1),
    "large value": "a: |\n" + "  word word word\n" * 300_000,
    "spaces": "a: '" + " " * 4_900_000 + "x'\n",
    "tabs": "a: b\t" + "\t" * 4_900_000 + "x\n",
    "blank lines": "a: 1\n" + "\n" * 4_900_000,
    "fewer blank lines": "a: 1\n" + "\n" * 90_000,
    "trailing spaces": "a: |\n" + "  b \n" * 90_000,
    "nul": "a: \x00\n",
    "escape": "a: \x1b[2J\n",
    "half a character": "a: \ud800\n",
    "python object": "a: !!python/object/apply:os.system [touch /tmp/x]\n",
    "unhashable key": "? [a]\n: b\n",
    "huge number": "a: " + "9" * 5000 + "\n",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("head", ["", "version: 3\n"])
def test_hostile_text_is_only_text(name: str, head: str) -> None:
    findings = lint_text(head + HOSTILE[name], SKILL)
    assert 1 <= len(findings) <= MAX_FINDINGS + 1
    assert any(found.severity == "error" for found in findings)
    assert all(found.line >= 1 and found.column >= 1 for found in findings)
    assert all(printable(found.message) == found.message for found in findings)


def test_error_after_many_warnings_counts() -> None:
    extra = "".join(f"        key{number}: x\n" for number in range(MAX_FINDINGS))
    text = edited(
        knowledge(), "        answer: It sings 0.\n", f"        answer: It sings 0.\n{extra}        more: x\n"
    )
    for broken, severity in ((text, "warning"), (edited(text, "repo:", "repository:"), "error")):
        found = lint_text(broken, KNOWLEDGE)
        assert (found[0].code, found[0].severity, len(found)) == ("too-many", severity, MAX_FINDINGS + 1)


def test_one_file_is_linted_without_git_and_pydantic() -> None:
    program = (
        "import sys; from pathlib import Path; from core.taxonomy.lint import lint_text;"
        "lint_text('a: 1\\n', Path('qna.yaml'));"
        "print(sorted({'git', 'pydantic', 'psutil', 'yamllint', 'jsonschema', 'difflib'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "['difflib']\n"  # the unknown key pays for its hint
