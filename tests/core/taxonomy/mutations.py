"""Small changes that people and programs make to a leaf's text, each drawn at random."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[int]], int]

VALUES = (
    "",
    "''",
    "'  '",
    '"a\\tb"',
    "null",
    "~",
    "true",
    "yes",
    "3",
    "3.0",
    "-1",
    "1e3",
    "0x1f",
    "1_000",
    "12:30:45",
    ".nan",
    "2024-01-01",
    "2024-13-01",
    "[]",
    "{}",
    "[a, b]",
    "[a,b]",
    "[ a ]",
    "[  a ]",
    "[a, a]",
    "{a: b}",
    "{ a: b }",
    "{a: b,}",
    "{a : b}",
    "[a ,b]",
    "[a: b]",
    "[what?]",
    "- a",
    "|",
    ">-",
    "|2",
    "|\t# b",
    "&x text",
    "*x",
    "!!str 3",
    "!!int '3'",
    "!!set {a, b}",
    "!!binary aGk=",
    "!other x",
    "@at",
    "`tick",
    "%percent",
    "'it''s'",
    "'open",
    '"open',
    "a: b",
    "a #b",
    "a # b",
    "#b",
    "a\tb",
    "\ta",
    "a\t# b",
    "what? yes: no",
    "? a",
    "é ü 你好 😀",
    "a\u2028b",
    "a\x85b",
    "a\u00a0b",
    "x" * 130,
    "word " * 40,
)

LINES = (
    "",
    "  ",
    "\t",
    "# comment",
    "   # comment",
    "#comment",
    "---",
    "...",
    "--- # start",
    "%YAML 1.1",
    "key: value",
    "key:",
    "  key: value",
    "- item",
    "  - item",
    "version: 3",
    "version: 2",
    "version: 1",
    "<<: {a: b}",
    "<<<<<<< HEAD",
    "=======",
    "? key",
    ": value",
    "domain: x",
    "context: x",
    "document: {repo: a, commit: b, patterns: [c]}",
)

CHARACTERS = " \t:-#'\"[]{},|>?&*!%@`\\\n\r\x00\x07\x1b\x85\xa0\u2028\ufeffaé3"

KEY = re.compile(r"^( *(?:- )*)([a-z_]+)( *:)(.*)$")


def index(draw: Draw, length: int) -> int:
    return draw(st.integers(0, max(0, length - 1)))


def change_line(draw: Draw, text: str, change: Callable[[str], list[str]]) -> str:
    lines = text.split("\n")
    at = index(draw, len(lines))
    return "\n".join([*lines[:at], *change(lines[at]), *lines[at + 1 :]])


def _key_line(draw: Draw, text: str, change: Callable[[re.Match[str]], str]) -> str:
    lines = text.split("\n")
    keyed = [number for number, line in enumerate(lines) if KEY.match(line)]
    if keyed:
        at = keyed[index(draw, len(keyed))]
        match = KEY.match(lines[at])
        assert match
        lines[at] = change(match)
    return "\n".join(lines)


def drop_line(draw: Draw, text: str) -> str:
    return change_line(draw, text, lambda _: [])


def repeat_line(draw: Draw, text: str) -> str:
    return change_line(draw, text, lambda line: [line, line])


def insert_line(draw: Draw, text: str) -> str:
    new = LINES[index(draw, len(LINES))]
    count = 1 + index(draw, 4)
    return change_line(draw, text, lambda line: [line, *[new] * count])


def shift_line(draw: Draw, text: str) -> str:
    by = index(draw, 7) - 3
    return change_line(draw, text, lambda line: [" " * by + line if by > 0 else line[min(-by, len(line)) :]])


def shift_block(draw: Draw, text: str) -> str:
    lines = text.split("\n")
    start = index(draw, len(lines))
    end = start + 1 + index(draw, 8)
    by = 1 + index(draw, 3)
    moved = [" " * by + line if line else line for line in lines[start:end]]
    return "\n".join([*lines[:start], *moved, *lines[end:]])


def outdent_lists(_: Draw, text: str) -> str:
    return text.replace("\n  ", "\n")


def trail(draw: Draw, text: str) -> str:
    tail = (" ", "  ", "\t", " \t", " #", " # x", "#", "\r", ":", ",", "\x0b")[index(draw, 11)]
    return change_line(draw, text, lambda line: [line + tail])


def rename_key(draw: Draw, text: str) -> str:
    new = ("x", "question", "context", "version", "'version'", "answers", "<<", "!!str key", "*a")[index(draw, 9)]
    return _key_line(draw, text, lambda match: f"{match[1]}{new}{match[3]}{match[4]}")


def drop_key_mark(draw: Draw, text: str) -> str:
    return _key_line(draw, text, lambda match: f"{match[1]}{match[2]}{match[4]}")


def space_key(draw: Draw, text: str) -> str:
    before, after = index(draw, 3), index(draw, 4)
    return _key_line(draw, text, lambda match: f"{match[1]}{match[2]}{' ' * before}:{' ' * after}{match[4].strip()}")


def space_hyphen(draw: Draw, text: str) -> str:
    spaces = " " * (1 + index(draw, 3))
    return change_line(draw, text, lambda line: [line.replace("- ", f"-{spaces}", 1)])


def set_value(draw: Draw, text: str) -> str:
    value = VALUES[index(draw, len(VALUES))]
    return _key_line(draw, text, lambda match: f"{match[1]}{match[2]}{match[3]} {value}")


def put_value_below(draw: Draw, text: str) -> str:
    by = index(draw, 7)
    return _key_line(draw, text, lambda m: f"{m[1]}{m[2]}{m[3]}\n{' ' * (len(m[1]) + by)}{m[4].strip() or 'x'}")


def insert_character(draw: Draw, text: str) -> str:
    at = index(draw, len(text) + 1)
    return text[:at] + CHARACTERS[index(draw, len(CHARACTERS))] + text[at:]


def drop_character(draw: Draw, text: str) -> str:
    at = index(draw, len(text))
    return text[:at] + text[at + 1 :]


def cut(draw: Draw, text: str) -> str:
    return text[: index(draw, len(text) + 1)]


def ends(draw: Draw, text: str) -> str:
    tail = ("", "\n\n", "\n\n\n\n", " \n", "\n ", "\n\t\n", "\n# end\n", "\n...\n", "\n---\n", "\r\n", "\n\r\n")[
        index(draw, 11)
    ]
    return text.rstrip("\n") + tail


def starts(draw: Draw, text: str) -> str:
    head = (
        "\n",
        "\n\n\n",
        "---\n",
        "--- \n",
        "\ufeff",
        " ",
        "# x\n",
        "# x\n\n\n\n",
        "%YAML 1.1\n---\n",
        "--- ",
        "\r\n",
    )[index(draw, 11)]
    return head + text


def windows_lines(_: Draw, text: str) -> str:
    return text.replace("\n", "\r\n")


MUTATIONS = (
    drop_line,
    repeat_line,
    insert_line,
    shift_line,
    shift_block,
    outdent_lists,
    trail,
    rename_key,
    drop_key_mark,
    space_key,
    space_hyphen,
    set_value,
    set_value,
    put_value_below,
    insert_character,
    drop_character,
    cut,
    ends,
    starts,
    windows_lines,
)


def mutated(draw: Draw, bases: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """A leaf's path and its text, changed one to three times."""
    path, text = bases[index(draw, len(bases))]
    for _ in range(1 + index(draw, 3)):
        text = MUTATIONS[index(draw, len(MUTATIONS))](draw, text)
    return path, text
