"""A passage of a document as the value of a context, wrapped so that no line is longer than the style rules allow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from core.taxonomy.format.scalars import context_block, escaped, fits_block, tidied
from core.taxonomy.format.style import INSTRUCTLAB, WORD

if TYPE_CHECKING:
    from markdown_it.token import Token

WRAP = 72
"""Line length at which a passage is wrapped; a terminal with 80 columns does not wrap it again."""

_PIECE = re.compile(r"\s*\S+")
_MARKUP = re.compile(r"[-+*]|#{1,6}|\d{1,9}[.)]|=+|--+|[>|].*|`{3,}.*|~{3,}.*")
"""A word that starts a list, a heading or the like if it is the first one of a line."""

_PREFIX = re.compile(r"[ \t]*(?:>[ \t]?)*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*")
_MARKER = re.compile(r"[^\s>]")
"""What a list's marker consists of; a quote's sign is repeated on each of its lines."""


def passage_block(passage: str, indent: int) -> list[str]:
    """The lines of a context's value, the first of which is written after `context: `; the text starts at `indent`.

    A passage whose lines are short enough is a literal block. One of paragraphs, headings and simple lists becomes a
    folded block: YAML joins its wrapped lines again, so that only line breaks within a paragraph are read as spaces.
    Otherwise paragraphs are wrapped in a literal block, where a line break means the same in markdown, and tables and
    code keep their lines. If one of these is too long, the passage is quoted, and read without any difference.
    """
    limit, width = INSTRUCTLAB.line_length - indent, WRAP - indent
    text = tidied(passage)
    if _fits(text, limit) and fits_block(text):
        return _lines(context_block(text, indent))
    if fits_block(text):
        from core.documents.markdown import parse_blocks  # only long lines pay for this import

        lines = text.removesuffix("\n").split("\n")
        tokens, _ = parse_blocks(text)
        parts = _parts(tokens, lines)
        if parts is not None:
            return [">" if text.endswith("\n") else ">-", *_folded(parts, " " * indent, width, limit)]
        wrapped = "\n".join(_wrapped(tokens, lines, width, limit)) + ("\n" if text.endswith("\n") else "")
        if _fits(wrapped, limit):
            return _lines(context_block(wrapped, indent))
    return _quoted(text, indent, width)


def _fits(text: str, limit: int) -> bool:
    return all(len(line) <= limit or WORD.fullmatch(line) for line in text.split("\n"))


def _lines(block: str) -> list[str]:
    return block.rstrip("\n").split("\n")


def wrap(line: str, width: int, limit: int, margin: str = "") -> list[str]:
    """A line in pieces of at most `width` characters, where words allow it; `margin` starts each but the first.

    A word that would be read as markup at the start of a line stays on the line before, up to `limit`.
    """
    found: list[str] = []
    current = ""
    for piece in _PIECE.findall(line):
        length = len(current) + len(piece)
        if current.strip() and length > width and (length > limit or not _MARKUP.fullmatch(piece.strip())):
            found.append(current)
            current = margin + piece.lstrip()
        else:
            current += piece
    return [*found, current]


def _parts(tokens: Sequence[Token], lines: Sequence[str]) -> list[tuple[str, int]] | None:
    """The paragraphs, headings and list items, each as one line and with the blank lines before it.

    None if the passage contains anything else, whose lines a folded block would join.
    """
    parts: list[tuple[str, int]] = []
    end = 0
    for token in tokens:
        if token.type not in _SIMPLE or (token.type == "list_item_open" and token.level > 1):
            return None
        if token.map is None or token.type not in ("paragraph_open", "heading_open"):
            continue
        start, stop = token.map
        inside = lines[start:stop]
        if lines[start][:1].isspace() or any(line.endswith("\\") for line in inside[:-1]):
            return None
        if token.type == "heading_open" and len(inside) > 1:  # underlined
            return None
        parts.append((" ".join(line.strip() for line in inside), start - end))
        end = stop
    return parts if end == len(lines) else None


_SIMPLE = frozenset(
    f"{name}_{end}"
    for name in ("paragraph", "heading", "bullet_list", "ordered_list", "list_item")
    for end in ("open", "close")
) | {"inline"}


def _folded(parts: Sequence[tuple[str, int]], margin: str, width: int, limit: int) -> Iterator[str]:
    """The lines of a folded block, in which one line break more is written than is read."""
    for number, (text, blank) in enumerate(parts):
        if number:
            yield from [""] * (min(blank, 1) + 1)  # more than two blank lines are not allowed
        yield from (margin + line for line in wrap(text, width, limit))


def _wrapped(tokens: Sequence[Token], lines: Sequence[str], width: int, limit: int) -> Iterator[str]:
    """The lines, with those of paragraphs wrapped that are too long, also in lists and quotes."""
    prose = {row for token in tokens if token.type == "paragraph_open" and token.map for row in range(*token.map)}
    for row, line in enumerate(lines):
        if row not in prose or len(line) <= limit:
            yield line
            continue
        prefix = _PREFIX.match(line)
        assert prefix is not None, "the pattern matches any line"
        first, *rest = wrap(line[prefix.end() :], width - prefix.end(), limit - prefix.end())
        margin = _MARKER.sub(" ", prefix[0])
        yield from (prefix[0] + first, *(margin + text for text in rest))


def _quoted(text: str, indent: int, width: int) -> list[str]:
    """A text between double quotes, where a backslash at the end of a line continues it."""
    pieces: list[str] = []
    for line in text.split("\n"):
        current = ""
        for piece in _PIECE.findall(line):
            for part in re.findall(rf"(?s).{{1,{width // 8}}}", piece) if len(piece) > width else [piece]:
                if current and len(escaped(current + part)) > width:
                    pieces.append(current)
                    current = ""
                current += part
        pieces.append(current + "\n")
    pieces[-1] = pieces[-1].removesuffix("\n")
    shown = [f"\\{escaped(piece)}" if piece[:1] == " " else escaped(piece) for piece in pieces if piece]
    return ['"\\', *(" " * indent + piece + "\\" for piece in shown[:-1]), " " * indent + shown[-1] + '"']
