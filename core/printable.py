"""Making untrusted text printable: names, titles, logs, replies and errors must not control the terminal.

A control character can move the cursor or change colours and title; a bidirectional override can reorder a line; an
invisible character can hide in a name. Each is shown by its number.
"""

from __future__ import annotations

import re

_FORMATTING = (
    "\\xad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb"
    "\\U00013430-\\U0001343f\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff"
)
"""Line separators, and characters that reorder or hide text. Joiners, which many scripts need, are kept."""

HARMFUL = re.compile(f"[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff{_FORMATTING}]")
_LINES = re.compile(f"[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff{_FORMATTING}]")


def printable(text: str) -> str:
    """One line of text; what a terminal may obey is shown as \\u001b."""
    return text if text.isprintable() else HARMFUL.sub(_number, text)


def printable_lines(text: str) -> str:
    """Text of several lines, with line ends and tabs kept."""
    return text if text.isprintable() else _LINES.sub(_number, text)


def _number(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
