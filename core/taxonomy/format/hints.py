"""Hints that several modules give."""

from __future__ import annotations

import re

QUOTE = "Put the text in quotes."

WRITE = "Type its text after the colon."

EMPTY_WORD = "null and ~ count as empty; put them in quotes if they are meant as text."

CLOSE = "Close it at the end of the text."

ESCAPE = "Put a backslash before each quote within the text."

INDENT = "Indent it like the lines it belongs with."

UNCOMMENT = "The text after '#' is a comment. Put it in quotes, including the '#'."


QUOTE_COMMENT = "If it is meant as text, put the whole text in quotes."


def space_after(sign: str) -> str:
    """For `question:What` and `-question`, which are not keys."""
    return f"Add a space after '{sign}'."


def colon_after(key: str) -> str:
    """For `question What`, which is not a key."""
    return f"Add ':' after '{key}'."


def dash_before(key: str) -> str:
    """For `question: What` where an item starts."""
    return f"Add '- ' before '{key}'."


def no_block(sign: str) -> str:
    """For `|` or `>` after a key whose value is a list or a mapping."""
    return f"Remove '{sign}': it turns the lines that follow into one text."


def second_key(key: str) -> str:
    """For `commit: commit: "…"`; the key comes with its colon."""
    return f"Remove the second '{key}'."


def replace(wrong: str, right: str) -> str:
    """For a sign that was typed instead of another one; both as they are shown."""
    return f"Replace {wrong} with {right}."


def is_misspelt(written: str, meant: str) -> bool:
    """Whether a key that is almost another one is only misspelt. Else it has swallowed a part of its value."""
    return bool(re.fullmatch(r"[\w-]+", written)) or written.replace(" ", "_").casefold() == meant


def rename_key(meant: str) -> str:
    """For a key that is misspelt."""
    return f"Did you mean '{meant}'?"


def key_with_value(meant: str) -> str:
    """For a key that holds a part of its value."""
    return f"Write ': ' after '{meant}', and put text that contains ': ' in quotes."
