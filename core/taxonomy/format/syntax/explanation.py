"""Which common mistake explains that a text does not parse: looked for where the parser stopped and before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from core.taxonomy.format.edits import Replacement, indent_of, line_at
from core.taxonomy.format.syntax import columns, mistakes
from core.taxonomy.format.syntax.candidates import Fix, parses_further
from core.taxonomy.format.tokens import tokens

_LINES_BEFORE = 3
"""In which a key without its space may be: it is read as a text that continues."""

_OF_COLUMNS = (
    "did not find expected key",
    "did not find expected '-' indicator",
    "did not find expected <document start>",
    "could not find expected ':'",
    "mapping values are not allowed here",
)
"""What libyaml says of a line in the wrong column, or of the line below one."""

_NO_KEY = re.compile(r"[\w-]+:\S+")


class Place(NamedTuple):
    """The stretch of a text that is at fault, and what is wrong with it."""

    start: int
    end: int
    problem: str
    noticed: int
    """Where the parser stopped; an edit that helps lets it parse further."""
    is_unclosed: bool = False
    """Whether a quote or a bracket that opens here is not closed."""


class Explanation(NamedTuple):
    """A mistake, what to do about it, and the edit that does it where one is certain."""

    place: Place
    hint: str | None
    edit: Replacement | None = None


def explain(source: str, place: Place, opened: int) -> Explanation | None:
    """A common mistake that explains the problem at a place."""
    built = place.problem.startswith(("found undefined alias", "could not determine a constructor"))
    for offset, any_text in [(place.start, True)] if built else _suspects(source, place, opened):
        for fix in mistakes.candidate_fixes(source, offset):
            is_quoted = source[fix.edit[0] : fix.edit[0] + 1] in ("'", '"')
            if not (any_text or is_quoted or fix.location) or not parses_further(source, fix.edit, place.noticed):
                continue
            edit = fix.edit if fix.is_certain else None
            return Explanation(_place_of(fix, place, is_quoted), fix.hint, edit)
    if place.problem not in _OF_COLUMNS:
        return None
    moved = columns.fix_column(source, place.start, place.noticed, opened)
    if moved and moved.location:
        return Explanation(Place(*moved.location, moved.edit[0]), moved.hint)
    return _no_key(source, place)


def _place_of(fix: Fix, place: Place, is_quoted: bool) -> Place:
    """Where the mistake is reported that a fix is for."""
    start, end, _ = fix.edit
    if fix.location:
        return Place(*fix.location, start)
    if start <= place.start < end and place.problem != "did not find expected key":
        return place
    problem = place.problem
    if is_quoted:
        problem = mistakes.UNCLOSED_QUOTE if fix.closes_quote else "text follows the closing quote"
    return Place(start, end, problem, start)


def _no_key(source: str, place: Place) -> Explanation | None:
    """What was meant as a key above the one that the parser failed at: it read both as one text."""
    start = _last_text(source, place.noticed) if place.problem.startswith("mapping values") else None
    found = _NO_KEY.match(source, start) if start is not None else None
    if found is None or "\n" not in source[found.end() : place.start]:
        return None
    if source[source.rfind("\n", 0, found.start()) + 1 : found.start()].strip(" -"):  # the text of a key
        return None
    return Explanation(Place(*found.span(), "this is not a key", place.noticed), "Write ': ' after a key.")


def _suspects(source: str, place: Place, opened: int) -> Iterator[tuple[int, bool]]:
    """Where mistakes are looked for, and whether any text there may need quotes."""
    yield place.start, True
    if place.noticed > line_end(source, place.start):
        yield place.noticed, True
    before = source.rfind("\n", 0, place.start)
    for _ in range(_LINES_BEFORE):
        if before > 0:
            yield before, False
        before = source.rfind("\n", 0, max(before, 0))
    yield opened, False
    yield _first_sibling(source, place.start), False
    last = _last_text(source, place.noticed)
    if last is not None:  # its closing quote may have been meant to open another one; or it is a key without ':'
        yield last, False


def _first_sibling(source: str, offset: int) -> int:
    """Where the first of the lines starts that are indented no less than the one around an offset."""
    start = first = source.rfind("\n", 0, offset) + 1
    indent = indent_of(line_at(source, start))
    while start > 0:
        start = source.rfind("\n", 0, start - 1) + 1
        line = line_at(source, start)
        if line.strip():
            if indent_of(line) < indent:
                break
            first = start
    return first


def _last_text(source: str, end: int) -> int | None:
    """Where the last text before an offset starts, in quotes or not; of texts that follow each other the first."""
    last, before = None, None
    try:
        for token in tokens(source):
            if token.end_mark.index > end:
                break
            if isinstance(token, yaml.ScalarToken) and not isinstance(before, yaml.ScalarToken):
                last = token.start_mark.index
            before = token
    except yaml.YAMLError:
        pass
    return last


def line_end(source: str, start: int) -> int:
    """Where the visible part of a line ends, after an offset in it."""
    return start + len(line_at(source, start).rstrip())
