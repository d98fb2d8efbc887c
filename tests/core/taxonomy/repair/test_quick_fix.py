"""Mending one finding on request: what its hint says is done, and nothing else changes."""

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


def mended(text: str, code: str, path: Path = S) -> str | None:
    """The text with the first finding of a code mended."""
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
"""What stands behind the key, and what is read afterwards."""


@pytest.mark.parametrize("written", TASKS)
def test_text_that_cannot_be_read_goes_in_quotes(written: str) -> None:
    text = edited(skill(), "Add numbers", written)
    fixed = mended(text, "syntax")
    assert fixed is not None
    assert value_of(fixed) == {**value_of(skill()), "task_description": TASKS[written]}
    lines, before = fixed.split("\n"), text.split("\n")
    assert lines[:2] + lines[3:] == before[:2] + before[3:]
    assert not lint_text(fixed, S)


def test_the_items_of_a_list_go_in_quotes() -> None:
    fixed = mended(knowledge(patterns="[*.md, 'docs/b.md', what?.md]"), "syntax", K)
    assert fixed == knowledge(patterns="""["*.md", 'docs/b.md', "what?.md"]""")
    fixed = mended(knowledge(patterns="[a.md, b.md"), "syntax", K)
    assert fixed == knowledge(patterns="[a.md, b.md]")


def test_one_mistake_after_another() -> None:
    text = edited(edited(skill(), "What is 1 + 1?", "What: is 1 + 1?"), "What is 3 + 1?", "'What is 3' + 1?")
    first = mended(text, "syntax")
    assert first == edited(text, "What: is 1 + 1?", '"What: is 1 + 1?"')
    assert mended(first, "syntax") == edited(first, "'What is 3' + 1?", """"'What is 3' + 1?\"""")


def test_a_quote_that_a_later_one_closes() -> None:
    text = edited(edited(skill(), "What is 1 + 1?", "'What is 1 + 1?"), "2, exactly.", "'2'")
    assert mended(text, "syntax") == edited(text, "'What is 1 + 1?", '"What is 1 + 1?"')


SIGNS = {
    " = ": "'='",
    "= ": "'='",
    "; ": "';'",
    "：": "'：'",
    " :": "' :'",
    ":\u00a0": "U+00A0 (no-break space)",
}


@pytest.mark.parametrize("written", SIGNS)
def test_a_sign_that_was_meant_for_a_colon(written: str) -> None:
    for key in ("question", "answer", "created_by", "task_description"):
        text = edited(skill(), f"{key}: ", f"{key}{written}")
        found = only(lint_text(text, S))
        assert marked(text, found).startswith(key)
        assert (found.hint or "").startswith(f"Replace {SIGNS[written]} with ")
        assert fix_one(text, S, found) == skill()


@pytest.mark.parametrize("written", ["-- ", "--", "– ", "—", "• ", "* ", "- - ", "-\u00a0", "-"])
def test_a_sign_that_was_meant_for_a_dash(written: str) -> None:
    text = edited(skill(), "- question: What is 2", f"{written}question: What is 2")
    found = only(lint_text(text, S))
    assert (found.line, marked(text, found)) == (9, written.rstrip(" "))
    assert fix_one(text, S, found) == skill()


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u3000"])
def test_a_space_that_is_none_to_yaml(space: str) -> None:
    text = edited(skill(), "    answer: 3", f" {space}{space} answer: 3")
    found = only(lint_text(text, S))
    assert f"U+{ord(space):04X}" in (found.hint or "")
    assert fix_one(text, S, found) == skill()


def test_a_quote_that_lacks_behind_several_lines() -> None:
    right = edited(edited(skill(), "2, exactly.", '"2,\n      exactly."'), "What is 2 + 1?", '"What is 2 + 1?"')
    text = edited(right, 'exactly."', "exactly.")
    assert mended(text, "syntax") == right


def test_a_mend_does_not_take_more_than_one_text() -> None:
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
def test_a_key_s_name_in_a_text(asked: str) -> None:
    text = edited(knowledge(), "What does bird 1 do 1?", asked)
    assert mended(text, "syntax", K) == edited(text, asked, f'"{asked}"')
    text = edited(knowledge(), "It sings 1.", "As the question: says")
    assert mended(text, "syntax", K) == edited(text, "As the question: says", '"As the question: says"')


def test_a_space_behind_a_key() -> None:
    text = edited(skill(), "question: What is 2", "question:What is 2")
    assert mended(text, "syntax") == skill()
    windows = text.replace("\n", "\r\n")
    assert mended(windows, "syntax") == skill().replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("sign", "lacking"),
    [
        (r"^( *(?:- )?\w+):", r"\1"),
        (r"^( *(?:- )?\w+:) (?=\S)", r"\1"),
        (r"^( *-) ", r"\1"),
    ],
    ids=["colon", "space behind the colon", "space behind the dash"],
)
def test_a_sign_that_lacks_is_told_on_its_line_and_put_there(sign: str, lacking: str) -> None:
    for whole, path in ((knowledge(), K), (skill(context=True), S)):
        lines = whole.splitlines(keepends=True)
        for number, line in enumerate(lines):
            without = re.sub(sign, lacking, line)
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
def test_what_is_read_as_no_text_goes_in_quotes(written: str, right: str) -> None:
    assert mended(edited(skill(), "Add numbers", written), "type") == edited(skill(), "Add numbers", right)


def test_a_value_is_not_made_up() -> None:
    for written in ("", "# to be written", "[a, b]", "{a: b}"):
        text = edited(skill(), " Add numbers", f" {written}" if written else "")
        found = next(found for found in lint_text(text, S) if found.code == "type")
        assert not fixable_alone(found)
        assert fix_one(text, S, found) is None


def test_a_key_gets_its_name() -> None:
    text = edited(skill(), "    answer: 1", '    "answr": 1')
    assert mended(text, "unknown-key") == skill()


@pytest.mark.parametrize("line", ["answer It: is", "answer no: never", "answer 'None: the shop'"])
def test_a_key_that_swallowed_its_value_is_told_and_left(line: str) -> None:
    text = edited(skill(), "answer: 1, exactly.", line)
    found = lint_text(text, S)[0]
    assert (found.line, found.severity, fixable_alone(found)) == (
        text[: text.index(line)].count("\n") + 1,
        "error",
        False,
    )
    assert "Write ': ' after 'answer'" in (found.hint or "")
    assert fix_one(text, S, found) is None


def test_a_comment_becomes_text() -> None:
    asked = 'What does rule #1 of "the game" say?'
    text = edited(skill(), "What is 2 + 1?", asked)
    assert mended(text, "comment-in-text") == edited(text, asked, f"'{asked}'")
    lines = edited(skill(), "Add numbers", "Add\n    numbers #1 and #2  ")
    fixed = mended(lines.replace("#2  ", "#2"), "comment-in-text")
    assert fixed == edited(skill(), "Add numbers", '"Add\n    numbers #1 and #2"')


def test_a_mend_is_for_the_text_that_the_finding_is_about() -> None:
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


def test_findings_without_a_certain_mend_need_a_person() -> None:
    text = edited(knowledge(), "domain: birds\n", "")
    (found,) = lint_text(text, K)
    assert isinstance(found, Diagnostic)
    assert (fixable_alone(found), fix_one(text, K, found)) == (False, None)


def test_a_fix_for_another_version_of_the_text_is_refused() -> None:
    text = edited(skill(), "Add numbers", "42")
    found = next(found for found in lint_text(text, S) if found.code == "type")
    assert fix_one(text, S, found) == edited(skill(), "Add numbers", '"42"')
    assert fix_one(edited(skill(), "Add numbers", "43"), S, found) is None


def test_the_fix_of_a_comment_in_a_text_is_one_edit() -> None:
    text = edited(skill(), "Add numbers", "Add numbers #1")
    (found,) = advise(text, S, AdviceOptions())
    assert found.fix is not None
    assert (found.fix.column, found.fix.text) == (19, '"Add numbers #1"')
