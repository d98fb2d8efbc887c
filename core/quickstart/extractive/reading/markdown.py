"""Markdown to paragraphs of plain prose, each with the headings that it stands under."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LINE_CHARACTERS: Final = 20_000
"""A longer line is no prose; it is left out."""

_SKIPPED_HEADINGS: Final = re.compile(
    r"(?i)^(references?|notes?|footnotes?|sources?|external links?|see also|further reading|bibliography|citations?)$"
)
_HEADING: Final = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*$")
_FENCE: Final = re.compile(r"^ {0,3}(```|~~~)")
_TABLE_ROW: Final = re.compile(r"^\s*\|.*|^\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)+\|?\s*$|^.*\S\s+\|\s+\S.*\|.*$")
_LINK_DEFINITION: Final = re.compile(r"^ {0,3}\[[^\]\n]{1,200}\]:")
_LIST_ITEM: Final = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+")
_RULE: Final = re.compile(r"^\s*(?:[-*_=]\s*){3,}$")

_INLINE: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"<!--[^>]{0,2000}-->"), ""),
    (re.compile(r"!\[[^\]\n]{0,300}\]\([^()\n]{0,500}(?:\([^()\n]{0,200}\)[^()\n]{0,300})?\)"), ""),
    (re.compile(r"\[([^\[\]]{1,300})\]\((?:[^()]|\([^()]{0,200}\)){0,500}\)"), r"\1"),
    (re.compile(r"\[([^\[\]]{1,300})\]\[[^\[\]]{0,100}\]"), r"\1"),
    (re.compile(r"\[\^[^\]\s]{1,60}\]|\[\d{1,3}\]|\[citation needed\]"), ""),
    (re.compile(r"<(https?://[^>\s]{1,500})>"), r"\1"),
    (re.compile(r"<sup>\s*([^<]{1,30}?)\s*</sup>"), r"\1"),
    (re.compile(r"</?[a-zA-Z][^<>]{0,200}>"), ""),
    (re.compile(r"(\*\*|__)(?=\S)([^*_]{1,500}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*]{1,500}?)(?<=[^\s*])\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=[^\s_])([^_]{1,500}?)(?<=[^\s_])_(?![\w_])"), r"\1"),
    (re.compile(r"`([^`\n]{1,300})`"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])"), r"\1"),
)


@dataclass(frozen=True)
class Paragraph:
    """Prose on one line, under its headings."""

    text: str
    headings: tuple[str, ...]


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The prose of a markdown text. Tables, code, images, footnotes, link lists and reference sections are left out."""
    headings: list[tuple[int, str]] = []
    gathered: list[str] = []
    skipped_level = 0
    fence = ""
    skipping_note = False

    def flush() -> Iterator[Paragraph]:
        prose = clean(" ".join(gathered))
        gathered.clear()
        if prose and not skipped_level:
            yield Paragraph(prose, tuple(title for _, title in headings))

    for line in text.splitlines():
        opening = _FENCE.match(line)
        if fence or opening:
            yield from flush()
            fence = "" if fence and opening and opening[1] == fence else fence or (opening[1] if opening else "")
            continue
        heading = _HEADING.match(line) if len(line) < 500 else None
        if heading:
            yield from flush()
            level, title = len(heading[1]), clean(heading[2])
            headings = [(depth, name) for depth, name in headings if depth < level] + [(level, title)]
            if not skipped_level or level <= skipped_level:
                skipped_level = level if _SKIPPED_HEADINGS.match(title) else 0
            continue
        item = _LIST_ITEM.match(line)
        blank = not line.strip() or len(line) > LINE_CHARACTERS
        note = bool(_LINK_DEFINITION.match(line))
        if blank or item or note or _TABLE_ROW.match(line[:500]) or _RULE.match(line[:200]):
            yield from flush()
        if note:
            skipping_note = True
        elif blank or (item and not line.startswith(" ")):
            skipping_note = False
        if blank or skipping_note or _TABLE_ROW.match(line[:500]) or _RULE.match(line[:200]):
            continue
        gathered.append(re.sub(r"^\s*>+\s?", "", line[item.end() :] if item else line).strip())
    yield from flush()


def clean(text: str) -> str:
    """Inline markdown taken off: links become their text, emphasis and markup go, white space is single."""
    text = " ".join(text.split())
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return " ".join(html.unescape(text).split())
