"""The commonest mistakes in one line of YAML, and the edit that mends each: text that wants quotes, signs that lack."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import yaml

from core.taxonomy import hints
from core.taxonomy.edits import Edit
from core.taxonomy.scalars import quoted

LONGEST = 200_000
"""Characters of a text in which mistakes are looked for; each look reads it once more."""

KEYS = (
    "version|created_by|domain|task_description|seed_examples|context|questions_and_answers|question|answer"
    "|document_outline|document|repo|commit|patterns"
)

_VALUE = re.compile(r"[ ]*(?:-[ ]+)*(?P<key>(?:[\w-]+[ ]*:[ \t]+)?)(?P<value>\S.*)$")
"""A key with what stands behind it; or an item's text, whose key is empty."""


class _Missing(NamedTuple):
    """A sign that lacks behind a token."""

    token: re.Pattern[str]
    sign: str
    hint: Callable[[str], str]
    problem: str


def _before(token: str, behind: str) -> re.Pattern[str]:
    return re.compile(rf"[ ]*(?:-[ ]+)*(?P<token>{token})(?={behind})")


_MISSING = (
    _Missing(_before(f"(?:{KEYS}):", r"[^\s:]"), " ", hints.space_behind, "there is no space behind this key"),
    _Missing(_before("-", rf"(?:{KEYS})[ ]*:(?:\s|$)"), " ", hints.space_behind, "there is no space behind this dash"),
    _Missing(_before(f"(?:{KEYS})", r"[ ]+[^\s:]|\s*$"), ":", hints.colon_behind, "there is no ':' behind this key"),
)

_START = re.compile(r" *(?:-(?: |$)|#|[\w-]+ *:(?: |$)|---|\.\.\.)")
"""Of a line that is no text."""

_BLOCK_SIGN = re.compile(r"[|>][-+\d]*")
_COMMENT = re.compile(r"(?<!\s)\s+#(?:\s.*)?$")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\"""")
_QUOTES = "\"'"
_ITEM = re.compile(r""""[^"]*"|'[^']*'|[^,]+""")


class Mend(NamedTuple):
    """An edit that mends a line, and the hint that says so."""

    edit: Edit
    hint: str
    lacks: tuple[int, str] | None = None
    """Where the token starts behind which a sign lacks, and how that is told."""


def mends_of(text: str, offset: int) -> Iterator[Mend]:
    """What may be wrong with the line around an offset; whether the edit helps is for the reader to find out."""
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    line = text[start : len(text) if end < 0 else end]
    for missing in _MISSING:
        found = missing.token.match(line)
        if found:
            at = start + found.end()
            hint = missing.hint(found["token"])
            yield Mend((at, at, missing.sign), hint, (start + found.start("token"), missing.problem))
    match = _VALUE.match(line)
    if match and (match["key"] or line.lstrip().startswith("- ")):
        value = _COMMENT.sub("", match["value"]).rstrip()
        meant = _meant(value, match["key"]) if value and not _goes_on(text, end, match.start("key")) else None
        if meant is not None:
            at = start + match.start("value")
            yield Mend((at, at + len(value), meant[0]), meant[1])


def helps(text: str, edit: Edit, problem: int) -> bool:
    """Whether a text can be read further with an edit than to the problem at an offset."""
    start, end, new = edit
    moved = len(new) - (end - start)
    stopped = _stop(text[:start] + new + text[end:])
    return stopped is None or stopped - moved > max(problem, end)


def _stop(text: str) -> int | None:
    """The offset at which a text cannot be read on; None when it can to its end."""
    try:
        for _ in yaml.parse(text, Loader=yaml.CSafeLoader):
            pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return mark.index if mark else 0
    except (yaml.YAMLError, UnicodeEncodeError):
        return 0
    return None


def _goes_on(text: str, line_end: int, column: int) -> bool:
    """Whether further lines belong to the value of a key in a column, so that its text does not end with the line."""
    following = text[line_end:].lstrip("\n").split("\n", 1)[0] if line_end >= 0 else ""
    deeper = len(following) - len(following.lstrip(" ")) > column
    return bool(following.strip()) and (deeper or not _START.match(following))


def _meant(value: str, key: str) -> tuple[str, str] | None:
    """A value as its writer probably meant it, and the hint that says so; None for one that is as it should be."""
    sign = value[0]
    if _BLOCK_SIGN.fullmatch(value) or _QUOTED.fullmatch(value):
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
    closed = len(value) > 1 and value.endswith(sign)
    inner = value[1:-1] if closed else value[1:]
    others = (_APOSTROPHE.sub("", inner) if sign == "'" else inner.replace('\\"', "")).count(sign)
    if others and (others % 2 == 0 or not closed):
        return quoted(value), hints.QUOTE  # "one" and "two", or "one" and more: the quotes are the text's own
    hint = hints.QUOTE if closed else hints.CLOSE
    if sign == '"':
        return '"' + re.sub(r'(?<!\\)"', r"\"", inner) + '"', hint
    return quoted(inner.replace("''", "'")), hint
