"""Markdown to paragraphs of plain prose, each with its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markdown_it.token import Token

from core.documents.markdown import Environment, parse_blocks, parse_inline

LINE_CHARACTERS: Final = 20_000
"""A longer line is not prose; it is left out."""

_SKIPPED_HEADINGS: Final = re.compile(
    r"(?i)^(references?|notes?|footnotes?|sources?|external links?|see also|further reading|bibliography|citations?)$"
)
_NOTE: Final = re.compile(r"\[[^\]\n]{1,200}\]:")
"""Begins a footnote, or a link's target that CommonMark does not take for one."""
_CITATION: Final = re.compile(r"\[\^[^\]\s]{1,60}\]|\[\d{1,3}\]|\[citation needed\]")
_TAG: Final = re.compile(r"<!--.{0,2000}?-->|</?[a-zA-Z][^<>]{0,200}>", re.DOTALL)


@dataclass(frozen=True)
class Paragraph:
    """Prose on one line, and the headings above it."""

    text: str
    headings: tuple[str, ...]


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The prose of a markdown text. Tables, code, images, footnotes, link lists and reference sections are left out."""
    tokens, environment = parse_blocks(text)
    environment = _without_citations(environment)
    headings: list[tuple[int, str]] = []
    skipped_level = 0
    for level, content in _texts(tokens):
        if level:
            title = clean(content, environment)
            headings = [(depth, name) for depth, name in headings if depth < level] + [(level, title)]
            if not skipped_level or level <= skipped_level:
                skipped_level = level if _SKIPPED_HEADINGS.match(title) else 0
        elif not skipped_level and (prose := clean(_prose_lines(content), environment)):
            yield Paragraph(prose, tuple(title for _, title in headings))


def _without_citations(environment: Environment) -> Environment:
    """The targets of links, without those of numbers in brackets: they are left out as citations."""
    targets = environment.get("references", {})
    return {"references": {name: target for name, target in targets.items() if not _CITATION.fullmatch(f"[{name}]")}}


def _texts(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """The headings, with their levels, and the paragraphs, with level 0, in order."""
    level, in_table = 0, False
    for token in tokens:
        if token.type in ("table_open", "table_close"):
            in_table = token.nesting == 1
        elif token.type in ("heading_open", "heading_close"):
            level = int(token.tag[1]) if token.nesting == 1 else 0
        elif token.type == "inline" and not in_table:
            yield level, token.content
        elif token.type == "html_block":
            yield from ((0, part) for part in _TAG.sub("", token.content).split("\n\n"))


def _prose_lines(text: str) -> str:
    """A paragraph up to a footnote, without rows of a table that has no head."""
    lines = []
    for line in text.split("\n"):
        if _NOTE.match(line):
            break
        if not line.startswith("|") and len(line) <= LINE_CHARACTERS:
            lines.append(line)
    return "\n".join(lines)


def clean(text: str, environment: Environment | None = None) -> str:
    """The text without inline markup: links become their text, and white space is single."""
    return " ".join("".join(map(_shown, parse_inline(" ".join(text.split()), environment))).split())


def _shown(token: Token) -> str:
    if token.type in ("image", "html_inline"):
        return ""
    return _CITATION.sub("", token.content) if token.type == "text" else token.content
