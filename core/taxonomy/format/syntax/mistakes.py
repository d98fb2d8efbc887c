"""The commonest mistakes in one line of YAML, and the edit that mends each: signs that lack, text that wants quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from core.taxonomy.format import hints
from core.taxonomy.format.edits import indent_of, line_at
from core.taxonomy.format.scalars import quoted
from core.taxonomy.format.syntax import indicators
from core.taxonomy.format.syntax.candidates import KEYS, Mend

LONGEST = 200_000
"""Characters of a text in which mistakes are looked for; each look reads it once more."""

UNCLOSED_QUOTE = "the quote that opens here is not closed"

_VALUE = re.compile(r"(?P<lead>[ ]*(?:-[ ]+)*)(?P<key>(?:[\w-]+[ ]*:[ \t]+)?)(?P<value>\S.*)$")
"""A key with what stands behind it; or an item's text, whose key is empty."""

_START = re.compile(r" *(?:-(?: |$)|#|[\w-]+ *:(?: |$)|---|\.\.\.)")
"""Of a line that is no text."""

_BLOCK_SIGN = re.compile(r"[|>][-+\d]*")
_BLOCK_KEY = re.compile(rf"(?P<lead>[ ]*(?:-[ ]+)*)(?P<key>(?:{KEYS}):)[ ]+(?P<sign>{_BLOCK_SIGN.pattern})[ ]*")
_COMMENT = re.compile(r"(?<!\s)\s+#(?:\s.*)?$")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\"""")
_QUOTES = "\"'"
_ITEM = re.compile(r""""[^"]*"|'[^']*'|[^,]+""")
_MAPPING = re.compile(r"\{ *[\w\"']+ *:")

_ITEM_KEY = re.compile(rf"\W?(?:{KEYS}) *:")
"""What an item starts with that is no text, perhaps behind a sign by mistake."""

_TYPESET = {'"': "\u201c\u201d\u201e\u201f\u2033", "'": "\u2018\u2019\u201a\u201b\u2032"}
"""What a word processor writes for a quote."""

_INNER_KEY = re.compile(rf"(?:^|(?<=\s))(?P<dash>-[ ]+)?(?P<key>{KEYS}):(?=\s|$)")

_INNER_KEYS = 5
"""Of a line that are looked at."""

_TOGETHER = (
    ("version", "created_by", "domain", "task_description", "seed_examples", "document_outline", "document"),
    ("question", "answer", "context"),
    ("context", "questions_and_answers"),
    ("repo", "commit", "patterns"),
)
"""Keys that stand in one mapping."""


def mends_of(text: str, offset: int) -> Iterator[Mend]:
    """What may be wrong with the line around an offset; whether the edit helps is for the reader to find out."""
    start = text.rfind("\n", 0, offset) + 1
    line = line_at(text, start)
    end = start + len(line)
    yield from indicators.mends(text, start, line)
    block = _block_before(text, start, line)
    if block:
        yield block
    match = _VALUE.match(line)
    if match and (match["key"] or line.lstrip().startswith("- ")):
        joined = _doubled(start, match) or _joined(text, start, match)
        mend = joined or _value(text, start, end, match)
        if mend:
            yield mend
    listed = indicators.text_of_list(start, line)
    if listed:
        yield listed


def _block_before(text: str, start: int, line: str) -> Mend | None:
    """The sign of a block after the key above an item in the same column: the list was meant, and no text."""
    if start == 0 or not line.lstrip(" ").startswith("- "):
        return None
    above = text.rfind("\n", 0, start - 1) + 1
    found = _BLOCK_KEY.fullmatch(text, above, start - 1)
    if not found or len(found["lead"]) != indent_of(line):
        return None
    told = (*found.span("sign"), "what follows is a list, and no text")
    return Mend((found.end("key"), found.end("sign"), ""), hints.no_block(found["sign"]), told)


def _doubled(start: int, match: re.Match[str]) -> Mend | None:
    """A key that is its own value's first word."""
    key = match["key"].rstrip(" \t")
    found = re.compile(rf"{re.escape(key)}(?:\s+|$)").match(match["value"]) if key else None
    if not found:
        return None
    at = start + match.start("value")
    told = (at, at + len(key), "this key is written twice")
    return Mend((at, at + found.end(), ""), hints.second_key(key), told)


def _value(text: str, start: int, end: int, match: re.Match[str]) -> Mend | None:
    """The value of a key as it was probably meant."""
    value = _COMMENT.sub("", match["value"]).rstrip()
    at = start + match.start("value")
    if _goes_on(text, end, len(match["lead"])):
        closed = _end_of_quoted(text, end, len(match["lead"]), value)
        told = (at, at + len(value), UNCLOSED_QUOTE)
        if not closed:
            return None
        if text[closed - 1] in _TYPESET[value[0]]:
            return Mend((closed - 1, closed, value[0]), hints.instead(f"'{text[closed - 1]}'", f"'{value[0]}'"), told)
        return Mend((closed, closed, value[0]), hints.CLOSE, told)
    meant = _meant(value, match["key"]) if value else None
    return Mend((at, at + len(value), meant[0]), meant[1]) if meant else None


def _goes_on(text: str, line_end: int, column: int) -> bool:
    """Whether further lines belong to the value of a key in a column, so that its text does not end with the line."""
    following = text[line_end:].lstrip("\n").split("\n", 1)[0]
    return bool(following.strip()) and (indent_of(following) > column or not _START.match(following))


def _end_of_quoted(text: str, line_end: int, column: int, value: str) -> int | None:
    """Where a text in quotes ends that nothing closes: behind the last of its lines."""
    sign = value[:1]
    if sign not in _QUOTES or sign in value[1:]:
        return None
    at = end = line_end
    for line in text[line_end + 1 :].split("\n"):
        at += 1
        if line.strip() and indent_of(line) <= column:
            if line.lstrip().startswith(sign):
                return None
            break
        if sign in line:
            return None
        if line.strip():
            end = at + len(line.rstrip())
        at += len(line)
    return end if end > line_end else None


def _joined(text: str, start: int, match: re.Match[str]) -> Mend | None:
    """A key that stands in the line of another one, as it would stand in a line of its own."""
    outer = match["key"].rstrip(": \t")
    for found in islice(_INNER_KEY.finditer(match["value"]), _INNER_KEYS):
        key, is_item = found["key"], bool(found["dash"])
        beside = any(outer in group and key in group for group in _TOGETHER) and outer != key
        within = found.start() == 0 and outer in ("seed_examples", "questions_and_answers", "document")
        if key == "context" and _column_of(text, key, -1) != len(match["lead"]):  # in knowledge it is not beside them
            beside = False
        if not (within or (is_item and outer) or (beside and not _is_among(text, start, match, key))):
            continue
        column = _column_of(text, f"- {key}" if is_item else key, len(match["lead"]))
        before = match.start("value") + found.start()
        gap = start + len(match.string[:before].rstrip())
        at = start + before
        told = (at, at + found.end() - found.start(), "this does not stand at the start of a line")
        return Mend((gap, at, "\n" + " " * column), f"Begin a new line before '{found[0]}'.", told)
    return None


def _is_among(text: str, start: int, match: re.Match[str], key: str) -> bool:
    """Whether a mapping has a key in a line of its own, so that it is text in the value of another one."""
    column = len(match["lead"])
    at = 0 if "-" in match["lead"] else start
    while at > 0:
        at = text.rfind("\n", 0, at - 1) + 1
        line = line_at(text, at)
        before = line[:column].strip(" ")
        if line[column:].startswith(f"{key}:") and before in ("", "-"):
            return True
        if before:
            break
    for line in text[start + len(match.string) + 1 :].split("\n"):
        if line.strip() and not line.startswith(" " * column):
            return False
        if line.startswith(f"{' ' * column}{key}:"):
            return True
        if line[column:].startswith("- "):
            return False
    return False


def _column_of(text: str, head: str, default: int) -> int:
    """Where lines with a key start in a text."""
    found = re.search(rf"^( *){re.escape(head)}:", text, re.MULTILINE)
    return len(found[1]) if found else default


def _meant(value: str, key: str) -> tuple[str, str] | None:
    """A value as its writer probably meant it, and the hint that says so; None for one that is as it should be."""
    sign = value[0]
    if _BLOCK_SIGN.fullmatch(value) or _QUOTED.fullmatch(value) or _MAPPING.match(value):
        return None
    if not key and _ITEM_KEY.match(value):
        return None
    if sign in _QUOTES:
        return _requoted(value, sign)
    if key.startswith("patterns") and sign == "[" and not value.endswith("]"):
        return None if value.endswith(",") else (f"{value}]", hints.CLOSE)
    if sign == "[" and value.endswith("]") and len(value) > 2:
        items = [item.strip() for item in _ITEM.findall(value[1:-1])]
        if not all(items):
            return None
        return f"[{', '.join(item if item[0] in _QUOTES else quoted(item) for item in items)}]", hints.QUOTE
    return quoted(value), hints.QUOTE


def _requoted(value: str, sign: str) -> tuple[str, str]:
    """Text whose own quotes ended it too early, that goes on behind its quotes, or that lacks the last one."""
    if value[-1] in _TYPESET[sign] and sign not in value[1:].replace(f"\\{sign}", ""):
        return value[:-1] + sign, hints.instead(f"'{value[-1]}'", f"'{sign}'")
    closed = len(value) > 1 and value.endswith(sign)
    inner = value[1:-1] if closed else value[1:]
    bare = _APOSTROPHE.sub("", inner) if sign == "'" else inner.replace('\\"', "")
    others = bare.count(sign)
    nested = closed and re.match(rf"[^{sign}]*(?<!\S){sign}\w", bare)  # its own quotes are within those around it
    if others and not nested and (others % 2 == 0 or not closed):
        return quoted(value), hints.QUOTE  # "one" and "two", or "one" and more: the quotes are the text's own
    if sign == '"':
        return '"' + re.sub(r'(?<!\\)"', r"\"", inner) + '"', hints.ESCAPE if closed else hints.CLOSE
    return quoted(inner.replace("''", "'")), hints.QUOTE if closed else hints.CLOSE
