"""Fixing one finding on request: its fix is applied, and nothing else changes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from core.taxonomy.format import reader
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.format.positions import Parsed
from core.taxonomy.lint import lint_text
from core.taxonomy.repair.fix import fix_one, fix_text, fixable, fixable_alone
from core.taxonomy.rules.options import AdviceOptions
from tests.core.taxonomy.leaves import edited, knowledge, skill
from tests.core.taxonomy.second_pass import advise
from tests.core.taxonomy.test_lint import HOSTILE, marked, only

K = Path("knowledge/birds/qna.yaml")
S = Path("compositional_skills/adding/qna.yaml")


def value_of(text: str) -> Any:
    parsed = reader.parse(text)
    assert isinstance(parsed, Parsed), parsed
    return parsed.value


def fixed_text(text: str, code: str, path: Path = S) -> str | None:
    """The text with the first finding of a code fixed."""
    findings = [*lint_text(text, path), *advise(text, path, AdviceOptions())]
    found = next(found for found in findings if found.code == code)
    assert fixable_alone(found)
    assert not fixable(found)
    assert fix_text(text, path) == text, "nothing of it is done for all leaves at once"
    return fix_one(text, path, found)


TASKS = {
    "**bold** words": "**bold** words",
    "*.md": "*.md",
    "!wow that": "!wow that",
    "'What's up'": "What's up",
    '"What "is" up"': 'What "is" up',
    '"one" and "two"': '"one" and "two"',
    "'He said 'hi' to me'": "He said 'hi' to me",
    '"Add numbers”': "Add numbers",
    "'Add ’em up’": "Add ’em up",
    "Add the answer: numbers": "Add the answer: numbers",
    '"quoted" start': '"quoted" start',
    "'it''s' so": "'it''s' so",
    "- item": "- item",
    "> a": "> a",
    "{x": "{x",
    "[a": "[a",
    "@x": "@x",
    "`x` and \\y": "`x` and \\y",
    "%x": "%x",
    "Add: numbers": "Add: numbers",
    "Add: numbers  # so": "Add: numbers",
    "Add: item #1": "Add: item #1",
    "'Add numbers": "Add numbers",
    '"Add\\tnumbers': "Add\tnumbers",
    "2024-13-45": "2024-13-45",
}
"""The value of the key, and what is read after the fix."""


@pytest.mark.parametrize("written", TASKS)
def test_text_that_does_not_parse_is_quoted(written: str) -> None:
    text = edited(skill(), "Add numbers", written)
    fixed = fixed_text(text, "syntax")
    assert fixed is not None
    assert value_of(fixed) == {**value_of(skill()), "task_description": TASKS[written]}
    lines, before = fixed.split("\n"), text.split("\n")
    assert lines[:2] + lines[3:] == before[:2] + before[3:]
    assert not lint_text(fixed, S)


def test_items_of_a_list_are_quoted() -> None:
    fixed = fixed_text(knowledge(patterns="[*.md, 'docs/b.md', what?.md]"), "syntax", K)
    assert fixed == knowledge(patterns="""["*.md", 'docs/b.md', "what?.md"]""")
    fixed = fixed_text(knowledge(patterns="[a.md, b.md"), "syntax", K)
    assert fixed == knowledge(patterns="[a.md, b.md]")


def test_one_fix_after_another() -> None:
    text = edited(edited(skill(), "What is 1 + 1?", "What: is 1 + 1?"), "What is 3 + 1?", "'What is 3' + 1?")
    first = fixed_text(text, "syntax")
    assert first == edited(text, "What: is 1 + 1?", '"What: is 1 + 1?"')
    assert fixed_text(first, "syntax") == edited(first, "'What is 3' + 1?", """"'What is 3' + 1?\"""")


def test_quote_that_a_later_one_closes() -> None:
    text = edited(edited(skill(), "What is 1 + 1?", "'What is 1 + 1?"), "2, exactly.", "'2'")
    assert fixed_text(text, "syntax") == edited(text, "'What is 1 + 1?", '"What is 1 + 1?"')


SIGNS = {
    " = ": "'='",
    "= ": "'='",
    "; ": "';'",
    "：": "'：'",
    " :": "' :'",
    ":\u00a0": "U+00A0 (no-break space)",
}


@pytest.mark.parametrize("written", SIGNS)
def test_mistyped_colon_is_replaced(written: str) -> None:
    for key in ("question", "answer", "created_by", "task_description"):
        text = edited(skill(), f"{key}: ", f"{key}{written}")
        found = only(lint_text(text, S))
        assert marked(text, found).startswith(key)
        assert (found.hint or "").startswith(f"Replace {SIGNS[written]} with ")
        assert fix_one(text, S, found) == skill()


@pytest.mark.parametrize("written", ["-- ", "--", "– ", "—", "• ", "* ", "- - ", "-\u00a0", "-"])
def test_mistyped_dash_is_replaced(written: str) -> None:
    text = edited(skill(), "- question: What is 2", f"{written}question: What is 2")
    found = only(lint_text(text, S))
    assert (found.line, marked(text, found)) == (9, written.rstrip(" "))
    assert fix_one(text, S, found) == skill()


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u3000"])
def test_unusual_space_is_replaced(space: str) -> None:
    text = edited(skill(), "    answer: 3", f" {space}{space} answer: 3")
    found = only(lint_text(text, S))
    assert f"U+{ord(space):04X}" in (found.hint or "")
    assert fix_one(text, S, found) == skill()


def test_quote_after_several_lines_is_closed() -> None:
    right = edited(edited(skill(), "2, exactly.", '"2,\n      exactly."'), "What is 2 + 1?", '"What is 2 + 1?"')
    text = edited(right, 'exactly."', "exactly.")
    assert fixed_text(text, "syntax") == right


def test_no_fix_where_several_texts_are_involved() -> None:
    """What the hint says a person has to do: only they know where each text ends."""
    joined = edited(skill(), "\n    answer: 2", " answer: 2")
    flow = edited(skill(), "question: What is 1 + 1?\n    answer: 2, exactly.", "{question: What is #1, answer: x}")
    task = edited(skill(), "numbers\nseed", "numbers seed")
    item = edited(skill(), "- question: What is 1", "- %question: What is 1")
    for text, line in ((joined, 7), (flow, 7), (task, 3), (item, 7)):
        found = only(lint_text(text, S))
        assert found.line == line
        assert (fixable_alone(found), fix_one(text, S, found)) == (False, None)


@pytest.mark.parametrize("asked", ["Which answer: 3 or 4?", "The context: what is it?", "See version: 3"])
def test_key_name_in_a_text_is_quoted(asked: str) -> None:
    text = edited(knowledge(), "What does bird 1 do 1?", asked)
    assert fixed_text(text, "syntax", K) == edited(text, asked, f'"{asked}"')
    text = edited(knowledge(), "It sings 1.", "As the question: says")
    assert fixed_text(text, "syntax", K) == edited(text, "As the question: says", '"As the question: says"')


def test_space_is_added_after_a_key() -> None:
    text = edited(skill(), "question: What is 2", "question:What is 2")
    assert fixed_text(text, "syntax") == skill()
    windows = text.replace("\n", "\r\n")
    assert fixed_text(windows, "syntax") == skill().replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"^( *(?:- )?\w+):", r"\1"),
        (r"^( *(?:- )?\w+:) (?=\S)", r"\1"),
        (r"^( *-) ", r"\1"),
    ],
    ids=["colon", "space after the colon", "space after the dash"],
)
def test_missing_indicator_is_reported_and_added(pattern: str, replacement: str) -> None:
    for whole, path in ((knowledge(), K), (skill(context=True), S)):
        lines = whole.splitlines(keepends=True)
        for number, line in enumerate(lines):
            without = re.sub(pattern, replacement, line)
            if without != line:
                text = "".join([*lines[:number], without, *lines[number + 1 :]])
                found = lint_text(text, path)[0]
                assert (found.line, fix_one(text, path, found)) == (number + 1, whole), f"{without!r}: {found}"


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("42", '"42"'),
        ("yes # so", '"yes" # so'),
        ("&a 3", '&a "3"'),
        ('!!int "3"', '"3"'),
        ("2024-01-01", '"2024-01-01"'),
        ("#tag and more", '"#tag and more"'),
    ],
)
def test_non_text_value_is_quoted(written: str, right: str) -> None:
    assert fixed_text(edited(skill(), "Add numbers", written), "type") == edited(skill(), "Add numbers", right)


def test_missing_value_has_no_fix() -> None:
    for written in ("", "# to be written", "[a, b]", "{a: b}"):
        text = edited(skill(), " Add numbers", f" {written}" if written else "")
        found = next(found for found in lint_text(text, S) if found.code == "type")
        assert not fixable_alone(found)
        assert fix_one(text, S, found) is None


def test_misspelt_key_is_renamed() -> None:
    text = edited(skill(), "    answer: 1", '    "answr": 1')
    assert fixed_text(text, "unknown-key") == skill()


@pytest.mark.parametrize("line", ["answer It: is", "answer no: never", "answer 'None: the shop'"])
def test_key_with_part_of_its_value_has_no_fix(line: str) -> None:
    text = edited(skill(), "answer: 1, exactly.", line)
    found = lint_text(text, S)[0]
    assert (found.line, found.severity, fixable_alone(found)) == (
        text[: text.index(line)].count("\n") + 1,
        "error",
        False,
    )
    assert "Write ': ' after 'answer'" in (found.hint or "")
    assert fix_one(text, S, found) is None


def test_comment_is_quoted() -> None:
    asked = 'What does rule #1 of "the game" say?'
    text = edited(skill(), "What is 2 + 1?", asked)
    assert fixed_text(text, "comment-in-text") == edited(text, asked, f"'{asked}'")
    lines = edited(skill(), "Add numbers", "Add\n    numbers #1 and #2  ")
    fixed = fixed_text(lines.replace("#2  ", "#2"), "comment-in-text")
    assert fixed == edited(skill(), "Add numbers", '"Add\n    numbers #1 and #2"')


def test_fix_needs_the_text_of_its_finding() -> None:
    text = edited(skill(), "Add numbers", "Add: numbers")
    (found,) = lint_text(text, S)
    assert fix_one(skill(), S, found) is None
    assert fix_one("# more\n" + text, S, found) is None


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_only_text(name: str) -> None:
    text = "version: 3\n" + HOSTILE[name]
    for found in lint_text(text, S)[:3]:
        fixed = fix_one(text, S, found)
        assert fixed is None or isinstance(fixed, str)


def test_findings_without_a_fix() -> None:
    text = edited(knowledge(), "domain: birds\n", "")
    (found,) = lint_text(text, K)
    assert isinstance(found, Diagnostic)
    assert (fixable_alone(found), fix_one(text, K, found)) == (False, None)


def test_fix_for_another_version_of_the_text_is_rejected() -> None:
    text = edited(skill(), "Add numbers", "42")
    found = next(found for found in lint_text(text, S) if found.code == "type")
    assert fix_one(text, S, found) == edited(skill(), "Add numbers", '"42"')
    assert fix_one(edited(skill(), "Add numbers", "43"), S, found) is None


def test_the_fix_of_a_comment_in_a_text_is_one_edit() -> None:
    text = edited(skill(), "Add numbers", "Add numbers #1")
    (found,) = advise(text, S, AdviceOptions())
    assert found.fix is not None
    assert (found.fix.column, found.fix.text) == (19, '"Add numbers #1"')
