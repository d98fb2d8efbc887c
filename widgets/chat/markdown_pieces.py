"""Markdown as pieces: parts of text with the prefixes of their lines, ready to be wrapped to any width.

Links stay plain text with their address, and HTML is shown as it is written, so that nothing in a reply can act.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token
from textual.content import Content, Span
from textual.highlight import highlight

HEADINGS = {"h1": "bold underline $text-primary", "h2": "bold $text-primary", "h3": "bold"}
CODE_STYLE = "$text-accent"
MUTED = "$foreground-muted"

_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


@dataclass(frozen=True)
class TextPiece:
    """A paragraph, a heading, or code."""

    content: Content
    first: str = ""
    """The prefix of the first line, such as a bullet."""
    rest: str = ""
    """The prefix of the other lines, of the same width."""
    blank_before: bool = False


@dataclass(frozen=True)
class TablePiece:
    """A table; the first row is its header."""

    rows: tuple[tuple[Content, ...], ...]
    rest: str = ""
    blank_before: bool = False


@dataclass(frozen=True)
class RulePiece:
    """A horizontal line."""

    rest: str = ""
    blank_before: bool = False


Piece = TextPiece | TablePiece | RulePiece


@dataclass(frozen=True)
class Block:
    """A part of a document at its top level."""

    start: int
    """The line in which it begins, counted from 0."""
    fence: str
    """The opening line of a code block; empty for anything else."""
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Signs:
    """The characters of bullets and quotes."""

    bullets: tuple[str, ...] = ("•", "◦", "▪")
    quote: str = "▌"


def read_blocks(text: str, signs: Signs) -> list[Block]:
    """The blocks of a document."""
    tokens = _PARSER.parse(text)
    blocks = []
    at = 0
    while at < len(tokens):
        end = _end(tokens, at)
        token = tokens[at]
        fence = f"{token.markup}{token.info}\n" if token.type == "fence" else ""
        pieces = tuple(_pieces(tokens[at:end], signs, "", 0))
        blocks.append(Block(token.map[0] if token.map else 0, fence, pieces))
        at = end
    return blocks


def _end(tokens: Sequence[Token], at: int) -> int:
    """The position after the token that closes the one at a position."""
    depth = 0
    while True:
        depth += tokens[at].nesting
        at += 1
        if depth == 0:
            return at


def _pieces(tokens: Sequence[Token], signs: Signs, prefix: str, depth: int, *, tight: bool = False) -> Iterator[Piece]:
    """The pieces of neighbouring blocks; all but the first one follow a blank line, unless a list is tight."""
    at, blank = 0, False
    while at < len(tokens):
        end = _end(tokens, at)
        inner = tokens[at + 1 : end - 1]
        for number, piece in enumerate(_one(tokens[at], inner, signs, prefix, depth)):
            yield _spaced(piece) if number == 0 and blank else piece
        blank = not tight
        at = end


def _one(token: Token, inner: Sequence[Token], signs: Signs, prefix: str, depth: int) -> Iterator[Piece]:
    kind = token.type
    if kind == "heading_open":
        content = _inline(inner[0].children or ())
        yield TextPiece(content.stylize_before(HEADINGS.get(token.tag, "bold italic")), prefix, prefix)
    elif kind == "paragraph_open":
        yield TextPiece(_inline(inner[0].children or ()), prefix, prefix)
    elif kind in ("fence", "code_block"):
        yield TextPiece(_code(token.content, token.info), f"{prefix}  ", f"{prefix}  ")
    elif kind == "hr":
        yield RulePiece(prefix)
    elif kind == "blockquote_open":
        yield from _pieces(inner, signs, f"{prefix}{signs.quote} ", depth)
    elif kind in ("bullet_list_open", "ordered_list_open"):
        yield from _items(token, inner, signs, prefix, depth)
    elif kind == "table_open":
        yield TablePiece(tuple(_rows(inner)), prefix)
    elif token.content:
        yield TextPiece(Content(token.content), prefix, prefix)


def _items(token: Token, inner: Sequence[Token], signs: Signs, prefix: str, depth: int) -> Iterator[Piece]:
    tight = any(each.hidden for each in inner if each.type == "paragraph_open")
    number = int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None
    at = 0
    while at < len(inner):
        end = _end(inner, at)
        bullet = f"{number}. " if number is not None else f"{signs.bullets[min(depth, len(signs.bullets) - 1)]} "
        hanging = prefix + " " * len(bullet)
        pieces = list(_pieces(inner[at + 1 : end - 1], signs, hanging, depth + 1, tight=tight))
        head = pieces[0] if pieces else TextPiece(Content(""))
        if not isinstance(head, TextPiece):
            pieces.insert(0, TextPiece(Content(""), prefix + bullet, hanging))
        else:
            first = prefix + bullet + head.first[len(hanging) :]
            pieces[:1] = [TextPiece(head.content, first, head.rest or hanging)]
        if at and not tight:
            pieces[0] = _spaced(pieces[0])
        yield from pieces
        number = None if number is None else number + 1
        at = end


def _spaced(piece: Piece) -> Piece:
    if isinstance(piece, TextPiece):
        return TextPiece(piece.content, piece.first, piece.rest, blank_before=True)
    if isinstance(piece, TablePiece):
        return TablePiece(piece.rows, piece.rest, blank_before=True)
    return RulePiece(piece.rest, blank_before=True)


def _rows(tokens: Sequence[Token]) -> Iterator[tuple[Content, ...]]:
    row: list[Content] = []
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(_inline(token.children or ()))
        elif token.type == "tr_close":
            yield tuple(row)


def _code(code: str, info: str) -> Content:
    """Code with colours if its language is named; guessing it would cost more than drawing."""
    text = code.rstrip("\n").expandtabs(4)
    language = info.split(maxsplit=1)[0] if info.strip() else ""
    return highlight(text, language=language) if language else Content.styled(text, CODE_STYLE)


def _inline(tokens: Sequence[Token]) -> Content:
    """The text of a paragraph with its styles."""
    text: list[str] = []
    spans: list[Span] = []
    opened: list[tuple[int, str, str]] = []
    """Where a style begins, the style, and the address of a link."""
    length = 0

    def add(piece: str, style: str = "") -> None:
        nonlocal length
        if style and piece:
            spans.append(Span(length, length + len(piece), style))
        text.append(piece)
        length += len(piece)

    for token in tokens:
        if token.nesting == 1:
            opened.append((length, _STYLES.get(token.type, ""), str(token.attrs.get("href", ""))))
        elif token.nesting == -1 and opened:
            start, style, address = opened.pop()
            if style:
                spans.append(Span(start, length, style))
            if address and address != "".join(text)[start:]:
                add(f" ({address})", MUTED)
        elif token.type in ("softbreak", "hardbreak"):
            add(" " if token.type == "softbreak" else "\n")
        elif token.type == "code_inline":
            add(token.content, CODE_STYLE)
        elif token.type == "image":
            add(f"[{token.content or 'image'}] ({token.attrs.get('src', '')})", MUTED)
        else:
            add(token.content)
    return Content("".join(text), spans)


_STYLES = {"strong_open": "bold", "em_open": "italic", "s_open": "strike", "link_open": "underline"}
