"""Passages as the values of contexts: what is read back, and that no line is too long."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

from core.taxonomy.authoring.passage_block import passage_block, wrap
from core.taxonomy.authoring.seed_examples import with_context
from core.taxonomy.lint import lint_text

KNOWLEDGE = Path("knowledge/cats/qna.yaml")

SENTENCE = "Cats purr when they breathe in and out alike - at 25 to 150 hertz: a purr is made by muscles. "
LONG = (SENTENCE * 4).strip()
TABLE = "| sound | hertz |\n| --- | --- |\n| purr | 25 |\n"
ROW = f"| {'purr and ' * 20} | 25 |\n"
CODE = "```\ncat --purr   # 25\n    more\n```\n"
ITEMS = "- one\n- two\n"
URL = "https://example.org/" + "a" * 140


def value_of(passage: str, indent: int = 6) -> str:
    """What YAML reads from the block of a passage."""
    text = f"- context: {chr(10).join(passage_block(passage, indent))}\n  next: 1\n"
    [value] = yaml.safe_load(text)
    assert value["next"] == 1
    return str(value["context"])


def style_of(passage: str) -> str:
    return passage_block(passage, 6)[0]


def too_long(passage: str) -> list[str]:
    """The findings about the lines and the layout of a leaf with a passage."""
    text, _ = with_context("version: 3\nseed_examples:\n", passage)
    return [
        found.message for found in lint_text(text, KNOWLEDGE) if found.code not in ("type", "missing-key", "too-few")
    ]


@pytest.mark.parametrize(
    "passage",
    [
        f"{LONG}\n",
        f"# Cats\n\n{LONG}\n\n{LONG}\n",
        f"# Cats\n{LONG}\n",
        f"Sounds:\n{ITEMS}\n{LONG}\n",
        f"{ITEMS}- {LONG}\n",
        f"1. {LONG}\n2. two\n",
        f"See {URL} for more.\n",
    ],
)
def test_folded_passage_is_read_unchanged(passage: str) -> None:
    assert style_of(passage) == ">"
    assert value_of(passage) == passage
    assert too_long(passage) == []


def test_folded_passage_joins_lines_of_paragraphs() -> None:
    passage = f"Short line\nof a paragraph.\n\n{LONG}\n"
    assert value_of(passage) == f"Short line of a paragraph.\n\n{LONG}\n"
    assert too_long(passage) == []


@pytest.mark.parametrize("kept", [TABLE, CODE, "- one\n  - nested\n", "Heading\n=======\n", "> quoted\n", "a \\\nb\n"])
def test_tables_code_and_lists_keep_their_lines(kept: str) -> None:
    passage = f"{LONG}\n\n{kept}\n{LONG}\n"
    value = value_of(passage)
    assert style_of(passage) == "|"
    assert kept in value
    assert value.split() == passage.split()
    assert value.count("\n\n") == passage.count("\n\n")
    assert too_long(passage) == []


def test_wrapped_items_and_quotes_keep_their_markers() -> None:
    passage = f"- one\n  - {LONG}\n\n> {LONG}\n"
    value = value_of(passage)
    lines = value.split("\n")
    assert lines[1].startswith("  - Cats purr")
    assert lines[2].startswith("    ")
    assert [line for line in lines if line.startswith("> ")] == lines[lines.index("") + 1 : -1]
    assert too_long(passage) == []


@pytest.mark.parametrize("passage", [f"{TABLE}{ROW}", f"    {'code ' * 40}\n", f"bell \x07\n{LONG}\n"])
def test_quoted_passage_is_read_unchanged(passage: str) -> None:
    assert style_of(passage) == '"\\'
    assert value_of(passage).rstrip(" ") == "\n".join(line.rstrip() for line in passage.split("\n"))
    assert too_long(passage) == []


def test_short_passage_stays_literal() -> None:
    passage = "# Cats\n\nThey purr\nat 25 hertz.\n"
    assert passage_block(passage, 6) == ["|", "      # Cats", "", "      They purr", "      at 25 hertz."]
    assert passage_block(f"{URL}\n", 6) == ["|", f"      {URL}"]


def test_part_of_a_line_ends_without_a_line_break() -> None:
    assert value_of(LONG) == LONG
    assert value_of("a\n" + ROW.rstrip()).endswith("| 25 |")


def test_wrap_leaves_no_markup_at_the_start_of_a_line() -> None:
    assert wrap("one two - three", 8, 20) == ["one two -", "three"]
    assert wrap("one two - three", 8, 8) == ["one two", "- three"]
    assert wrap("one   two  three", 10, 20, "  ") == ["one   two", "  three"]


def test_any_passage_is_read_with_the_same_words() -> None:
    chance = random.Random(1)
    heads = ("", "", "", "- ", "  - ", "1. ", "> ", "# ", "    ", "| a | ", "```", "* ")
    odd = ("- x", "purr:", "#", "1.", "a" * 130, "  ", "|", "`a  b`", "\\", "\x07", "-", "=", "> q", "\t")
    for _ in range(300):
        lines = []
        for _ in range(chance.randint(1, 8)):
            words = [
                chance.choice(odd if chance.random() < 0.15 else ("cats", "purr")) for _ in range(chance.randint(0, 40))
            ]
            lines.append(chance.choice(heads) + " ".join(words))
        passage = "\n".join(lines) + "\n"
        # A quote that is wrapped has its sign on each line.
        assert "".join(value_of(passage).split()).replace(">", "") == "".join(passage.split()).replace(">", "")
        assert [message for message in too_long(passage) if "too long" in message] == []
