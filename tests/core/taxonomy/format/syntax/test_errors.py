"""What cannot be read is told at the token at fault, with what to do about it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from core.taxonomy.format import hints
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.lint import lint_text
from core.taxonomy.repair.quick_fix import quick_fix
from tests.core.taxonomy.leaves import edited, knowledge, skill
from tests.core.taxonomy.test_lint import KNOWLEDGE, SKILL, marked, only
from tests.counted import with_calls

FURTHER = (
    "A text that goes on in further lines is indented deeper than its key; behind a key stands ': '.",
    "Indent it like the lines that it belongs with.",
)

TWO_BACKSLASHES = "Write two backslashes for one, or put the text in single quotes."


def task(value: str) -> str:
    """A skill with this behind `task_description:`."""
    return edited(skill(), "Add numbers", value)


VALUES = {
    "bold": ("**bold** words", "**bold**", hints.QUOTE),
    "star": ("*.md", "*.md", hints.QUOTE),
    "undefined alias": ("*nothing", "*nothing", hints.QUOTE),
    "alias with more behind it": ("*nothing at all", "*nothing at all", hints.QUOTE),
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


@pytest.mark.parametrize("name", VALUES)
def test_a_value_that_cannot_be_read(name: str) -> None:
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
def test_block_sign_before_a_list_or_mapping(old: str, new: str, sign: str) -> None:
    """The sign is the mistake, whether or not what follows is indented deeper."""
    text = edited(knowledge(), old, new)
    found = only(lint_text(text, KNOWLEDGE))
    assert found.hint == f"Remove '{sign}': it makes one text of the lines that follow."
    assert marked(text, found).startswith(sign)


@pytest.mark.parametrize("value", ["commit: abc", 'commit:  "abc"'])
def test_key_written_twice(value: str) -> None:
    text = edited(knowledge(commit="COMMIT"), "commit: COMMIT", f"commit:  {value}")
    found = only(lint_text(text, KNOWLEDGE))
    assert (marked(text, found), found.hint) == ("commit:", "Remove the second 'commit:'.")
    assert (found.message, found.severity) == ("syntax error: this key is written twice", "error")
    fixed = quick_fix(text, KNOWLEDGE, found)
    assert fixed is not None
    assert f"commit:  {value.split()[1]}\n" in fixed


def test_a_value_of_the_wrong_sort_is_named() -> None:
    assert only(lint_text(task("2024-13-45"), SKILL)).message == "syntax error: this is no valid timestamp"
    for number in ("9" * 100_000, "1" + ":1" * 1_000_000, "!!int '_1" + ":1" * 1_000_000 + "'"):
        assert only(lint_text(task(number), SKILL)).message == "syntax error: this number is too long"
    for number in ("!!int 'x'", '!!int ""', "!!int _", "!!int", "!!float +"):
        assert only(lint_text(task(number), SKILL)).message == "syntax error: this is no valid number"


LEAVES: dict[str, tuple[str, str, str]] = {
    "key without its space": (
        edited(skill(), "question: What is 2", "question:What is 2"),
        "question:",
        "Put a space behind 'question:'.",
    ),
    "first key without its space": (
        edited(skill(), "created_by: ", "created_by:"),
        "created_by:",
        "Put a space behind 'created_by:'.",
    ),
    "dash without its space": (
        edited(skill(), "  - question: What is 2", "  -question: What is 2"),
        "-",
        "Put a space behind '-'.",
    ),
    "key without its colon": (
        edited(skill(), "question: What is 2", "question What is 2"),
        "question",
        "Put ':' behind 'question'.",
    ),
    "first key without its colon": (
        edited(skill(), "created_by: ", "created_by "),
        "created_by",
        "Put ':' behind 'created_by'.",
    ),
    "key of a list without its colon": (
        edited(skill(), "seed_examples:", "seed_examples"),
        "seed_examples",
        "Put ':' behind 'seed_examples'.",
    ),
    "key of many lines without its colon": (
        edited(
            knowledge(),
            "context: |\n      Bird 1 sings.\n",
            "context |\n      Bird 1 sings.\n" + "      It does.\n" * 9,
        ),
        "context",
        "Put ':' behind 'context'.",
    ),
    "dash and more without their space": (
        edited(
            edited(skill(), "  - question: What is 2", "  -question: What is 2"),
            "  - question: What is 3",
            "  -question: What is 3",
        ),
        "-",
        "Put a space behind '-'.",
    ),
    "text that is not indented": (
        edited(knowledge(), "      Bird 1 sings.\n", "Bird 1 sings.\n"),
        "Bird 1 sings.",
        FURTHER[0],
    ),
    "text that is indented too little": (
        edited(knowledge(), "      Bird 1 sings.\n", "  Bird 1 sings.\n"),
        "Bird 1 sings.",
        FURTHER[0],
    ),
    "item that is indented too far": (
        edited(knowledge(), "  - context: |\n      Bird 1", "   - context: |\n      Bird 1"),
        "-",
        FURTHER[1],
    ),
    "first item that is indented too far": (
        edited(knowledge(), "  - context: |\n      Bird 0", "   - context: |\n      Bird 0"),
        "-",
        FURTHER[1],
    ),
    "first item that is indented too little": (
        edited(skill(), "  - question: What is 0", " - question: What is 0"),
        "-",
        FURTHER[1],
    ),
    "pattern that is indented too far": (
        edited(knowledge(), " ['*.md']", "\n     - '*.md'\n    - a.md"),
        "-",
        FURTHER[1],
    ),
    "dash with two spaces": (
        edited(knowledge(), "  - context: |\n      Bird 2", "  -  context: |\n      Bird 2"),
        "-",
        "Leave one space behind '-'.",
    ),
    "dash in a word": (
        edited(knowledge(), "  - context: |\n      Bird 2", "  -c ontext: |\n      Bird 2"),
        "-",
        hints.space_behind("-"),
    ),
    "space on the wrong side of a colon": (
        edited(knowledge(), "context: |\n      Bird 1", "context :|\n      Bird 1"),
        "context :",
        "Replace ' :' with ': '.",
    ),
    "colon in a word": (
        edited(
            knowledge().replace("\n\n      # It is loud.", ""), "context: |\n      Bird 1", "contex:t |\n      Bird 1"
        ),
        "contex:t",
        "Behind a key stands ': '.",
    ),
    "item without its dash": (
        edited(knowledge(), "  - context: |\n      Bird 0", "    context: |\n      Bird 0"),
        "context",
        "Put '- ' before 'context'.",
    ),
    "heading in a text": (
        edited(knowledge(), "      Bird 1 sings.\n", "      Bird 1 sings.\n# Birds\n      It does.\n"),
        "# Birds",
        "Indent it like the text around it; a '#' further left starts a comment.",
    ),
    "first key that is indented": (" " + skill(), "version", FURTHER[1]),
    "text before a list": (
        edited(skill(), "seed_examples:", "seed_examples: some"),
        "some",
        "Delete it: what belongs to 'seed_examples:' starts in the next line.",
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
        "What follows ' #' is a comment. Put the text that holds it in quotes.",
    ),
    "end of the document": (edited(skill(), "seed_examples", "...\nseed_examples"), "...", "Delete the line."),
    "character that cannot be seen": (
        edited(skill(), "    answer: 2", "\u200b    answer: 2"),
        "\u200b",
        "Delete it: U+200B, which cannot be seen.",
    ),
    "path of Windows": (
        edited(skill(), "1, exactly.", r'"C:\Users"'),
        r"\Users",
        TWO_BACKSLASHES,
    ),
    "key that is indented too far": (edited(skill(), "created_by", " created_by"), ":", FURTHER[1]),
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
        "Use spaces instead of the tab.",
    ),
    "tab": (edited(skill(), "    answer: 2", "\t\tanswer: 2"), "\t\t", "Use spaces instead of the tab."),
    "list as a key": (skill() + "? [a, b]\n: c\n", "[a, b]", ""),
    "directive": ("%YAML 1.3\n---\n" + skill(), "%YAML 1.3", "Delete the line: a leaf needs none."),
    "byte order mark": (skill() + "\ufeff", "\ufeff", "Delete it."),
}


@pytest.mark.parametrize("name", LEAVES)
def test_a_leaf_that_cannot_be_read(name: str) -> None:
    text, stretch, hint = LEAVES[name]
    found = only(lint_text(text, KNOWLEDGE if "context" in text else SKILL))
    assert (marked(text, found), found.hint or "") == (stretch, hint)


@pytest.mark.parametrize(
    "text", ["a: [", "a: '", "a:\n  - b\n c", "{", "? ", "&", "a: !", "\t", "- |\n\t", "a: |\tx", "*"]
)
def test_what_can_be_seen_is_marked(text: str) -> None:
    def empty(found: Diagnostic) -> bool:
        return (found.line, found.column) == (found.end_line, found.end_column)

    findings = [found for found in lint_text(text, SKILL) if found.code != "new-line-at-end-of-file"]
    assert findings
    assert not any(map(empty, findings)), findings


def test_a_long_text_is_not_read_again_and_again() -> None:
    text = edited(skill(), "Add numbers", "Add: numbers") + "# comment\n" * 50_000
    assert only(lint_text(text, SKILL)).hint != hints.QUOTE


MOST_CALLS = 5_000_000
"""Of functions, for a line of 150,000 characters; the most today is a million."""


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
def test_a_line_of_any_kind_is_looked_at_quickly(stretch: str) -> None:
    text = task(f"x{stretch * (150_000 // len(stretch))}: y")
    for line in (text, text.replace(": x", ": '"), text[text.index(": x") + 3 :]):
        found, calls = with_calls(partial(lint_text, line, SKILL))
        assert found
        assert calls < MOST_CALLS


@pytest.mark.parametrize("sign", ["@", ",", "]", "? "])
def test_the_hint_says_only_what_helps(sign: str) -> None:
    text = task(f"{sign}x\n  more of it")
    assert only(lint_text(text, Path(SKILL))).hint == f"Text that starts with '{sign.strip()}' goes in quotes."
