"""Markdown that the method does not support: images, footnotes and HTML tables, outside of code."""

from __future__ import annotations

import re
from typing import NamedTuple

_INLINE_CODE = re.compile(
    r"(?<!`)(`{1,9})(?!`)[^\n]{1,1000}?(?<!`)\1(?!`)|<!--(?:(?!<!--).){0,1000}?-->|\\[^\w\s]", re.DOTALL
)
"""Code within a line, comments, and escaped punctuation."""

_UNSUPPORTED = re.compile(
    r"(?P<image>(?<![\w!])!\[[^\[\]]{0,1000}\][(\[]|(?<=\w)!\[[^\[\]]{0,1000}\]\([^()\s]{0,1000}[./]"
    r"|!?\[\[(?:file:|image:)?[^\[\]|]{1,200}\.(?:jpe?g|png|gif|svg|webp)\b|<(?:img|svg|object|embed)\s[^<>]{0,1000}=)"
    r"|(?P<footnote>\[\^\d{1,9}\]|(?<=[\w.,;:!?)])\^\[[^\[\]\s]{1,100}\s[^\[\]]{1,1000}\])"
    r"|(?P<table><table\s[^<>]{0,1000}=|<table>\s{0,1000}<(?:tr|thead|tbody|caption|colgroup)\b"
    r"|<tr(?:\s[^<>]{0,1000})?>\s{0,1000}<t[dh]\b)",
    re.IGNORECASE,
)
_DEFINED = re.compile(r"^ {0,3}\[(\^?[^\]\n]{1,100})\]:", re.MULTILINE)
_REFERRED = re.compile(r"(?P<image>(?<!\w)!\[([^\[\]^]{1,100})\])|(?P<footnote>\[(\^[^\]\s]{1,100})\](?!:))")
"""An image or a footnote, if its name is defined."""

NAMES = {"image": "an image", "footnote": "a footnote", "table": "an HTML table"}

HINTS = {
    "image": "Describe it as text, or leave it out.",
    "footnote": "Write its text where it is needed, or leave it out.",
    "table": "Write it as a markdown table.",
}


class Unsupported(NamedTuple):
    """A part of a text in markdown that the method does not support."""

    kind: str
    start: int
    end: int


def unsupported_markdown(text: str) -> list[Unsupported]:
    """The first image, footnote and HTML table of a text, outside of code."""
    if not any(sign in text for sign in ("![", "[^", "^[", "[[", "<")):
        return []
    plain = _without_code(text)
    first: dict[str, Unsupported] = {}
    defined = {match[1].casefold() for match in _DEFINED.finditer(plain)}
    for match in _REFERRED.finditer(plain) if defined else ():
        if (match[2] or match[4]).casefold() in defined:
            _note(first, match)
    for match in _UNSUPPORTED.finditer(plain):
        _note(first, match)
        if len(first) == len(NAMES):
            break
    return list(first.values())


def _note(first: dict[str, Unsupported], match: re.Match[str]) -> None:
    kind = next(kind for kind in NAMES if match.groupdict().get(kind))
    if kind not in first or match.start() < first[kind].start:
        first[kind] = Unsupported(kind, *match.span())


def _without_code(text: str) -> str:
    """A text with spaces in place of code and comments, so that everything else keeps its position."""
    from core.documents.markdown import parse_blocks  # few texts pay for this import

    lines = text.split("\n")
    tokens, _ = parse_blocks(text.replace("\r", " "))  # the parser takes it for the end of a line
    for token in tokens:
        if token.type in ("fence", "code_block") and token.map is not None:
            for number in range(*token.map):
                lines[number] = " " * len(lines[number])
    return _INLINE_CODE.sub(lambda match: " " * len(match[0]), "\n".join(lines))
