"""What the YAML parser reports, in the words of someone who writes questions and answers."""

from __future__ import annotations

from core.taxonomy.format import hints

_WORDS = {
    "mapping values are not allowed here": "this text contains ': ', so it needs quotes",
    "did not find expected key": "text follows a closing quote or bracket",
    "did not find expected '-' indicator": "this line is not an item of the list around it",
    "could not find expected ':'": "this line is neither a key nor a part of the text above",
    "did not find expected comment or line break": "text follows '|' or '>' on the same line",
    "block sequence entries are not allowed here": "a list cannot start on this line",
    "did not find expected <document start>": "this line does not belong to the lines above",
    "found unknown escape character": "this backslash needs another one, or the text single quotes",
    "did not find expected hexdecimal number": "this backslash needs another one, or the text single quotes",
    "did not find expected ',' or ']'": "a ',' or the closing ']' is missing",
    "did not find expected ',' or '}'": "a ',' or the closing '}' is missing",
}
"""By what libyaml says."""

_OF_SIGNS = (
    "found character that cannot start any token",
    "did not find expected node content",
    "did not find expected alphabetic or numeric character",
    "did not find expected whitespace or line break",
    "could not find expected directive name",
    "could not determine a constructor for the tag",
    "found undefined alias",
    "found unexpected non-alphabetical character",
    "mapping keys are not allowed here",
    "did not find expected key",
    "did not find expected comment or line break",
)
"""What libyaml says of text that starts with a sign that it reads as something else."""

_SIGNS = "*&!%@`?|>,[]{}"

MISALIGNED = "this line is not in the column of the lines it belongs with"

NO_TAB = "this is a tab, where only spaces are allowed"


def plain_words(problem: str, hint: str | None, sign: str) -> str:
    """A problem in our words, or unchanged where there are none; `sign` is the character that it is reported at."""
    if sign == "\t" or "tab character" in problem or "'\\t'" in problem:
        return NO_TAB
    if hint == hints.INDENT and problem in _WORDS:
        return MISALIGNED
    if sign and sign in _SIGNS and problem.startswith(_OF_SIGNS):
        return f"text that starts with '{sign}' needs quotes"
    if hint == hints.QUOTE and problem == "block sequence entries are not allowed here":
        return "text that starts with '- ' needs quotes"
    return _WORDS.get(problem, problem)
