"""Text from elsewhere, made fit for a terminal: names, titles, logs, replies and errors must not steer it.

A control character moves the cursor, recolours or retitles the terminal; a bidirectional override makes a line read as
something else than it is; an invisible character hides in a name. Each is shown by its number.
"""

from __future__ import annotations

import re

_FORMATTING = (
    "\\xad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb"
    "\\U00013430-\\U0001343f\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff"
)
"""Separators of lines, and what reorders or hides text. Joiners stay, which many scripts need, and visible signs."""

HARMFUL = re.compile(f"[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff{_FORMATTING}]")
_LINES = re.compile(f"[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff{_FORMATTING}]")


def printable(text: str) -> str:
    """One line of text; what a terminal may obey is shown as \\u001b."""
    return text if text.isprintable() else HARMFUL.sub(_number, text)


def printable_lines(text: str) -> str:
    """The same for text of several lines: line ends and tabs stay."""
    return text if text.isprintable() else _LINES.sub(_number, text)


def _number(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
