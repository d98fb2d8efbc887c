"""What is wrong with a text that is not YAML, and where: at the token at fault, not where the parser noticed."""

from __future__ import annotations

import re

import yaml

from core.taxonomy.format import hints
from core.taxonomy.format.diagnostics import START, Finding
from core.taxonomy.format.positions import Text, nodes
from core.taxonomy.format.syntax import mistakes
from core.taxonomy.format.syntax.explanation import Explanation, Place, explain, line_end
from core.taxonomy.format.syntax.words import plain_words

NO_TABS = "Use spaces instead of the tab."

_CONFLICT = re.compile(r"^(?:<<<<<<<|=======|>>>>>>>)(?: .*)?$", re.MULTILINE)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPE = re.compile(r"\\(?:[xuU]\w*|.|\n|)")
_KEY = re.compile(r" *(?:- +)*[\w-]+ *")
_TOKEN = re.compile(r"[*&!][^\s,\[\]{}]*|\w+|\t+|\S")

_CONSTRUCTION = (ValueError, OverflowError, AttributeError, TypeError, LookupError, yaml.constructor.ConstructorError)
"""What constructing a value may raise."""

_NAMES = {"int": "number", "float": "number", "bool": "true or false", "null": "empty value"}
"""What authors call values, by their tag."""

_CODES = {
    "found incompatible YAML document": "yaml-version",
    "found invalid Unicode character escape code": "escape",
}
"""What InstructLab's parser accepts and we do not: these have a code of their own."""

_HINTS = {
    "found incompatible YAML document": "Delete the line: a leaf needs none.",
    "found invalid Unicode character escape code": "Write the character itself.",
    "found unknown escape character": "Write two backslashes for one, or put the text in single quotes.",
    "did not find expected hexdecimal number": ("Write two backslashes for one, or put the text in single quotes."),
    "could not find expected ':'": (
        "Indent the further lines of a text deeper than its key, and write ': ' after a key."
    ),
    "did not find expected '-' indicator": hints.INDENT,
    "mapping values are not allowed here": "Put text that contains ': ' in quotes, or on lines of its own below a '|'.",
    "did not find expected comment or line break": "Put text that starts with '|' or '>' in quotes.",
    "block sequence entries are not allowed here": (
        "Put text that starts with '-' in quotes; a list starts on the line below its key."
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
"""What is open, by what libyaml was doing."""

_FROM_ITS_START = ("while scanning an alias", "while scanning an anchor", "while scanning a tag")


def parse_error(text: Text, error: yaml.MarkedYAMLError, root: yaml.Node | None) -> Finding:
    """The finding for what the YAML parser failed at; `root` where it got as far as that."""
    source = text.text
    conflict = _CONFLICT.search(source)
    if conflict:
        return Finding(
            text.span(*conflict.span()),
            "merge-conflict",
            "syntax error: unresolved merge conflict",
            "Choose one side and delete the lines of <, = and > signs.",
        )
    place = _place(source, error, root)
    explanation = Explanation(place, _hint(source, place))
    if len(source) <= mistakes.LONGEST:
        opened = _index(source, error.context_mark) if error.context_mark else 0
        explanation = explain(source, place, opened) or explanation
    place, hint, edit = explanation
    code = _CODES.get(place.problem, "syntax")
    fix = text.edit(edit) if edit else None
    message = plain_words(place.problem, hint, source[place.start : place.start + 1])
    span = text.span(place.start, place.end)
    return Finding(span, code, message, hint, fix=fix, parser_message=f"syntax error: {place.problem}")


def unprintable(text: Text) -> Finding:
    """The finding for a character that no YAML may hold."""
    match = _UNPRINTABLE.search(text.text)
    start = match.start() if match else 0
    message = "syntax error: the text cannot be read"
    if match:
        message = f"syntax error: character U+{ord(match[0]):04X} is not allowed"
    return Finding(text.span(start, start + 1), "syntax", message, "Delete it.")


def to_quote(text: Text, span: tuple[int, int], message: str) -> Finding:
    """The finding for a value that has to be in quotes."""
    fix = mistakes.quoting_fix(text.text, span[0])
    return Finding(text.span(*span), "syntax", message, hints.QUOTE, fix=text.edit(fix.edit) if fix else None)


def unconstructible(text: Text, root: yaml.Node, error: Exception) -> Finding:
    """The finding for a value that looks like, say, a date but is not one."""
    for node in nodes(root):
        if isinstance(node, yaml.ScalarNode):
            try:
                yaml.constructor.SafeConstructor().construct_document(node)
            except _CONSTRUCTION:
                tag = node.tag.rpartition(":")[2]
                message = f"syntax error: this is not a valid {_NAMES.get(tag, tag)}"
                return to_quote(text, (node.start_mark.index, node.end_mark.index), message)
    return Finding(START, "syntax", f"syntax error: {error}")


def _place(source: str, error: yaml.MarkedYAMLError, root: yaml.Node | None) -> Place:
    """Where the token at fault is, which is not always where the parser stopped."""
    context = error.context or ""
    noticed = _index(source, error.problem_mark or error.context_mark)
    opened = _index(source, error.context_mark) if error.context_mark else noticed
    # PyYAML's own scanner, which the documents quote, words this one differently than libyaml.
    problem = (error.problem or "this cannot be read").replace("in this context", "here")
    if context in _UNCLOSED and _is_unclosed(source, opened, noticed, problem):
        end = line_end(source, opened) if context == "while scanning a quoted scalar" else opened + 1
        return Place(opened, end, mistakes.UNCLOSED.format(_UNCLOSED[context]), end, is_unclosed=True)
    at_sign = context == "while scanning a block scalar" and "tab character" not in problem
    if at_sign or problem == "could not find expected ':'":
        return Place(opened, line_end(source, opened), problem, noticed)
    if problem == "found unhashable key" and root is not None:
        *_, last = (node.end_mark.index for node in nodes(root) if node.start_mark.index == noticed)
        end = min(last, line_end(source, noticed))  # of the last, since the mapping itself may start there too
        return Place(noticed, end, "a list or a mapping cannot be a key", noticed)
    if "escape" in problem or "hexdecimal" in problem:
        start = source.rfind("\\", 0, noticed + 1)
        escape = _ESCAPE.match(source, start)
        return Place(start, escape.end() if escape else noticed, problem, noticed)
    start = opened if context.startswith(_FROM_ITS_START) else noticed
    if source[start : start + 1] in ("", " ", "\n"):  # after the last thing in the text
        before = source[:start].rstrip()
        start = len(before) - 1 if before else start
    if "incompatible" in problem:
        return Place(start, line_end(source, start), problem, noticed)
    token = _TOKEN.match(source, start)
    return Place(start, token.end() if token else start, problem, noticed)


def _is_unclosed(source: str, opened: int, noticed: int, problem: str) -> bool:
    """Whether what is open has no end: the parser met the end of the text, or a line that does not belong there."""
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
    if place.is_unclosed:
        if sign not in ("[", "{"):
            return "End a text with the quote that it starts with."
        if " #" in source[place.start : line_end(source, place.start)]:
            return "The text after ' #' is a comment. Put the whole text in quotes."
        return "Close it, or put the text in quotes."
    if place.problem == "did not find expected key":
        return (
            hints.INDENT
            if not line.strip()
            else "Put text in quotes that starts with a quote or a bracket and continues after it."
        )
    if place.problem.startswith(_BAD_STARTS) or sign in ("*", "&", "!", "%"):
        return f"Put text that starts with '{sign}' in quotes."
    return None


def _index(source: str, mark: yaml.Mark | None) -> int:
    return min(mark.index, len(source)) if mark else 0


def _text_column(source: str, offset: int) -> int:
    """Where the text of the line around an offset starts, after its indentation and dashes."""
    line = source[source.rfind("\n", 0, offset) + 1 :]
    return len(line) - len(line.lstrip(" -"))
