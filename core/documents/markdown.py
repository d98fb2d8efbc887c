"""Reading Markdown as a sequence of sections with whole blocks, by markdown-it-py (CommonMark with tables).

A block keeps its source text, but links show their text alone. What a teacher reads is so close to what was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, image, link
from markdown_it.token import Token

BlockKind = Literal["paragraph", "list", "quote", "table", "code", "html"]

INLINE_CHARACTERS = 20_000
"""A longer run of text is not prose, and it is kept as it is: reading the markup in it could take minutes."""


HEADING_CHARACTERS = 300
"""A longer heading is a paragraph: every chunk below a heading repeats it."""


@dataclass(frozen=True)
class Block:
    """A piece of text that is cut only when it is too long for a chunk."""

    kind: BlockKind
    text: str


@dataclass(frozen=True)
class Heading:
    """A heading's level, 1 to 6, and its plain text."""

    level: int
    text: str


@dataclass(frozen=True)
class Section:
    """The blocks directly under a heading, and the path of headings that leads to it."""

    path: tuple[Heading, ...]
    blocks: tuple[Block, ...]


Environment = dict[str, Any]
"""What markdown-it-py keeps of a document: the targets of its reference links."""

_KINDS: dict[str, BlockKind] = {
    "paragraph_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "blockquote_open": "quote",
    "table_open": "table",
    "fence": "code",
    "code_block": "code",
    "html_block": "html",
}

_blocks = MarkdownIt("commonmark").enable("table")
_blocks.core.ruler.enableOnly(["normalize", "block"])

_inline = MarkdownIt("commonmark").disable("newline")
"""Keeps line breaks and indentation."""


def parse_blocks(markdown: str) -> tuple[list[Token], Environment]:
    """The block tokens of a text, their inline content not parsed."""
    environment: Environment = {}
    return _blocks.parse(markdown, environment), environment


def parse_inline(text: str, environment: Environment | None = None) -> list[Token]:
    """The inline tokens of a text; of one that is too long, the text as it is."""
    if len(text) > INLINE_CHARACTERS:
        return [Token("text", "", 0, content=text)]
    return _inline.parseInline(text, {**(environment or {})})[0].children or []


def plain(text: str, environment: Environment | None = None) -> str:
    """A text without links, emphasis, escapes and entities; its paragraphs and line breaks stay."""
    return "".join(
        part if separator else "".join(map(_shown, parse_inline(part, environment)))
        for number, part in enumerate(re.split(r"(\n[ \t]*\n)", text))
        for separator in [number % 2 == 1]
    )


def _shown(token: Token) -> str:
    return "\n" if token.type == "hardbreak" else token.content


def read_sections(markdown: str) -> Iterator[Section]:
    """The sections of a document that hold something, in order."""
    path: tuple[Heading, ...] = ()
    blocks: list[Block] = []
    for item in _read_items(_without_front_matter(markdown.expandtabs(4).splitlines())):
        if isinstance(item, Heading):
            if blocks:
                yield Section(path, tuple(blocks))
            path = (*(heading for heading in path if heading.level < item.level), item)
            blocks = []
        else:
            blocks.append(item)
    if blocks:
        yield Section(path, tuple(blocks))


def _without_front_matter(lines: list[str]) -> list[str]:
    if lines and lines[0].rstrip() == "---":
        for number, line in enumerate(lines[1:], 1):
            if line.rstrip() in ("---", "..."):
                return lines[number + 1 :]
    return lines


def _read_items(lines: list[str]) -> Iterator[Heading | Block]:
    tokens, environment = parse_blocks("\n".join(lines))
    held: tuple[int, int, list[Token]] | None = None
    """Where a list begins and ends, and its tokens: another one that follows it belongs to it."""
    for group in _top_level(tokens):
        first = group[0]
        kind = _KINDS.get(first.type)
        if held is not None and kind != "list":
            yield _block(lines, "list", *held, environment)
            held = None
        if first.map is None:
            continue
        start, end = first.map
        if first.type == "heading_open":
            yield from _heading(lines, group, environment)
        elif kind == "list":
            begin, _, so_far = held or (start, end, [])
            so_far += group
            held = (begin, end, so_far)
        elif kind is not None:
            yield _block(lines, kind, start, end, group, environment)
    if held is not None:
        yield _block(lines, "list", *held, environment)


def _heading(lines: list[str], tokens: Sequence[Token], environment: Environment) -> Iterator[Heading | Block]:
    """A heading, if it has a text; a paragraph, if that is one with a line of dashes below it, or too long."""
    opening, content = tokens[:2]
    assert opening.map is not None, "read from lines"
    start, end = opening.map
    text = plain(content.content, environment)
    if "\n" in text or len(text) > HEADING_CHARACTERS:
        last = end if opening.markup.startswith("#") else end - 1
        yield _block(lines, "paragraph", start, last, tokens, environment)
    elif text:
        yield Heading(int(opening.tag[1]), text)


def _top_level(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The tokens of each block that is in no other one."""
    start = 0
    for number, token in enumerate(tokens):
        if token.level == 0 and token.nesting <= 0:
            yield tokens[start : number + 1]
            start = number + 1


def _block(
    lines: list[str], kind: BlockKind, start: int, end: int, tokens: Sequence[Token], environment: Environment
) -> Block:
    source = lines[start:end]
    if kind not in ("code", "html"):
        for token in tokens:
            if token.type == "inline" and token.map is not None:
                _show_links(source, token, token.map[0] - start, environment)
    text = _joined(source) if kind == "paragraph" else "\n".join(source).rstrip()
    return Block(kind, text)


def _joined(lines: Sequence[str]) -> str:
    """A paragraph as one line, hard breaks kept."""
    return "".join(line.strip() + ("\n" if line.endswith("  ") else " ") for line in lines).strip()


def _show_links(lines: list[str], token: Token, first: int, environment: Environment) -> None:
    """Replace the links of an inline token by their text, in the lines that it comes from."""
    deleted = _link_markup(token.content, environment)
    offset = 0
    for number, written in enumerate(token.content.split("\n") if deleted else (), first):
        begin = lines[number].rfind(written)
        if begin >= 0:
            kept = "".join(char for at, char in enumerate(written, offset) if at not in deleted)
            lines[number] = f"{lines[number][:begin]}{kept}{lines[number][begin + len(written) :]}"
        offset += len(written) + 1


def _link_markup(text: str, environment: Environment) -> set[int]:
    """The places of the characters of links and images that are not their text."""
    if "]" not in text or not (("](" in text and ")" in text) or environment.get("references")):
        return set()
    if len(text) > INLINE_CHARACTERS:
        return set()
    found: list[range] = []
    _links.parseInline(text, {**environment, "found": found, "source": text})
    return {at for span in found for at in span}


Rule = Callable[[StateInline, bool], bool]


def _recording(rule: Rule, opening: int) -> Rule:
    """A rule of links that also records the places of their markup; `opening` characters come before their text."""

    def record(state: StateInline, silent: bool) -> bool:
        start = state.pos
        if not rule(state, silent):
            return False
        if not silent and state.src == state.env.get("source"):  # not the text of an image, parsed by itself
            end = state.md.helpers.parseLinkLabel(state, start + opening - 1, opening == 1)
            state.env["found"] += [range(start, start + opening), range(end, state.pos)]
        return True

    return record


_links = MarkdownIt("zero").enable(["backticks", "escape", "link", "image", "autolink", "html_inline"])
_links.inline.ruler.at("link", _recording(link, 1))
_links.inline.ruler.at("image", _recording(image, 2))
