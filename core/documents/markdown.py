"""Reading Markdown as a sequence of sections with whole blocks, after CommonMark's block structure.

Only what decides where a text may be cut is read: headings, fenced code, tables, lists, paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["paragraph", "list", "table", "code"]


@dataclass(frozen=True)
class Block:
    """A piece of text that is not cut if it can be helped."""

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


_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_TABLE_RULE_CELL = re.compile(r":?-+:?")
_LINK = re.compile(
    r"!?\[((?:[^\[\]]++|\[[^\[\]]*+\])*+)\]"  # the text, with at most one pair of brackets inside
    r"\((?:[^()\s]++|\([^()\s]*+\))*+(?:\s+\"[^\"]*+\")?\s*\)"  # the target, and a title such as "wikilink"
)
_EMPHASIS = re.compile(r"(\*\*|__|\*|`)(?=\S)(.{1,300}?)(?<=\S)\1", re.DOTALL)


def link_text(text: str) -> str:
    """Links as the text that they show."""
    return _LINK.sub(lambda match: match[1], text)


def plain(text: str) -> str:
    """A line or paragraph without links and emphasis."""
    return _EMPHASIS.sub(lambda match: match[2], link_text(text))


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
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip() or _RULE.match(line):
            at += 1
        elif match := _ATX.match(line):
            if text := _without_closing(match[2] or ""):
                yield Heading(len(match[1]), plain(text))
            at += 1
        elif match := _FENCE.match(line):
            end = _fence_end(lines, at + 1, match[1])
            yield Block("code", "\n".join(lines[at:end]))
            at = end
        elif _starts_table(lines, at):
            end = at + 2
            while end < len(lines) and "|" in lines[end]:
                end += 1
            yield Block("table", link_text("\n".join(lines[at:end])))
            at = end
        elif _ITEM.match(line):
            end = _list_end(lines, at)
            yield Block("list", link_text("\n".join(lines[at:end]).rstrip()))
            at = end
        else:
            item, at = _read_paragraph(lines, at)
            yield item


def _without_closing(heading: str) -> str:
    """A heading's text without the number signs that may close it."""
    text = heading.strip()
    open_text = text.rstrip("#")
    return text if open_text[-1:].strip() else open_text.rstrip()


def _fence_end(lines: list[str], at: int, fence: str) -> int:
    for number in range(at, len(lines)):
        match = _FENCE.match(lines[number])
        if match and match[1].startswith(fence) and not lines[number].strip(" `~"):
            return number + 1
    return len(lines)


def _starts_table(lines: list[str], at: int) -> bool:
    return (
        at + 1 < len(lines)
        and "|" in lines[at]
        and "|" in lines[at + 1]
        and all(map(_TABLE_RULE_CELL.fullmatch, _cells(lines[at + 1])))
    )


def _cells(line: str) -> list[str]:
    """A table row's cells."""
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]


def _list_end(lines: list[str], at: int) -> int:
    """A list goes on over blank lines as long as items or indented lines follow."""
    end = at
    for number in range(at, len(lines)):
        line = lines[number]
        if not line.strip():
            continue
        after_blank = number > end
        if _ATX.match(line) or _FENCE.match(line) or _RULE.match(line):
            break
        if after_blank and not (_ITEM.match(line) or line.startswith("  ")):
            break
        end = number + 1
    return end


def _read_paragraph(lines: list[str], at: int) -> tuple[Heading | Block, int]:
    """A paragraph as one line, hard breaks kept; or the heading that its underline makes of it."""
    text = ""
    for number in range(at, len(lines)):
        line = lines[number]
        if text and (match := _SETEXT.match(line)):
            return Heading(1 if match[1][0] == "=" else 2, plain(text.strip())), number + 1
        if (
            not line.strip()
            or _ATX.match(line)
            or _FENCE.match(line)
            or (text and (_RULE.match(line) or _ITEM.match(line) or _starts_table(lines, number)))
        ):
            return Block("paragraph", link_text(text.strip())), number
        text += line.strip() + ("\n" if line.endswith("  ") else " ")
    return Block("paragraph", link_text(text.strip())), len(lines)
