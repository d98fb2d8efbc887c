"""Which common mistake explains that a text cannot be read: looked for where the reader stopped and before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from core.taxonomy.format import hints
from core.taxonomy.format.edits import indent_of, line_at
from core.taxonomy.format.syntax import columns, mistakes
from core.taxonomy.format.syntax.candidates import helps
from core.taxonomy.format.tokens import tokens

_LINES_BEFORE = 3
"""In which a key without its space may stand: it is read as a text that goes on."""

_OF_COLUMNS = (
    "did not find expected key",
    "did not find expected '-' indicator",
    "did not find expected <document start>",
    "could not find expected ':'",
    "mapping values are not allowed here",
)
"""What libyaml says of a line that may stand in the wrong column, or right below one that does."""

_NO_KEY = re.compile(r"[\w-]+:\S+")


class Place(NamedTuple):
    """Where a text is at fault, and how."""

    start: int
    end: int
    problem: str
    noticed: int
    """Where the reader stopped; an edit that helps lets it go further."""


def explain(source: str, place: Place, opened: int) -> tuple[Place, str] | None:
    """A common mistake that explains the problem, and the hint that says how it is mended."""
    built = place.problem.startswith(("found undefined alias", "could not determine a constructor"))
    for offset, any_text in [(place.start, True)] if built else _suspects(source, place, opened):
        for edit, hint, told in mistakes.mends_of(source, offset):
            start, end, _ = edit
            quotes = source[start : start + 1] in ("'", '"')
            if not (any_text or quotes or told) or not helps(source, edit, place.noticed):
                continue
            if told:
                return Place(*told, start), hint
            inside = start <= place.start < end
            if inside and place.problem != "did not find expected key":
                return place, hint
            problem = place.problem
            if quotes:
                problem = (
                    "the text goes on behind the quote that closes it"
                    if hint in (hints.QUOTE, hints.ESCAPE)
                    else mistakes.UNCLOSED_QUOTE
                )
            return Place(start, end, problem, start), hint
    if place.problem not in _OF_COLUMNS:
        return None
    moved = columns.mend(source, place.start, place.noticed, opened)
    return (Place(*moved.told, moved.edit[0]), moved.hint) if moved and moved.told else _no_key(source, place)


def _no_key(source: str, place: Place) -> tuple[Place, str] | None:
    """What was meant as a key above the one that the reader stumbled over: it took both for one text."""
    start = _last_text(source, place.noticed) if place.problem.startswith("mapping values") else None
    found = _NO_KEY.match(source, start) if start is not None else None
    if found is None or "\n" not in source[found.end() : place.start]:
        return None
    if source[source.rfind("\n", 0, found.start()) + 1 : found.start()].strip(" -"):  # the text of a key
        return None
    return Place(*found.span(), "this is no key", place.noticed), "Behind a key stands ': '."


def _suspects(source: str, place: Place, opened: int) -> Iterator[tuple[int, bool]]:
    """Where mistakes are looked for, and whether any text there may want quotes."""
    yield place.start, True
    if place.noticed > line_end(source, place.start):
        yield place.noticed, True
    before = source.rfind("\n", 0, place.start)
    for _ in range(_LINES_BEFORE):
        if before > 0:
            yield before, False
        before = source.rfind("\n", 0, max(before, 0))
    yield opened, False
    yield _first_beside(source, place.start), False
    last = _last_text(source, place.noticed)
    if last is not None:  # what closes its quote may have been meant to open another; or it is a key without its sign
        yield last, False


def _first_beside(source: str, offset: int) -> int:
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
    """Where the visible part of a line ends, behind an offset in it."""
    return start + len(line_at(source, start).rstrip())
