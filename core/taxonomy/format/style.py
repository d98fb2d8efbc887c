"""The style rules that InstructLab asks for, each with yamllint's name for it.

They are the rules of yamllint's `relaxed` set with every finding an error, and the documents' limit on the length of
a line, which is a warning. Version 1 of the leaf format is exempt from all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import yaml

from core.taxonomy.format.diagnostics import Finding, Severity
from core.taxonomy.format.indentation import Indentation
from core.taxonomy.format.positions import Parsed
from core.taxonomy.format.tokens import tokens
from core.taxonomy.format.yaml_rules import YamlRules

INSTRUCTLAB = YamlRules()
"""InstructLab's own rules."""

TRAILING = re.compile(r"(?<![ \t\v\f])[ \t\v\f]+$", re.MULTILINE)
BLANK = re.compile(r"(?:^|(?<=\n))\n+")
WORD = re.compile(r" *(?:#+ |- )?\S+ *")
"""A line of one word, perhaps after a sign, which may have any length."""
_UNBREAKABLE = re.compile(r" *(?:#+ |- )?(?:[\w-]+: +)?\S+ *")
"""A line that is one word, such as an address, perhaps after a key: it could not be shorter."""


@cache
def _longer_than(limit: int) -> re.Pattern[str]:
    return re.compile(rf"^.{{{limit + 1},}}$", re.MULTILINE)


def check_style(parsed: Parsed, rules: YamlRules = INSTRUCTLAB) -> Iterator[Finding]:
    """What is wrong with the layout of a leaf's text."""
    return (found for found in _check_all(parsed, rules) if found.code not in rules.off)


def _check_all(parsed: Parsed, rules: YamlRules) -> Iterator[Finding]:
    def finding(start: int, end: int, code: str, message: str, severity: Severity = "error") -> Finding:
        return Finding(parsed.text.span(start, end), code, message, severity=severity)

    def deletion(start: int, end: int, code: str, message: str) -> Finding:
        fix = parsed.text.edit((start, end, ""))
        return Finding(parsed.text.span(start, end), code, message, fix=fix)

    text = parsed.text.text
    for match in TRAILING.finditer(text):
        yield deletion(*match.span(), "trailing-spaces", "trailing spaces")
    if not text.endswith("\n"):
        message = "no new line character at the end of file"
        yield finding(len(text), len(text), "new-line-at-end-of-file", message)
    for match in BLANK.finditer(text):
        allowed = rules.blank_lines
        if match.start() == 0:
            allowed = rules.blank_at_start
        elif match.end() == len(text):
            allowed = rules.blank_at_end
        if len(match[0]) > allowed:
            message = f"too many blank lines ({len(match[0])} > {allowed})"
            yield deletion(match.start() + allowed, match.end(), "empty-lines", message)
    for key in parsed.duplicate_keys:
        message = f'duplication of key "{key.value}" in mapping'
        yield finding(key.start_mark.index, key.end_mark.index, "key-duplicates", message)
    for start, end, code, message in _tokens(text):
        yield finding(start, end, code, message)
    limit, unbreakable = rules.line_length, _UNBREAKABLE if rules.inline_mappings else WORD
    for match in _longer_than(limit).finditer(text):
        if not unbreakable.fullmatch(match[0]):
            message = f"line too long ({len(match[0])} > {limit} characters)"
            yield finding(match.start() + limit, match.end(), "line-length", message, rules.line_length_severity)


def _tokens(text: str) -> Iterator[tuple[int, int, str, str]]:
    """What is wrong with the white space between tokens and before them: start, end, code and message."""
    indentation = Indentation(text)
    previous: yaml.Token | None = None
    for token in tokens(text):
        if previous is not None:
            start, end = previous.end_mark.index, token.start_mark.index
            same_line = previous.end_mark.line == token.start_mark.line and text[start - 1 : start] != "\n"
            found = between(previous, token, end - start, same_line)
            if found:
                yield (start, end, *found) if same_line else (end, token.end_mark.index, *found)
        wrong = indentation.check(token)
        if wrong:
            yield token.start_mark.index - token.start_mark.column, token.start_mark.index, "indentation", wrong
        previous = token


def between(left: yaml.Token, right: yaml.Token, spaces: int, same_line: bool) -> tuple[str, str] | None:
    """The code and the message of what is wrong between two tokens."""
    opens = isinstance(left, yaml.FlowMappingStartToken | yaml.FlowSequenceStartToken)
    closes = isinstance(right, yaml.FlowMappingEndToken | yaml.FlowSequenceEndToken)
    if isinstance(right, yaml.FlowEntryToken) and (spaces > 0 or not same_line):
        return "commas", "too many spaces before comma"
    if not same_line or isinstance(right, yaml.StreamEndToken | yaml.BlockEndToken):
        return None
    if isinstance(left, yaml.FlowEntryToken) and spaces == 0:
        return "commas", "too few spaces after comma"
    if isinstance(right, yaml.ValueToken) and spaces > (1 if isinstance(left, yaml.AliasToken) else 0):
        return "colons", "too many spaces before colon"
    if spaces <= 1:
        return None
    if isinstance(left, yaml.FlowEntryToken):
        return "commas", "too many spaces after comma"
    if isinstance(left, yaml.ValueToken):
        return "colons", "too many spaces after colon"
    if isinstance(left, yaml.KeyToken):
        return "colons", "too many spaces after question mark"
    if isinstance(left, yaml.BlockEntryToken):
        return "hyphens", "too many spaces after hyphen"
    if opens or closes:
        mapping = isinstance(left if opens else right, yaml.FlowMappingStartToken | yaml.FlowMappingEndToken)
        name = "braces" if mapping else "brackets"
        return name, f"too many spaces inside {'empty ' if opens and closes else ''}{name}"
    return None
