"""Markdown that the method does not support: images, footnotes and HTML tables, outside of code."""

from __future__ import annotations

import re
from typing import NamedTuple

_FENCE = re.compile(r"(?:> ?){0,3} {0,3}(`{3,}(?![^\n]*`)|~{3,})")
_INDENTED = re.compile(r" {4}|\t")
_HIDDEN = re.compile(
    r"(?<!`)(`{1,9})(?!`)[^\n]{1,1000}?(?<!`)\1(?!`)|<!--(?:(?!<!--).){0,1000}?-->|\\[^\w\s]", re.DOTALL
)
"""Code within a line, comments, and signs that stand for themselves."""

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
"""What is an image or a footnote if its name is defined."""

NAMES = {"image": "an image", "footnote": "a footnote", "table": "an HTML table"}

HINTS = {
    "image": "Write what it shows as text, or leave it out.",
    "footnote": "Write its text where it is needed, or leave it out.",
    "table": "Write it as a markdown table.",
}


class Unsupported(NamedTuple):
    """A stretch of markdown that the method does not support."""

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
    """A text with spaces in the place of code, so that all else keeps its place."""
    lines = []
    fence, code, blank = "", False, True
    for line in text.split("\n"):
        opened = _FENCE.match(line)
        if fence:
            hidden = True
            if opened and opened[1].startswith(fence) and not line[opened.end() :].strip():
                fence = ""
        elif opened:
            hidden, fence = True, opened[1]
        else:
            hidden = bool(_INDENTED.match(line)) and (blank or code)
        blank = not line.strip()
        code = hidden
        lines.append(" " * len(line) if hidden else line)
    return _HIDDEN.sub(lambda match: " " * len(match[0]), "\n".join(lines))
