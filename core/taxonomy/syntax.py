"""What is wrong with a text that is no YAML, and where: at the token at fault rather than where the reader noticed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from core.taxonomy import hints, mistakes
from core.taxonomy.diagnostics import START, Diagnostic
from core.taxonomy.positions import Text, nodes

NO_TABS = "Use spaces instead of the tab."

_CONFLICT = re.compile(r"^(?:<<<<<<<|=======|>>>>>>>)(?: .*)?$", re.MULTILINE)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPE = re.compile(r"\\(?:[xuU]\w*|.|\n|)")
_KEY = re.compile(r" *(?:- +)*[\w-]+ *")
_TOKEN = re.compile(r"[*&!][^\s,\[\]{}]*|\w+|\t+|\S")

_CONSTRUCTION = (ValueError, OverflowError, AttributeError, TypeError, KeyError, yaml.constructor.ConstructorError)
"""What constructing a value may raise."""

_NAMES = {"int": "number", "float": "number", "bool": "true or false", "null": "empty value"}
"""What a writer calls values whose tag says it in other words."""

_CODES = {
    "found incompatible YAML document": "yaml-version",
    "found invalid Unicode character escape code": "escape",
}
"""What InstructLab's reader takes and we do not: differences that have a name of their own."""

_INDENT = "Indent it like the lines that it belongs with."

_HINTS = {
    "found incompatible YAML document": "Delete the line: a leaf needs none.",
    "found invalid Unicode character escape code": "Write the character itself.",
    "found unknown escape character": "Write two backslashes for one, or put the text in single quotes.",
    "could not find expected ':'": (
        "A text that goes on in further lines is indented deeper than its key; behind a key stands ': '."
    ),
    "did not find expected '-' indicator": _INDENT,
    "mapping values are not allowed here": "Text that holds ': ' goes in quotes, or on lines of its own below a '|'.",
    "did not find expected comment or line break": "Text that starts with '|' or '>' goes in quotes.",
    "block sequence entries are not allowed here": (
        "Text that starts with '-' goes in quotes; a list starts on the line below its key."
    ),
}
"""By what libyaml says."""

_UNCLOSED_QUOTE = "the quote that opens here is not closed"

_UNCLOSED = {
    "while scanning a quoted scalar": "quote",
    "while parsing a flow sequence": "bracket",
    "while parsing a flow mapping": "brace",
}
"""What opened, by what libyaml was at."""

_FROM_ITS_START = ("while scanning an alias", "while scanning an anchor", "while scanning a tag")

_LINES_BEFORE = 3
"""In which a key without its space may stand: it is read as a text that goes on."""


class _Place(NamedTuple):
    """Where a text is at fault, and how."""

    start: int
    end: int
    problem: str
    noticed: int
    """Where the reader stopped; an edit that helps lets it go further."""


def marked(text: Text, path: str, error: yaml.MarkedYAMLError, root: yaml.Node | None) -> Diagnostic:
    """The finding for what YAML's reader stumbled over; `root` where it got as far as that."""
    source = text.text
    conflict = _CONFLICT.search(source)
    if conflict:
        return Diagnostic.at(
            text.span(*conflict.span()),
            path,
            "merge-conflict",
            "syntax error: an unresolved merge conflict stands here",
            hint="Choose one side and delete the lines of <, = and > signs.",
        )
    place = _place(source, error, root)
    hint = _hint(source, place)
    if len(source) <= mistakes.LONGEST:
        place, hint = _mistake(source, place) or (place, hint)
    code = _CODES.get(place.problem, "syntax")
    return Diagnostic.at(text.span(place.start, place.end), path, code, f"syntax error: {place.problem}", hint=hint)


def unprintable(text: Text, path: str) -> Diagnostic:
    """The finding for a character that no YAML may hold."""
    match = _UNPRINTABLE.search(text.text)
    start = match.start() if match else 0
    message = "syntax error: the text cannot be read"
    if match:
        message = f"syntax error: character U+{ord(match[0]):04X} is not allowed"
    return Diagnostic.at(text.span(start, start + 1), path, "syntax", message, hint="Delete it.")


def unconstructible(text: Text, path: str, root: yaml.Node, error: Exception) -> Diagnostic:
    """The finding for a value that looks like, say, a date but is none."""
    for node in nodes(root):
        if isinstance(node, yaml.ScalarNode):
            try:
                yaml.constructor.SafeConstructor().construct_document(node)
            except _CONSTRUCTION:
                tag = node.tag.rpartition(":")[2]
                span = text.span(node.start_mark.index, node.end_mark.index)
                message = f"syntax error: this is no valid {_NAMES.get(tag, tag)}"
                return Diagnostic.at(span, path, "syntax", message, hint=hints.QUOTE)
    return Diagnostic.at(START, path, "syntax", f"syntax error: {error}")


def _place(source: str, error: yaml.MarkedYAMLError, root: yaml.Node | None) -> _Place:
    """Where the token at fault stands, which is not always where the reader stopped."""
    context = error.context or ""
    noticed = _index(source, error.problem_mark or error.context_mark)
    opened = _index(source, error.context_mark) if error.context_mark else noticed
    # PyYAML's own scanner, which the documents quote, words this one differently than libyaml.
    problem = (error.problem or "this cannot be read").replace("in this context", "here")
    if context in _UNCLOSED and _is_unclosed(source, opened, noticed, problem):
        end = _line_end(source, opened) if context == "while scanning a quoted scalar" else opened + 1
        return _Place(opened, end, _UNCLOSED_QUOTE.replace("quote", _UNCLOSED[context]), end)
    at_sign = context == "while scanning a block scalar" and "tab character" not in problem
    if at_sign or problem == "could not find expected ':'":
        return _Place(opened, _line_end(source, opened), problem, noticed)
    if problem == "found unhashable key" and root is not None:
        *_, behind = (node.end_mark.index for node in nodes(root) if node.start_mark.index == noticed)
        end = min(behind, _line_end(source, noticed))  # of the last, since the mapping itself may start there too
        return _Place(noticed, end, "a list or mapping cannot be a key", noticed)
    if "escape" in problem:
        start = source.rfind("\\", 0, noticed + 1)
        escape = _ESCAPE.match(source, start)
        return _Place(start, escape.end() if escape else noticed, problem, noticed)
    start = opened if context.startswith(_FROM_ITS_START) else noticed
    if source[start : start + 1] in ("", " ", "\n"):  # behind the last thing that is there
        before = source[:start].rstrip()
        start = len(before) - 1 if before else start
    if "incompatible" in problem:
        return _Place(start, _line_end(source, start), problem, noticed)
    token = _TOKEN.match(source, start)
    return _Place(start, token.end() if token else start, problem, noticed)


def _is_unclosed(source: str, opened: int, noticed: int, problem: str) -> bool:
    """Whether what was opened has no end: the reader ran into the text's, or into a line that does not belong there."""
    if "unexpected" in problem or noticed == len(source):
        return True
    return problem.startswith("did not find expected ','") and (
        _line_end(source, opened) < noticed and _text_column(source, noticed) <= _text_column(source, opened)
    )


def _mistake(source: str, place: _Place) -> tuple[_Place, str] | None:
    """A common mistake that explains the problem, and the hint that says how it is mended."""
    built = place.problem.startswith(("found undefined alias", "could not determine a constructor"))
    for offset, any_text in [(place.start, True)] if built else _suspects(source, place):
        for edit, hint, lacks in mistakes.mends_of(source, offset):
            start, end, _ = edit
            quotes = source[start : start + 1] in ("'", '"')
            if not (any_text or quotes or lacks) or not mistakes.helps(source, edit, place.noticed):
                continue
            if lacks:
                return _Place(lacks[0], start, lacks[1], start), hint
            inside = start <= place.start < end
            if inside and place.problem != "did not find expected key":
                return place, hint
            problem = place.problem
            if quotes:
                problem = "the text goes on behind the quote that closes it" if hint == hints.QUOTE else _UNCLOSED_QUOTE
            return _Place(start, end, problem, start), hint
    return None


def _suspects(source: str, place: _Place) -> Iterator[tuple[int, bool]]:
    """Where mistakes are looked for, and whether any text there may want quotes."""
    yield place.start, True
    if place.noticed > _line_end(source, place.start):
        yield place.noticed, True
    before = source.rfind("\n", 0, place.start)
    for _ in range(_LINES_BEFORE):
        if before > 0:
            yield before, False
        before = source.rfind("\n", 0, max(before, 0))
    opened = _last_text(source, place.noticed)
    if opened is not None:  # what closes its quote may have been meant to open another; or it is a key without its sign
        yield opened, False


def _last_text(source: str, end: int) -> int | None:
    """Where the last text before an offset starts, in quotes or not; of texts that follow each other the first."""
    last, before = None, None
    try:
        for token in yaml.scan(source, Loader=yaml.CSafeLoader):
            if token.end_mark.index > end:
                break
            if isinstance(token, yaml.ScalarToken) and not isinstance(before, yaml.ScalarToken):
                last = token.start_mark.index
            before = token
    except yaml.YAMLError:
        pass
    return last


def _hint(source: str, place: _Place) -> str | None:
    sign = source[place.start : place.start + 1]
    if sign == "\t":
        return NO_TABS
    line = source[source.rfind("\n", 0, place.start) + 1 : place.start]
    if place.problem in _HINTS:
        return _INDENT if sign == ":" and _KEY.fullmatch(line) else _HINTS[place.problem]
    if place.problem.endswith("is not closed"):
        brackets = sign in ("[", "{")
        return "Close it, or put the text in quotes." if brackets else "A text that starts with a quote ends with one."
    if place.problem == "did not find expected key":
        return (
            _INDENT
            if not line.strip()
            else "Text that starts with a quote or a bracket, and goes on behind it, goes in quotes."
        )
    if "cannot start any token" in place.problem or sign in ("*", "&", "!", "%"):
        return f"Text that starts with '{sign}' goes in quotes."
    return None


def _index(source: str, mark: yaml.Mark | None) -> int:
    return min(mark.index, len(source)) if mark else 0


def _line_end(source: str, start: int) -> int:
    """Where the visible part of a line ends, behind an offset in it."""
    return start + len(source[start:].split("\n", 1)[0].rstrip())


def _text_column(source: str, offset: int) -> int:
    """Where the text of a line around an offset starts, behind its indentation and the dashes of its items."""
    line = source[source.rfind("\n", 0, offset) + 1 :]
    return len(line) - len(line.lstrip(" -"))
