"""Inserts contexts and pairs into the seed examples of a leaf's text, which may be incomplete.

Works on lines, so that comments and all other lines are kept unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from core.taxonomy.authoring.cursor_place import parse_line
from core.taxonomy.authoring.passage_block import passage_block
from core.taxonomy.authoring.yaml_spans import block_lines
from core.taxonomy.format.schema import MIN_PAIRS

WRAP = 100
"""Line length at which an inserted pair is wrapped."""

_EMPTY = ("", '""', "''", "|", ">", "|-", ">-")


@dataclass(frozen=True)
class Example:
    """A seed example's lines, and the columns of its dash and of its keys."""

    start: int
    end: int
    """The row after its last line that is not blank."""
    dash: int
    column: int


def examples(lines: Sequence[str]) -> list[Example]:
    """The items below `seed_examples`, by indentation."""
    in_block = block_lines(lines)
    top = _top(lines, in_block)
    starts: list[tuple[int, int, int]] = []
    end = 0 if top is None else top + 1
    for row in range(end, len(lines)):
        line = parse_line(lines[row])
        if not lines[row].strip() or (lines[row].lstrip().startswith("#") and not in_block[row]):
            continue
        if not in_block[row]:
            if not line.dashes and line.column == 0 and not lines[row].startswith(" "):
                break
            if line.dashes and (not starts or line.dashes[0] == starts[0][1]):
                starts.append((row, line.dashes[0], line.column))
        end = row + 1
    ends = [*(row for row, _, _ in starts[1:]), end]
    return [
        Example(row, _without_blanks(lines, row, stop), dash, column)
        for (row, dash, column), stop in zip(starts, ends, strict=False)
    ]


def with_context(text: str, passage: str) -> tuple[str, int]:
    """Add a passage as the context of the first seed example without one, otherwise of a new one at the end.

    Returns the text and the row of the first question to write.
    """
    lines = text.split("\n")
    found = examples(lines)
    for example in found:
        row = _empty_context(lines, example)
        if row is not None:
            head = lines[row][: lines[row].index("context:")] + "context: "
            block = _block(passage, example.column + 2)
            lines[row : row + 1] = [head + block[0], *block[1:]]
            return "\n".join(lines), _first_question(lines, row + len(block))
    dash, column = (found[-1].dash, found[-1].column) if found else (2, 4)
    if found:
        at = found[-1].end
    else:
        top = _top(lines, block_lines(lines))
        if top is None:
            at = _without_blanks(lines, 0, len(lines))
            lines.insert(at, "seed_examples:")
            top = at
        elif parse_line(lines[top]).value.strip() == "[]":
            lines[top] = "seed_examples:"
        at = top + 1
    lines[at:at] = _skeleton(passage, dash, column)
    if lines[-1]:
        lines.append("")
    return "\n".join(lines), _first_question(lines, at)


def with_question(text: str, passage: str, question: str) -> tuple[str, int]:
    """Add a seed example for a passage, with a question whose answer is to be written.

    Returns the text and the row of the answer.
    """
    text, row = with_context(text, passage)
    lines = text.split("\n")
    dash = parse_line(lines[row]).dashes[-1]
    asked = [line for line in _rendered(question, "", dash) if parse_line(line).key != "answer"]
    lines[row : row + 1] = asked
    return "\n".join(lines), row + len(asked)


def with_pair(text: str, row: int, question: str, answer: str) -> str | None:
    """Add a pair to the seed example at a row: in place of an empty pair, otherwise after the last one.

    Returns None if there is no seed example at that row.
    """
    lines = text.split("\n")
    example = example_at(lines, row)
    if example is None:
        return None
    in_block = block_lines(lines)
    empty = None
    pairs_row, dash = None, example.column + (2 if example.dash else 0)
    for at in range(example.start, example.end):
        line = parse_line(lines[at])
        if in_block[at]:
            continue
        if line.key == "questions_and_answers":
            pairs_row = at
        elif line.key == "question" and line.dashes:
            dash = line.dashes[-1]
            below = parse_line(lines[at + 1]) if at + 1 < len(lines) else line
            if empty is None and _is_empty(lines[at]) and below.key == "answer" and _is_empty(lines[at + 1]):
                empty = at
    pair = _rendered(question, answer, dash)
    if empty is not None:
        lines[empty : empty + 2] = pair
    else:
        if pairs_row is None:
            pair.insert(0, " " * example.column + "questions_and_answers:")
        lines[example.end : example.end] = pair
    return "\n".join(lines)


def example_at(lines: Sequence[str], row: int) -> Example | None:
    """The seed example at a row, including blank lines below it."""
    found = [example for example in examples(lines) if example.start <= row]
    if not found:
        return None
    last = found[-1]
    blank = not any(line.strip() for line in lines[last.end : row + 1])
    return last if row < last.end or blank else None


def _top(lines: Sequence[str], in_block: Sequence[bool]) -> int | None:
    for row, line in enumerate(lines):
        if not in_block[row] and line.startswith("seed_examples:"):
            return row
    return None


def _without_blanks(lines: Sequence[str], start: int, end: int) -> int:
    while end > start and not lines[end - 1].strip():
        end -= 1
    return end


def _is_empty(line: str) -> bool:
    return parse_line(line).value.strip() in _EMPTY


def _empty_context(lines: Sequence[str], example: Example) -> int | None:
    """The row of an empty context."""
    in_block = block_lines(lines)
    for row in range(example.start, example.end):
        if parse_line(lines[row]).key == "context" and not in_block[row]:
            written = row + 1 < len(lines) and in_block[row + 1] and lines[row + 1].strip()
            return row if _is_empty(lines[row]) and not written else None
    return None


def _first_question(lines: Sequence[str], row: int) -> int:
    below = range(row, len(lines))
    return next((at for at in below if parse_line(lines[at]).key == "question"), row)


def _skeleton(passage: str, dash: int, column: int) -> list[str]:
    """A seed example with a passage and empty pairs."""
    pairs = column + (2 if dash else 0)
    pair = [" " * pairs + "- question:", " " * (pairs + 2) + "answer:"]
    block = _block(passage, column + 2)
    return [
        " " * dash + "-".ljust(column - dash) + f"context: {block[0]}",
        *block[1:],
        " " * column + "questions_and_answers:",
        *(pair * MIN_PAIRS),
    ]


def _block(passage: str, indent: int) -> list[str]:
    return passage_block(passage.strip("\n") + "\n", indent)


def _rendered(question: str, answer: str, dash: int) -> list[str]:
    """A pair as a list item, quoted where YAML requires it."""
    written = yaml.safe_dump(
        [{"question": question, "answer": answer}], sort_keys=False, allow_unicode=True, width=WRAP - dash
    )
    return [" " * dash + line if line else "" for line in written.rstrip("\n").split("\n")]
