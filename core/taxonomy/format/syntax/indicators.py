"""Signs of YAML that lack in a line, or that another one was written for: a colon, a dash, a space."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

from core.taxonomy.format import hints
from core.taxonomy.format.syntax.candidates import KEYS, Mend

_SPACES = "\u00a0\u2007\u202f\u3000"
"""They look like the space, and YAML takes them for letters."""

_DASHES = "*+\u2010-\u2015\u2022\u2212\u00b7"
"""What items start with elsewhere than in YAML."""

_UNSEEN = f"\ufeff\u200b\u2060{_SPACES}"
"""What shows as nothing, or as a space."""


class _Mistake(NamedTuple):
    """What is written wrongly: the group `wrong`, for which another text is meant. `token` is where it is told."""

    line: re.Pattern[str]
    meant: Callable[[re.Match[str]], str]
    hint: Callable[[re.Match[str]], str]
    problem: str


def _behind(token: str, wrong: str, ahead: str) -> re.Pattern[str]:
    """A token at the start of a line's text with what is wrong behind it, in front of something."""
    return re.compile(rf"[ ]*(?:-[ ]+)*(?P<token>{token})(?P<wrong>{wrong})(?={ahead})")


def _instead(sign: str) -> Callable[[re.Match[str]], str]:
    """The hint to write a sign for what is wrong."""
    return lambda found: hints.instead(_named(found["wrong"].strip(" ")), sign)


def _named(sign: str) -> str:
    """A sign in quotes; one that cannot be seen by its name."""
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
        re.compile(rf"(?P<token>)(?P<wrong>{_ODD})(?=\S)"), _spaces, _instead("a space"), "this is no space that counts"
    ),
    _Mistake(
        _behind(f"(?:{KEYS}):", _ODD, ""),
        lambda _: " ",
        _instead("a space"),
        "no space that counts is behind this key",
    ),
    _Mistake(_behind("-", _ODD, ""), lambda _: " ", _instead("a space"), "no space that counts is behind this dash"),
    _Mistake(
        _behind(f"(?:{KEYS})", rf"[ {_SPACES}]*(?:[;=\uff1a\ufe55]|(?<=[ {_SPACES}]):(?=\S))[ ]*", ""),
        _colon,
        lambda found: hints.instead("' :'", "': '") if found["wrong"] == " :" else _instead("':'")(found),
        "there is no ':' behind this key",
    ),
    _Mistake(
        re.compile(rf"[ ]*(?P<token>)(?P<wrong>(?:-{{2,3}}|[{_DASHES}])[ ]*)(?={_KEY_AHEAD}|{_FILE_AHEAD})"),
        lambda _: "- ",
        _instead("'-'"),
        "another sign than '-' stands before this",
    ),
    _Mistake(
        re.compile(rf"[ ]*?(?P<token>)(?P<wrong>[ ]-)(?={_KEY_AHEAD})"),
        lambda _: "- ",
        lambda _: hints.instead("' -'", "'- '"),
        "there is no space behind this dash",
    ),
    _Mistake(
        re.compile(rf"[ ]*(?P<token>)(?P<wrong>-[ ]+-[ ]+)(?={_KEY_AHEAD})"),
        lambda _: "- ",
        _instead("'-'"),
        "there are two dashes before this key",
    ),
    _Mistake(
        re.compile(rf"[^{_UNSEEN}]*(?P<token>)(?P<wrong>[{_UNSEEN}]+)"),
        lambda _: "",
        lambda found: f"Delete it: U+{ord(found['wrong'][0]):04X}, which cannot be seen.",
        "a character stands here that cannot be seen",
    ),
    _Mistake(
        re.compile(r"(?P<token>)(?P<wrong>\.\.\.)(?=[ ]*$)"),
        lambda _: "",
        lambda _: "Delete the line.",
        "the document ends here, and the text goes on",
    ),
    _Mistake(
        _behind(f"(?:{KEYS}):", "", r"[^\s:]"),
        lambda _: " ",
        lambda found: hints.space_behind(found["token"]),
        "there is no space behind this key",
    ),
    _Mistake(
        _behind("-", "", r"[^\s-]"),
        lambda _: " ",
        lambda found: hints.space_behind(found["token"]),
        "there is no space behind this dash",
    ),
    _Mistake(
        _behind(f"(?:{KEYS})", "", r"[ ]+[^\s:]|\s*$"),
        lambda _: ":",
        lambda found: hints.colon_behind(found["token"]),
        "there is no ':' behind this key",
    ),
)

_FIRST_KEY = re.compile(r"(?P<indent>[ ]*)(?P<key>question|answer|context)[ ]*:(?=\s|$)")

_TEXT_OF_LIST = _behind("(?:seed_examples|questions_and_answers|document|patterns):", r"[ ]+[\w*][^\n]*", r"$")


def mends(text: str, start: int, line: str) -> Iterator[Mend]:
    """The signs that may be wrong in the line that starts at an offset."""
    for mistake in _MISTAKES:
        found = mistake.line.match(line)
        if found:
            at = start + found.start("wrong")
            told = (start + found.start("token"), at + len(found["wrong"].rstrip(" ")), mistake.problem)
            yield Mend((at, start + found.end("wrong"), mistake.meant(found)), mistake.hint(found), told)
    yield from _dash(text, start, line)


def _dash(text: str, start: int, line: str) -> Iterator[Mend]:
    """A dash before what is the first key in another item of a column."""
    found = _FIRST_KEY.match(line)
    if not found:
        return
    indent, key = len(found["indent"]), found["key"]
    told = (start + indent, start + found.end("key"), "there is no '- ' before this key")
    for column in (indent, indent - 2):
        if column >= 0 and re.search(rf"^ {{{column}}}- {key}:", text, re.MULTILINE):
            yield Mend((start + column, start + indent, "- "), hints.dash_before(key), told)


def text_of_list(start: int, line: str) -> Mend | None:
    """Text behind a key whose value is a list or a mapping, and starts in the next line."""
    found = _TEXT_OF_LIST.match(line)
    if not found:
        return None
    hint = f"Delete it: what belongs to '{found['token']}' starts in the next line."
    edit = (start + found.start("wrong"), start + found.end("wrong"), "")
    at = edit[0] + len(found["wrong"]) - len(found["wrong"].lstrip())
    return Mend(edit, hint, (at, edit[1], "text stands behind this key, whose value is no text"))
