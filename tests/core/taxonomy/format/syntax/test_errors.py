"""Syntax errors are reported at the token at fault, with what to do about them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from core.taxonomy.format import hints
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.format.syntax import errors, words
from core.taxonomy.lint import lint_text
from core.taxonomy.repair.quick_fix import quick_fix
from tests.core.taxonomy.leaves import edited, knowledge, skill
from tests.core.taxonomy.test_lint import KNOWLEDGE, SKILL, marked, only
from tests.counted import with_calls

FURTHER = "Indent the further lines of a text deeper than its key, and write ': ' after a key."
TWO_BACKSLASHES = "Write two backslashes for one, or put the text in single quotes."


def task(value: str) -> str:
    """A skill with this value of `task_description`."""
    return edited(skill(), "Add numbers", value)


VALUES = {
    "bold": ("**bold** words", "**bold**", hints.QUOTE),
    "star": ("*.md", "*.md", hints.QUOTE),
    "undefined alias": ("*nothing", "*nothing", hints.QUOTE),
    "alias with more after it": ("*nothing at all", "*nothing at all", hints.QUOTE),
    "tag": ("!wow that", "!wow", hints.QUOTE),
    "python tag": ("!!python/name:os.system x", "!!python/name:os.system", hints.QUOTE),
    "quotes in quotes": ("'What's up'", "'What's up'", hints.QUOTE),
    "quoted start": ('"quoted" start', '"quoted" start', hints.QUOTE),
    "two quoted": ('"one" and "two"', '"one" and "two"', hints.QUOTE),
    "hyphen": ("- item", "-", hints.QUOTE),
    "greater": ("> a", "> a", hints.QUOTE),
    "bar": ("| a", "| a", hints.QUOTE),
    "brace": ("{x", "{", hints.QUOTE),
    "bracket": ("[a", "[", hints.QUOTE),
    "at": ("@x", "@", hints.QUOTE),
    "tick": ("`x`", "`", hints.QUOTE),
    "percent": ("%x", "%", hints.QUOTE),
    "ampersand": ("& co", "&", hints.QUOTE),
    "colon": ("Add: numbers", ":", hints.QUOTE),
    "open single quote": ("'Add numbers", "'Add numbers", hints.CLOSE),
    "open double quote": ('"Add numbers', '"Add numbers', hints.CLOSE),
    "no such date": ("2024-13-45", "2024-13-45", hints.QUOTE),
    "huge number": ("9" * 100_000, "9" * 100_000, hints.QUOTE),
    "escape": (r'"a\qb"', r"\q", TWO_BACKSLASHES),
    "half a character": (r'"a \ud83d"', r"\ud83d", "Write the character itself."),
}


PLAIN = {
    "bold": "text that starts with '*' needs quotes",
    "tag": "text that starts with '!' needs quotes",
    "greater": "text that starts with '>' needs quotes",
    "at": "text that starts with '@' needs quotes",
    "colon": "this text contains ': ', so it needs quotes",
    "hyphen": "text that starts with '- ' needs quotes",
    "escape": "this backslash needs another one, or the text single quotes",
}


@pytest.mark.parametrize("name", PLAIN)
def test_parser_messages_in_plain_words(name: str) -> None:
    found = only(lint_text(task(VALUES[name][0]), SKILL))
    assert (found.code, found.message) == ("syntax", PLAIN[name])
    assert found.parser_message is not None
    assert found.parser_message.startswith("syntax error: ")


def test_lines_in_the_wrong_column_in_plain_words() -> None:
    text = edited(skill(), "    answer: 1, exactly.", "   answer: 1, exactly.")
    assert only(lint_text(text, SKILL)).message == words.MISALIGNED
    text = edited(skill(), "    answer: 1, exactly.", "\tanswer: 1, exactly.")
    assert only(lint_text(text, SKILL)).message == words.NO_TAB


@pytest.mark.parametrize("name", VALUES)
def test_values_that_do_not_parse(name: str) -> None:
    value, stretch, hint = VALUES[name]
    found = only(lint_text(task(value), SKILL))
    assert (marked(task(value), found), found.hint) == (stretch, hint)
    assert found.line == 3


@pytest.mark.parametrize(
    ("old", "new", "sign"),
    [
        ("patterns: ['*.md']", "patterns: |\n  - file.md", "|"),
        ("patterns: ['*.md']", "patterns: >-\n  - file.md\n  - b.md", ">-"),
        ("patterns: ['*.md']", "patterns: |\n    - file.md", "|"),
        ("document:\n", "document: |\n", "|"),
        ("seed_examples:\n", "seed_examples: >\n", ">"),
        ("    questions_and_answers:\n", "    questions_and_answers: |\n", "|"),
    ],
)
def test_block_indicator_before_a_list_or_mapping(old: str, new: str, sign: str) -> None:
    """The indicator is the mistake, whether or not what follows is indented deeper."""
    text = edited(knowledge(), old, new)
    found = only(lint_text(text, KNOWLEDGE))
    assert found.hint == hints.no_block(sign)
    assert marked(text, found).startswith(sign)


@pytest.mark.parametrize("value", ["commit: abc", 'commit:  "abc"'])
def test_key_written_twice(value: str) -> None:
    text = edited(knowledge(commit="COMMIT"), "commit: COMMIT", f"commit:  {value}")
    found = only(lint_text(text, KNOWLEDGE))
    assert (marked(text, found), found.hint) == ("commit:", hints.second_key("commit:"))
    assert (found.code, found.severity) == ("syntax", "error")
    fixed = quick_fix(text, KNOWLEDGE, found)
    assert fixed is not None
    assert f"commit:  {value.split()[1]}\n" in fixed


def test_message_names_the_type_of_a_wrong_value() -> None:
    assert "not a valid timestamp" in only(lint_text(task("2024-13-45"), SKILL)).message
    for number in ("9" * 100_000, "1" + ":1" * 1_000_000, "!!int '_1" + ":1" * 1_000_000 + "'"):
        assert "too long" in only(lint_text(task(number), SKILL)).message
    for number in ("!!int 'x'", '!!int ""', "!!int _", "!!int", "!!float +"):
        assert "a valid number" in only(lint_text(task(number), SKILL)).message


LEAVES: dict[str, tuple[str, str, str]] = {
    "key without its space": (
        edited(skill(), "question: What is 2", "question:What is 2"),
        "question:",
        hints.space_after("question:"),
    ),
    "first key without its space": (
        edited(skill(), "created_by: ", "created_by:"),
        "created_by:",
        hints.space_after("created_by:"),
    ),
    "dash without its space": (
        edited(skill(), "  - question: What is 2", "  -question: What is 2"),
        "-",
        hints.space_after("-"),
    ),
    "key without its colon": (
        edited(skill(), "question: What is 2", "question What is 2"),
        "question",
        hints.colon_after("question"),
    ),
    "first key without its colon": (
        edited(skill(), "created_by: ", "created_by "),
        "created_by",
        hints.colon_after("created_by"),
    ),
    "key of a list without its colon": (
        edited(skill(), "seed_examples:", "seed_examples"),
        "seed_examples",
        hints.colon_after("seed_examples"),
    ),
    "key of many lines without its colon": (
        edited(
            knowledge(),
            "context: |\n      Bird 1 sings.\n",
            "context |\n      Bird 1 sings.\n" + "      It does.\n" * 9,
        ),
        "context",
        hints.colon_after("context"),
    ),
    "dash and more without their space": (
        edited(
            edited(skill(), "  - question: What is 2", "  -question: What is 2"),
            "  - question: What is 3",
            "  -question: What is 3",
        ),
        "-",
        hints.space_after("-"),
    ),
    "text that is not indented": (
        edited(knowledge(), "      Bird 1 sings.\n", "Bird 1 sings.\n"),
        "Bird 1 sings.",
        FURTHER,
    ),
    "text that is indented too little": (
        edited(knowledge(), "      Bird 1 sings.\n", "  Bird 1 sings.\n"),
        "Bird 1 sings.",
        FURTHER,
    ),
    "item that is indented too far": (
        edited(knowledge(), "  - context: |\n      Bird 1", "   - context: |\n      Bird 1"),
        "-",
        hints.INDENT,
    ),
    "first item that is indented too far": (
        edited(knowledge(), "  - context: |\n      Bird 0", "   - context: |\n      Bird 0"),
        "-",
        hints.INDENT,
    ),
    "first item that is indented too little": (
        edited(skill(), "  - question: What is 0", " - question: What is 0"),
        "-",
        hints.INDENT,
    ),
    "pattern that is indented too far": (
        edited(knowledge(), " ['*.md']", "\n     - '*.md'\n    - a.md"),
        "-",
        hints.INDENT,
    ),
    "dash with two spaces": (
        edited(knowledge(), "  - context: |\n      Bird 2", "  -  context: |\n      Bird 2"),
        "-",
        "Leave one space after '-'.",
    ),
    "dash in a word": (
        edited(knowledge(), "  - context: |\n      Bird 2", "  -c ontext: |\n      Bird 2"),
        "-",
        hints.space_after("-"),
    ),
    "space on the wrong side of a colon": (
        edited(knowledge(), "context: |\n      Bird 1", "context :|\n      Bird 1"),
        "context :",
        hints.replace("' :'", "': '"),
    ),
    "colon in a word": (
        edited(
            knowledge().replace("\n\n      # It is loud.", ""), "context: |\n      Bird 1", "contex:t |\n      Bird 1"
        ),
        "contex:t",
        "Write ': ' after a key.",
    ),
    "item without its dash": (
        edited(knowledge(), "  - context: |\n      Bird 0", "    context: |\n      Bird 0"),
        "context",
        hints.dash_before("context"),
    ),
    "heading in a text": (
        edited(knowledge(), "      Bird 1 sings.\n", "      Bird 1 sings.\n# Birds\n      It does.\n"),
        "# Birds",
        "Indent it like the text around it; a '#' further left starts a comment.",
    ),
    "first key that is indented": (" " + skill(), "version", hints.INDENT),
    "text before a list": (
        edited(skill(), "seed_examples:", "seed_examples: some"),
        "some",
        "Delete it: the value of 'seed_examples:' starts on the next line.",
    ),
    "two keys in one line": (
        edited(skill(), "\n    answer: 2", " answer: 2"),
        "answer:",
        "Begin a new line before 'answer:'.",
    ),
    "key and list in one line": (
        edited(skill(), "seed_examples:\n  - ", "seed_examples: - "),
        "- question:",
        "Begin a new line before '- question:'.",
    ),
    "comment in brackets": (
        edited(skill(), "question: What is 1 + 1?\n    answer: 2, exactly.", "{question: What is #1, answer: x}"),
        "{",
        "The text after ' #' is a comment. Put the whole text in quotes.",
    ),
    "end of the document": (edited(skill(), "seed_examples", "...\nseed_examples"), "...", "Delete the line."),
    "invisible character": (
        edited(skill(), "    answer: 2", "\u200b    answer: 2"),
        "\u200b",
        "Delete the invisible character U+200B.",
    ),
    "path of Windows": (
        edited(skill(), "1, exactly.", r'"C:\Users"'),
        r"\Users",
        TWO_BACKSLASHES,
    ),
    "key that is indented too far": (edited(skill(), "created_by", " created_by"), ":", hints.INDENT),
    "quote that a later one closes": (
        edited(edited(skill(), "What is 1 + 1?", "'What is 1 + 1?"), "2, exactly.", "'2'"),
        "'What is 1 + 1?",
        hints.CLOSE,
    ),
    "text of many lines in quotes": (
        edited(skill(), "1, exactly.", '"one\n      or so'),
        '"one',
        hints.CLOSE,
    ),
    "text of many lines in quotes, closed in one below": (
        edited(edited(skill(), "1, exactly.", '"one\n      or so'), "2, exactly.", '"two"'),
        '"one',
        hints.CLOSE,
    ),
    "quote that one far below closes": (
        edited(knowledge(), "domain: birds", "domain: 'birds"),
        "'birds",
        hints.CLOSE,
    ),
    "bracket": (knowledge(patterns="[a.md, b.md"), "[", hints.CLOSE),
    "bracket in an item": (edited(skill(), "What is 1 + 1?", "[see note"), "[", hints.QUOTE),
    "tab in a text of many lines": (
        edited(knowledge(), "      Bird 1 sings.\n", "\tBird 1 sings.\n"),
        "\t",
        errors.NO_TABS,
    ),
    "tab": (edited(skill(), "    answer: 2", "\t\tanswer: 2"), "\t\t", errors.NO_TABS),
    "list as a key": (skill() + "? [a, b]\n: c\n", "[a, b]", ""),
    "directive": ("%YAML 1.3\n---\n" + skill(), "%YAML 1.3", "Delete the line: a leaf needs none."),
    "byte order mark": (skill() + "\ufeff", "\ufeff", "Delete it."),
}


@pytest.mark.parametrize("name", LEAVES)
def test_leaves_that_do_not_parse(name: str) -> None:
    text, stretch, hint = LEAVES[name]
    found = only(lint_text(text, KNOWLEDGE if "context" in text else SKILL))
    assert (marked(text, found), found.hint or "") == (stretch, hint)


@pytest.mark.parametrize(
    "text", ["a: [", "a: '", "a:\n  - b\n c", "{", "? ", "&", "a: !", "\t", "- |\n\t", "a: |\tx", "*"]
)
def test_spans_are_not_empty(text: str) -> None:
    def empty(found: Diagnostic) -> bool:
        return (found.line, found.column) == (found.end_line, found.end_column)

    findings = [found for found in lint_text(text, SKILL) if found.code != "new-line-at-end-of-file"]
    assert findings
    assert not any(map(empty, findings)), findings


def test_no_candidates_are_parsed_for_a_long_text() -> None:
    text = edited(skill(), "Add numbers", "Add: numbers") + "# comment\n" * 50_000
    assert only(lint_text(text, SKILL)).hint != hints.QUOTE


MOST_CALLS = 5_000_000
"""Function calls for a line of 150,000 characters; the most today is a million."""


@pytest.mark.parametrize(
    "stretch",
    [
        " ",
        "- ",
        "'",
        '"',
        "[",
        "a, ",
        ": ",
        "\\",
        "# ",
        "&a ",
        "-",
        "– ",
        "\u00a0",
        "\ufeff",
        ".a",
        "answer: ",
        "| ",
        "\t",
    ],
)
def test_long_lines_cost_few_calls(stretch: str) -> None:
    text = task(f"x{stretch * (150_000 // len(stretch))}: y")
    for line in (text, text.replace(": x", ": '"), text[text.index(": x") + 3 :]):
        found, calls = with_calls(partial(lint_text, line, SKILL))
        assert found
        assert calls < MOST_CALLS


@pytest.mark.parametrize("sign", ["@", ",", "]", "? "])
def test_hint_without_a_fix_that_helps(sign: str) -> None:
    text = task(f"{sign}x\n  more of it")
    found = only(lint_text(text, Path(SKILL)))
    assert found.hint == f"Put text that starts with '{sign.strip()}' in quotes."
    assert found.fix is None
