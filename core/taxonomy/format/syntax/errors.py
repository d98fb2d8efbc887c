"""What is wrong with a text that is no YAML, and where: at the token at fault rather than where the reader noticed."""

from __future__ import annotations

import re

import yaml

from core.taxonomy.format import hints
from core.taxonomy.format.diagnostics import START, Diagnostic
from core.taxonomy.format.positions import Text, nodes
from core.taxonomy.format.syntax import mistakes
from core.taxonomy.format.syntax.explanation import Place, explain, line_end

NO_TABS = "Use spaces instead of the tab."

_CONFLICT = re.compile(r"^(?:<<<<<<<|=======|>>>>>>>)(?: .*)?$", re.MULTILINE)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPE = re.compile(r"\\(?:[xuU]\w*|.|\n|)")
_KEY = re.compile(r" *(?:- +)*[\w-]+ *")
_TOKEN = re.compile(r"[*&!][^\s,\[\]{}]*|\w+|\t+|\S")

_CONSTRUCTION = (ValueError, OverflowError, AttributeError, TypeError, LookupError, yaml.constructor.ConstructorError)
"""What constructing a value may raise."""

_NAMES = {"int": "number", "float": "number", "bool": "true or false", "null": "empty value"}
"""What a writer calls values whose tag says it in other words."""

_CODES = {
    "found incompatible YAML document": "yaml-version",
    "found invalid Unicode character escape code": "escape",
}
"""What InstructLab's reader takes and we do not: differences that have a name of their own."""

_HINTS = {
    "found incompatible YAML document": "Delete the line: a leaf needs none.",
    "found invalid Unicode character escape code": "Write the character itself.",
    "found unknown escape character": "Write two backslashes for one, or put the text in single quotes.",
    "did not find expected hexdecimal number": ("Write two backslashes for one, or put the text in single quotes."),
    "could not find expected ':'": (
        "A text that goes on in further lines is indented deeper than its key; behind a key stands ': '."
    ),
    "did not find expected '-' indicator": hints.INDENT,
    "mapping values are not allowed here": "Text that holds ': ' goes in quotes, or on lines of its own below a '|'.",
    "did not find expected comment or line break": "Text that starts with '|' or '>' goes in quotes.",
    "block sequence entries are not allowed here": (
        "Text that starts with '-' goes in quotes; a list starts on the line below its key."
    ),
}
"""By what libyaml says."""

_BAD_STARTS = (
    "found character that cannot start any token",
    "mapping keys are not allowed here",
    "did not find expected node content",
)

_UNCLOSED = {
    "while scanning a quoted scalar": "quote",
    "while parsing a flow sequence": "bracket",
    "while parsing a flow mapping": "brace",
}
"""What opened, by what libyaml was at."""

_FROM_ITS_START = ("while scanning an alias", "while scanning an anchor", "while scanning a tag")


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
        opened = _index(source, error.context_mark) if error.context_mark else 0
        place, hint = explain(source, place, opened) or (place, hint)
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


def _place(source: str, error: yaml.MarkedYAMLError, root: yaml.Node | None) -> Place:
    """Where the token at fault stands, which is not always where the reader stopped."""
    context = error.context or ""
    noticed = _index(source, error.problem_mark or error.context_mark)
    opened = _index(source, error.context_mark) if error.context_mark else noticed
    # PyYAML's own scanner, which the documents quote, words this one differently than libyaml.
    problem = (error.problem or "this cannot be read").replace("in this context", "here")
    if context in _UNCLOSED and _is_unclosed(source, opened, noticed, problem):
        end = line_end(source, opened) if context == "while scanning a quoted scalar" else opened + 1
        return Place(opened, end, mistakes.UNCLOSED_QUOTE.replace("quote", _UNCLOSED[context]), end)
    at_sign = context == "while scanning a block scalar" and "tab character" not in problem
    if at_sign or problem == "could not find expected ':'":
        return Place(opened, line_end(source, opened), problem, noticed)
    if problem == "found unhashable key" and root is not None:
        *_, behind = (node.end_mark.index for node in nodes(root) if node.start_mark.index == noticed)
        end = min(behind, line_end(source, noticed))  # of the last, since the mapping itself may start there too
        return Place(noticed, end, "a list or mapping cannot be a key", noticed)
    if "escape" in problem or "hexdecimal" in problem:
        start = source.rfind("\\", 0, noticed + 1)
        escape = _ESCAPE.match(source, start)
        return Place(start, escape.end() if escape else noticed, problem, noticed)
    start = opened if context.startswith(_FROM_ITS_START) else noticed
    if source[start : start + 1] in ("", " ", "\n"):  # behind the last thing that is there
        before = source[:start].rstrip()
        start = len(before) - 1 if before else start
    if "incompatible" in problem:
        return Place(start, line_end(source, start), problem, noticed)
    token = _TOKEN.match(source, start)
    return Place(start, token.end() if token else start, problem, noticed)


def _is_unclosed(source: str, opened: int, noticed: int, problem: str) -> bool:
    """Whether what was opened has no end: the reader ran into the text's, or into a line that does not belong there."""
    if "unexpected" in problem or noticed == len(source):
        return True
    return problem.startswith("did not find expected ','") and (
        line_end(source, opened) < noticed and _text_column(source, noticed) <= _text_column(source, opened)
    )


def _hint(source: str, place: Place) -> str | None:
    sign = source[place.start : place.start + 1]
    if sign == "\t":
        return NO_TABS
    line = source[source.rfind("\n", 0, place.start) + 1 : place.start]
    if place.problem in _HINTS:
        return hints.INDENT if sign == ":" and _KEY.fullmatch(line) else _HINTS[place.problem]
    if place.problem.endswith("is not closed"):
        if sign not in ("[", "{"):
            return "A text that starts with a quote ends with one."
        if " #" in source[place.start : line_end(source, place.start)]:
            return "What follows ' #' is a comment. Put the text that holds it in quotes."
        return "Close it, or put the text in quotes."
    if place.problem == "did not find expected key":
        return (
            hints.INDENT
            if not line.strip()
            else "Text that starts with a quote or a bracket, and goes on behind it, goes in quotes."
        )
    if place.problem.startswith(_BAD_STARTS) or sign in ("*", "&", "!", "%"):
        return f"Text that starts with '{sign}' goes in quotes."
    return None


def _index(source: str, mark: yaml.Mark | None) -> int:
    return min(mark.index, len(source)) if mark else 0


def _text_column(source: str, offset: int) -> int:
    """Where the text of a line around an offset starts, behind its indentation and the dashes of its items."""
    line = source[source.rfind("\n", 0, offset) + 1 :]
    return len(line) - len(line.lstrip(" -"))
