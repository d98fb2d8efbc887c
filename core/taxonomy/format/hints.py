"""Hints that say exactly what is to be changed, so that it can be done on request too."""

from __future__ import annotations

import re

QUOTE = "Put the text in quotes."

WRITE = "Write it behind the key; null and ~ count as nothing, unless in quotes."

CLOSE = "Close it at the end of the text."

ESCAPE = "Put a backslash before each quote within the text."

INDENT = "Indent it like the lines that it belongs with."

UNCOMMENT = "What follows '#' is a comment. Put the text in quotes, '#' and all."


QUOTE_COMMENT = "If it is meant as text, put all of the text in quotes."


def space_behind(sign: str) -> str:
    """For `question:What` and `-question`, which are no keys."""
    return f"Put a space behind '{sign}'."


def colon_behind(key: str) -> str:
    """For `question What`, which is no key."""
    return f"Put ':' behind '{key}'."


def dash_before(key: str) -> str:
    """For `question: What` where an item starts."""
    return f"Put '- ' before '{key}'."


def no_block(sign: str) -> str:
    """For `|` or `>` after a key whose value is a list or a mapping."""
    return f"Remove '{sign}': it makes one text of the lines that follow."


def second_key(key: str) -> str:
    """For `commit: commit: "…"`; the key comes with its colon."""
    return f"Remove the second '{key}'."


def instead(wrong: str, right: str) -> str:
    """For a sign that another one is meant by; both are named as they are to be shown."""
    return f"Replace {wrong} with {right}."


def instead_of_key(written: str, meant: str) -> str:
    """For a key that is almost one. One that holds more than a name has swallowed a part of its value."""
    if re.fullmatch(r"[\w-]+", written) or written.replace(" ", "_").casefold() == meant:
        return f"Is '{meant}' meant?"
    return f"Behind '{meant}' stands ': '; text that holds ': ' itself goes in quotes."


def is_mechanical(hint: str | None) -> bool:
    """Whether a hint says all that is to be done."""
    certain = (
        "Put a space behind '",
        "Put ':' behind '",
        "Put '- ' before '",
        "Replace ",
        "Is '",
        "Remove the second '",
    )
    return hint in (QUOTE, CLOSE, ESCAPE, UNCOMMENT) or bool(hint and hint.startswith(certain))
