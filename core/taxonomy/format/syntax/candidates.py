"""An edit that may fix a text that does not parse, and how far the text parses with it."""

from __future__ import annotations

from typing import NamedTuple

import yaml

from core.taxonomy.format import schema
from core.taxonomy.format.edits import Replacement
from core.taxonomy.format.tokens import events

KEYS = "|".join(sorted(schema.KEY_NAMES, key=len, reverse=True))
"""A pattern for the keys of all formats; the longest first, since some begin with others."""


class Location(NamedTuple):
    """The stretch of a text that is at fault, and what is wrong with it."""

    start: int
    end: int
    problem: str


class Fix(NamedTuple):
    """An edit that may fix a line, and the hint that describes it."""

    edit: Replacement
    hint: str
    location: Location | None = None
    """Where the mistake is reported, if not where the parser stopped."""
    is_certain: bool = False
    """Whether the edit is all that is needed, so that it can be made on request."""
    quotes_text: bool = False
    """Whether it puts a text in quotes."""
    closes_quote: bool = False
    """Whether it adds a missing closing quote."""


def parsed_until(text: str, edit: Replacement) -> int:
    """The offset up to which a text parses with an edit, counted without it."""
    start, end, new = edit
    edited = text[:start] + new + text[end:]
    stopped = _first_error(edited)
    return (len(edited) + 1 if stopped is None else stopped) - len(new) + (end - start)


def parses_further(text: str, edit: Replacement, problem: int) -> bool:
    """Whether a text with an edit parses beyond the problem at an offset."""
    return parsed_until(text, edit) > max(problem, edit[1])


def _first_error(text: str) -> int | None:
    """The offset at which parsing stops; None when the whole text parses."""
    try:
        for _ in events(text):
            pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return mark.index if mark else 0
    except (yaml.YAMLError, UnicodeEncodeError):
        return 0
    return None
