"""Missing or mistyped YAML indicators: colon, dash, space."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

from core.taxonomy.format import hints
from core.taxonomy.format.syntax.candidates import KEYS, Fix, Location

_SPACES = "\u00a0\u2007\u202f\u3000"
"""They look like the space, but YAML reads them as letters."""

_DASHES = "*+\u2010-\u2015\u2022\u2212\u00b7"
"""What list items start with in other formats."""

_UNSEEN = f"\ufeff\u200b\u2060{_SPACES}"
"""What is invisible, or looks like a space."""


class _Mistake(NamedTuple):
    """What is written wrongly: the group `wrong`. `token` is where it is reported."""

    line: re.Pattern[str]
    replacement: Callable[[re.Match[str]], str]
    hint: Callable[[re.Match[str]], str]
    problem: str
    is_certain: bool = True
    """Whether the replacement is all that is needed."""


def _after(token: str, wrong: str, ahead: str) -> re.Pattern[str]:
    """A token at the start of a line's text followed by what is wrong, and then by something else."""
    return re.compile(rf"[ ]*(?:-[ ]+)*(?P<token>{token})(?P<wrong>{wrong})(?={ahead})")


def _replace(sign: str) -> Callable[[re.Match[str]], str]:
    """The hint to replace what is wrong with a sign."""
    return lambda found: hints.replace(_named(found["wrong"].strip(" ")), sign)


def _named(sign: str) -> str:
    """A sign in quotes; the name of an invisible one."""
    if set(sign) & set(_SPACES):
        sign = next(letter for letter in sign if letter in _SPACES)
        return f"U+{ord(sign):04X} ({unicodedata.name(sign).lower()})"
    return f"'{sign}'"


def _colon(found: re.Match[str]) -> str:
    return ": " if found.string[found.end() :].strip() else ":"


def _spaces(found: re.Match[str]) -> str:
    return " " * len(found["wrong"])


_ODD = f"[ ]*+[{_SPACES}][ {_SPACES}]*+"
_KEY_AHEAD = rf"(?:{KEYS})[ ]*:"
_FILE_AHEAD = r"[^\s:]+\.\w+[ ]*$"

_MISTAKES = (
    _Mistake(
        re.compile(rf"(?P<token>)(?P<wrong>{_ODD})(?=\S)"), _spaces, _replace("a space"), "this is not a plain space"
    ),
    _Mistake(
        _after(f"(?:{KEYS}):", _ODD, ""),
        lambda _: " ",
        _replace("a space"),
        "the space after this key is not a plain space",
    ),
    _Mistake(
        _after("-", _ODD, ""), lambda _: " ", _replace("a space"), "the space after this dash is not a plain space"
    ),
    _Mistake(
        _after(f"(?:{KEYS})", rf"[ {_SPACES}]*(?:[;=\uff1a\ufe55]|(?<=[ {_SPACES}]):(?=\S))[ ]*", ""),
        _colon,
        lambda found: hints.replace("' :'", "': '") if found["wrong"] == " :" else _replace("':'")(found),
        "missing ':' after this key",
    ),
    _Mistake(
        re.compile(rf"[ ]*(?P<token>)(?P<wrong>(?:-{{2,3}}|[{_DASHES}])[ ]*)(?={_KEY_AHEAD}|{_FILE_AHEAD})"),
        lambda _: "- ",
        _replace("'-'"),
        "a list item starts with '-', not with this",
    ),
    _Mistake(
        re.compile(rf"[ ]*?(?P<token>)(?P<wrong>[ ]-)(?={_KEY_AHEAD})"),
        lambda _: "- ",
        lambda _: hints.replace("' -'", "'- '"),
        "missing space after the dash",
    ),
    _Mistake(
        re.compile(rf"[ ]*(?P<token>)(?P<wrong>-[ ]+-[ ]+)(?={_KEY_AHEAD})"),
        lambda _: "- ",
        _replace("'-'"),
        "there are two dashes before this key",
    ),
    _Mistake(
        re.compile(rf"[^{_UNSEEN}]*(?P<token>)(?P<wrong>[{_UNSEEN}]+)"),
        lambda _: "",
        lambda found: f"Delete the invisible character U+{ord(found['wrong'][0]):04X}.",
        "an invisible character",
        is_certain=False,
    ),
    _Mistake(
        re.compile(r"(?P<token>)(?P<wrong>\.\.\.)(?=[ ]*$)"),
        lambda _: "",
        lambda _: "Delete the line.",
        "the document ends here, but text follows",
        is_certain=False,
    ),
    _Mistake(
        _after(f"(?:{KEYS}):", "", r"[^\s:]"),
        lambda _: " ",
        lambda found: hints.space_after(found["token"]),
        "missing space after the colon",
    ),
    _Mistake(
        _after("-", "", r"[^\s-]"),
        lambda _: " ",
        lambda found: hints.space_after(found["token"]),
        "missing space after the dash",
    ),
    _Mistake(
        _after(f"(?:{KEYS})", "", r"[ ]+[^\s:]|\s*$"),
        lambda _: ":",
        lambda found: hints.colon_after(found["token"]),
        "missing ':' after this key",
    ),
)

_FIRST_KEY = re.compile(r"(?P<indent>[ ]*)(?P<key>question|answer|context)[ ]*:(?=\s|$)")

_TEXT_OF_LIST = _after("(?:seed_examples|questions_and_answers|document|patterns):", r"[ ]+[\w*][^\n]*", r"$")


def candidate_fixes(text: str, start: int, line: str) -> Iterator[Fix]:
    """Fixes for indicators that may be wrong in the line that starts at an offset."""
    for mistake in _MISTAKES:
        found = mistake.line.match(line)
        if found:
            at = start + found.start("wrong")
            end = at + len(found["wrong"].rstrip(" "))
            location = Location(start + found.start("token"), end, mistake.problem)
            edit = (at, start + found.end("wrong"), mistake.replacement(found))
            yield Fix(edit, mistake.hint(found), location, is_certain=mistake.is_certain)
    yield from _dash(text, start, line)


def _dash(text: str, start: int, line: str) -> Iterator[Fix]:
    """A dash before a key that is the first one of another item in that column."""
    found = _FIRST_KEY.match(line)
    if not found:
        return
    indent, key = len(found["indent"]), found["key"]
    location = Location(start + indent, start + found.end("key"), "missing '- ' before this key")
    for column in (indent, indent - 2):
        if column >= 0 and re.search(rf"^ {{{column}}}- {key}:", text, re.MULTILINE):
            yield Fix((start + column, start + indent, "- "), hints.dash_before(key), location, is_certain=True)


def text_of_list(start: int, line: str) -> Fix | None:
    """Text after a key whose value is a list or a mapping, which starts on the next line."""
    found = _TEXT_OF_LIST.match(line)
    if not found:
        return None
    hint = f"Delete it: the value of '{found['token']}' starts on the next line."
    edit = (start + found.start("wrong"), start + found.end("wrong"), "")
    at = edit[0] + len(found["wrong"]) - len(found["wrong"].lstrip())
    return Fix(
        edit, hint, Location(at, edit[1], "this key has a list or a mapping, so no text may follow it on the same line")
    )
