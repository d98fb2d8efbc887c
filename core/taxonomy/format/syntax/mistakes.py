"""The most common mistakes in one line of YAML, and the edit that fixes each: indicators, quotes, line breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from core.taxonomy.format import hints
from core.taxonomy.format.edits import indent_of, line_at
from core.taxonomy.format.scalars import quoted
from core.taxonomy.format.syntax import indicators
from core.taxonomy.format.syntax.candidates import KEYS, Fix, Location, parses_further

LONGEST = 200_000
"""Characters of a text in which mistakes are looked for; each candidate costs one more parse."""

UNCLOSED = "the {} that opens here is not closed"
UNCLOSED_QUOTE = UNCLOSED.format("quote")

_VALUE = re.compile(r"(?P<lead>[ ]*(?:-[ ]+)*)(?P<key>(?:[\w-]+[ ]*:[ \t]+)?)(?P<value>\S.*)$")
"""A key with its value; or an item's text, whose key is empty."""

_START = re.compile(r" *(?:-(?: |$)|#|[\w-]+ *:(?: |$)|---|\.\.\.)")
"""Of a line that is not text."""

_BLOCK_SIGN = re.compile(r"[|>][-+\d]*")
_BLOCK_KEY = re.compile(rf"(?P<lead>[ ]*(?:-[ ]+)*)(?P<key>(?:{KEYS}):)[ ]+(?P<sign>{_BLOCK_SIGN.pattern})[ ]*")
_COMMENT = re.compile(r"(?<!\s)\s+#(?:\s.*)?$")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\"""")
_QUOTES = "\"'"
_ITEM = re.compile(r""""[^"]*"|'[^']*'|[^,]+""")
_MAPPING = re.compile(r"\{ *[\w\"']+ *:")

_ITEM_KEY = re.compile(rf"\W?(?:{KEYS}) *:")
"""What an item starts with that is not text, perhaps after a sign by mistake."""

_TYPESET = {'"': "\u201c\u201d\u201e\u201f\u2033", "'": "\u2018\u2019\u201a\u201b\u2032"}
"""What a word processor writes as a quote."""

_INNER_KEY = re.compile(rf"(?:^|(?<=\s))(?P<dash>-[ ]+)?(?P<key>{KEYS}):(?=\s|$)")

_INNER_KEYS = 5
"""Keys of a line that are looked at."""

_TOGETHER = (
    ("version", "created_by", "domain", "task_description", "seed_examples", "document_outline", "document"),
    ("question", "answer", "context"),
    ("context", "questions_and_answers"),
    ("repo", "commit", "patterns"),
)
"""Keys of the same mapping."""


class _Value(NamedTuple):
    """A value as it was probably meant, and the hint that says so."""

    text: str
    hint: str
    quotes_text: bool = False
    closes_quote: bool = False


def candidate_fixes(text: str, offset: int) -> Iterator[Fix]:
    """Fixes for what may be wrong in the line around an offset; parsing shows which one helps."""
    start = text.rfind("\n", 0, offset) + 1
    line = line_at(text, start)
    end = start + len(line)
    yield from indicators.candidate_fixes(text, start, line)
    block = _block_before(text, start, line)
    if block:
        yield block
    match = _VALUE.match(line)
    if match and (match["key"] or line.lstrip().startswith("- ")):
        joined = _doubled(start, match) or _joined(text, start, match)
        fix = joined or _value(text, start, end, match)
        if fix:
            yield fix
    listed = indicators.text_of_list(start, line)
    if listed:
        yield listed


def quoting_fix(text: str, offset: int) -> Fix | None:
    """The fix that puts the value around an offset in quotes, if the text then parses further."""
    fixes = (fix for fix in candidate_fixes(text, offset) if fix.quotes_text)
    return next((fix for fix in fixes if parses_further(text, fix.edit, offset)), None)


def _block_before(text: str, start: int, line: str) -> Fix | None:
    """A block indicator after the key above an item in the same column, where a list was meant."""
    if start == 0 or not line.lstrip(" ").startswith("- "):
        return None
    above = text.rfind("\n", 0, start - 1) + 1
    found = _BLOCK_KEY.fullmatch(text, above, start - 1)
    if not found or len(found["lead"]) != indent_of(line):
        return None
    location = Location(*found.span("sign"), "a list follows, not text")
    return Fix((found.end("key"), found.end("sign"), ""), hints.no_block(found["sign"]), location)


def _doubled(start: int, match: re.Match[str]) -> Fix | None:
    """A key that is repeated as the first word of its value."""
    key = match["key"].rstrip(" \t")
    found = re.compile(rf"{re.escape(key)}(?:\s+|$)").match(match["value"]) if key else None
    if not found:
        return None
    at = start + match.start("value")
    location = Location(at, at + len(key), "this key is written twice")
    return Fix((at, at + found.end(), ""), hints.second_key(key), location, is_certain=True)


def _value(text: str, start: int, end: int, match: re.Match[str]) -> Fix | None:
    """The value of a key as it was probably meant."""
    value = _COMMENT.sub("", match["value"]).rstrip()
    at = start + match.start("value")
    if _continues(text, end, len(match["lead"])):
        closed = _end_of_quoted(text, end, len(match["lead"]), value)
        if not closed:
            return None
        edit, hint = (closed, closed, value[0]), hints.CLOSE
        if text[closed - 1] in _TYPESET[value[0]]:
            edit = (closed - 1, closed, value[0])
            hint = hints.replace(f"'{text[closed - 1]}'", f"'{value[0]}'")
        location = Location(at, at + len(value), UNCLOSED_QUOTE)
        return Fix(edit, hint, location, is_certain=True, closes_quote=True)
    meant = _meant(value, match["key"]) if value else None
    if meant is None:
        return None
    edit = (at, at + len(value), meant.text)
    return Fix(edit, meant.hint, is_certain=True, quotes_text=meant.quotes_text, closes_quote=meant.closes_quote)


def _continues(text: str, line_end: int, column: int) -> bool:
    """Whether the value of a key in a column continues on further lines."""
    following = text[line_end:].lstrip("\n").split("\n", 1)[0]
    return bool(following.strip()) and (indent_of(following) > column or not _START.match(following))


def _end_of_quoted(text: str, line_end: int, column: int, value: str) -> int | None:
    """Where a text ends whose opening quote is never closed: after its last line."""
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


def _joined(text: str, start: int, match: re.Match[str]) -> Fix | None:
    """A key on the line of another one, moved to a line of its own."""
    outer = match["key"].rstrip(": \t")
    for found in islice(_INNER_KEY.finditer(match["value"]), _INNER_KEYS):
        key, is_item = found["key"], bool(found["dash"])
        in_same_mapping = any(outer in group and key in group for group in _TOGETHER) and outer != key
        within = found.start() == 0 and outer in ("seed_examples", "questions_and_answers", "document")
        # In knowledge `context` is in another mapping.
        if key == "context" and _column_of(text, key, -1) != len(match["lead"]):
            in_same_mapping = False
        if not (within or (is_item and outer) or (in_same_mapping and not _is_among(text, start, match, key))):
            continue
        column = _column_of(text, f"- {key}" if is_item else key, len(match["lead"]))
        before = match.start("value") + found.start()
        gap = start + len(match.string[:before].rstrip())
        at = start + before
        location = Location(at, at + found.end() - found.start(), "this key is not at the start of a line")
        return Fix((gap, at, "\n" + " " * column), f"Begin a new line before '{found[0]}'.", location)
    return None


def _is_among(text: str, start: int, match: re.Match[str], key: str) -> bool:
    """Whether a mapping has a key on a line of its own, so that the word is text in another key's value."""
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


def _meant(value: str, key: str) -> _Value | None:
    """A value as its author probably meant it; None for one that is right."""
    sign = value[0]
    if _BLOCK_SIGN.fullmatch(value) or _QUOTED.fullmatch(value) or _MAPPING.match(value):
        return None
    if not key and _ITEM_KEY.match(value):
        return None
    if sign in _QUOTES:
        return _requoted(value, sign)
    if key.startswith("patterns") and sign == "[" and not value.endswith("]"):
        return None if value.endswith(",") else _Value(f"{value}]", hints.CLOSE, closes_quote=True)
    if sign == "[" and value.endswith("]") and len(value) > 2:
        items = [item.strip() for item in _ITEM.findall(value[1:-1])]
        if not all(items):
            return None
        listed = ", ".join(item if item[0] in _QUOTES else quoted(item) for item in items)
        return _Value(f"[{listed}]", hints.QUOTE, quotes_text=True)
    return _Value(quoted(value), hints.QUOTE, quotes_text=True)


def _requoted(value: str, sign: str) -> _Value:
    """Text whose own quotes end it too early, that continues after its closing quote, or that is not closed."""
    if value[-1] in _TYPESET[sign] and sign not in value[1:].replace(f"\\{sign}", ""):
        hint = hints.replace(f"'{value[-1]}'", f"'{sign}'")
        return _Value(value[:-1] + sign, hint, closes_quote=True)
    closed = len(value) > 1 and value.endswith(sign)
    inner = value[1:-1] if closed else value[1:]
    bare = _APOSTROPHE.sub("", inner) if sign == "'" else inner.replace('\\"', "")
    others = bare.count(sign)
    nested = closed and re.match(rf"[^{sign}]*(?<!\S){sign}\w", bare)  # its own quotes are within those around it
    if others and not nested and (others % 2 == 0 or not closed):
        # "one" and "two", or "one" and more: the quotes are the text's own.
        return _Value(quoted(value), hints.QUOTE, quotes_text=True)
    if sign == '"':
        escaped = '"' + re.sub(r'(?<!\\)"', r"\"", inner) + '"'
        return _Value(escaped, hints.ESCAPE if closed else hints.CLOSE, closes_quote=not closed)
    plain = quoted(inner.replace("''", "'"))
    return _Value(plain, hints.QUOTE if closed else hints.CLOSE, quotes_text=closed, closes_quote=not closed)
