"""Colours and places in half-written YAML."""

from __future__ import annotations

import pytest

from core.taxonomy.authoring.cursor_place import indent_below, key_place, next_gap
from core.taxonomy.authoring.yaml_spans import block_lines, part_spans

LEAF = """version: 3
domain: cats
seed_examples:
  - context: |
      A cat: it purrs.
      # not a comment
    questions_and_answers:
      - question: What purrs?
        answer:
      - question:
        ans
document:
  repo: x
  pat
cre"""


def place(text: str, row: int) -> tuple[tuple[str | int, ...], str, set[str]] | None:
    lines = text.split("\n")
    found = key_place(lines, block_lines(lines), row, len(lines[row]))
    return None if found is None else (found.path, found.typed, set(found.present))


def test_block_lines_end_at_key_level() -> None:
    inside = block_lines(LEAF.split("\n"))
    assert [number for number, one in enumerate(inside) if one] == [4, 5]
    assert block_lines(["- |", "  text", "- b"]) == [False, True, False]
    assert block_lines(["- a: >-", "    text", "", "  b: 1"]) == [False, True, True, False]


def test_key_place_follows_indentation() -> None:
    pair: tuple[str | int, ...] = ("seed_examples", 0, "questions_and_answers", 0)
    assert place(LEAF, 10) == (pair, "ans", {"question"})
    assert place(LEAF, 13) == (("document",), "pat", {"repo"})
    assert place(LEAF, 14) == ((), "cre", {"version", "domain", "seed_examples", "document"})
    assert place(LEAF, 4) is None
    assert place("a: 1\nb: text\n  more", 2) is None
    assert place("seed_examples:\n- question: x\n  an", 2) == (("seed_examples", 0), "an", {"question"})
    assert place("seed_examples:\n- ", 1) == (("seed_examples", 0), "", set())
    assert place("seed_examples:\n- a: 1\n- ", 2) == (("seed_examples", 0), "", set())
    assert place("seed_examples:\n  - a:\n      - q", 2) == (("seed_examples", 0, "a", 0), "q", set())
    assert place("question: what", 0) is None


def test_next_gap_finds_keys_without_value() -> None:
    lines = LEAF.split("\n")
    assert next_gap(lines, block_lines(lines), 0) == 8
    assert next_gap(lines, block_lines(lines), 8) == 9
    assert next_gap(lines, block_lines(lines), 9) == 8
    assert next_gap(["a: 1"], [False], 0) is None
    assert next_gap(["patterns:", "  - a.md", "  -"], [False] * 3, 0) == 2


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("  - question: What? # why", [("mark", "-"), ("key", "question"), ("mark", ":"), ("comment", "# why")]),
        ("version: 3", [("key", "version"), ("mark", ":"), ("number", "3")]),
        ('a: "b # c"', [("key", "a"), ("mark", ":"), ("quoted", '"b # c"')]),
        ("# all", [("comment", "# all")]),
        ("plain text: no", [("key", "plain text"), ("mark", ":")]),
        ("no#comment", []),
    ],
)
def test_part_spans_of_a_line(line: str, parts: list[tuple[str, str]]) -> None:
    assert [(part, line[start:end]) for start, end, part in part_spans(line, False)] == parts


def test_indent_below_follows_line_above() -> None:
    assert indent_below("seed_examples:", False) == 2
    assert indent_below("  - context: |", False) == 6
    assert indent_below("      - question: What?", False) == 8
    assert indent_below("      Some text:", True) == 6
    assert indent_below("  text that goes on", False) == 2
    assert indent_below("  - a pattern", False) == 4
    assert indent_below("", False) == 0
