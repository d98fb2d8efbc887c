"""Moving the lines and tokens of a YAML text to where the rules on indentation and spaces require them.

One pass over the tokens, each at its new column; what belongs to a token moves with it.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from core.taxonomy.format.edits import Replacement
from core.taxonomy.format.indentation import Indentation
from core.taxonomy.format.style import between
from core.taxonomy.format.tokens import tokens

SPACES = 2
"""Spaces of an indentation, if the text has none to go by."""

_EDGES = (yaml.StreamStartToken, yaml.StreamEndToken, yaml.BlockEndToken)


def habits(text: str) -> tuple[int, bool]:
    """The number of spaces by which a text indents, and whether it indents lists below their keys."""
    habit = _Aligned(text)
    for token in tokens(text):
        habit.check(token)
    return habit.habits


def placed_scalars(text: str) -> Iterator[tuple[yaml.ScalarToken, int]]:
    """Each scalar of a text, and the column that its further lines are indented beyond."""
    rule = _Aligned(text)
    for token in tokens(text):
        rule.check(token)
        if isinstance(token, yaml.ScalarToken):
            yield token, rule.block()[0]


def align(text: str, only: int | None = None) -> list[Replacement]:
    """The edits that fix a text's indentation and the spaces between its tokens; none changes what is read from it.

    With `only`, only the finding at this offset is fixed, and what belongs to it moves along.
    """
    aligner = _Aligner(text, only)
    for token in tokens(text):
        aligner.take(token)
    return aligner.edits


class _Aligned(Indentation):
    """The indentation rule, with tokens at their new columns."""

    @property
    def habits(self) -> tuple[int, bool]:
        return self._spaces or SPACES, self._indents_lists is not False

    def follow(self, token: yaml.Token, found: int, column: int) -> None:
        """Continue after a token that was found in one column and moves to another."""
        depth = len(self._open)
        self._follow(token, column)
        if len(self._open) > depth:
            self._open[-1].moved = column - found

    def enter(self, token: yaml.Token) -> None:
        """Close what a token ends."""
        if isinstance(token, yaml.BlockEndToken):
            self._close_implicit()
            self._open.pop()
            self._awaited = False
        elif isinstance(token, yaml.KeyToken):
            self._close_implicit()
        if isinstance(token, yaml.KeyToken | yaml.FlowEntryToken) or self._next_item(token):
            self._awaited = False

    def place(self, token: yaml.Token, column: int, fix: bool) -> int:
        """The new column of a token that starts a line; `column` if it only moves along."""
        top = self._open[-1] if self._open else None
        if top is not None and top.column is not None and not top.flow and not self._awaited:
            column = top.column
        else:
            expected = self._expected(token, column)
            column = expected if fix else column
        self._line_indent = column
        return column

    def block(self) -> tuple[int, int]:
        """The column that continued text must be indented beyond, as found, and how far it moves."""
        around = next((one for one in reversed(self._open) if not one.flow), None)
        if around is None or around.column is None:
            return -1, 0
        return around.column - around.moved, around.moved

    def _child(self, base: int, column: int) -> int:
        if self._spaces is None and column <= base:
            self._spaces = SPACES
        return super()._child(base, column)


class _Aligner:
    """The tokens so far, and the edits that they need."""

    def __init__(self, text: str, only: int | None) -> None:
        self.edits: list[Replacement] = []
        self._text = text
        self._only = only
        self._rule = _Aligned(text)
        self._previous: yaml.Token | None = None
        self._line = -1
        """Where the current line starts."""
        self._shift = 0
        """Number of columns that the rest of it moves."""
        self._start_shift = 0
        """Number of columns that its start moved."""
        self._indent = 0
        """Its indentation, as found."""

    def take(self, token: yaml.Token) -> None:
        """Place the next token, and everything between it and the one before."""
        self._rule.enter(token)
        start, found = token.start_mark.index, token.start_mark.column
        previous = self._previous
        same_line = (
            previous is not None
            and previous.end_mark.line == token.start_mark.line
            and self._text[start - 1 : start] != "\n"
        )
        if isinstance(token, _EDGES):
            if isinstance(token, yaml.StreamEndToken):
                self._move_comments(len(self._text), None, 0)
            return
        if previous is not None and same_line:
            self._space(previous, token)
        line = start - found
        if line != self._line and not self._text[line:start].strip(" "):
            before = self._start_shift
            column = self._rule.place(token, found + before, self._only in (None, line))
            self._move_comments(start, found, column - found)
            self._move(line, found, column - found)
            self._line, self._indent = line, found
            self._shift = self._start_shift = column - found
        self._rule.follow(token, found, found + self._shift)
        if isinstance(token, yaml.ScalarToken):
            self._move_continuation(token)
        self._previous = token

    def _space(self, left: yaml.Token, right: yaml.Token) -> None:
        start, end = left.end_mark.index, right.start_mark.index
        wrong = between(left, right, end - start, True)
        if wrong and self._only in (None, start):
            before_sign = isinstance(right, yaml.FlowEntryToken | yaml.ValueToken)
            wanted = 0 if before_sign and not isinstance(left, yaml.AliasToken) else 1
            self.edits.append((start, end, " " * wanted))
            self._shift += wanted - (end - start)

    def _move(self, line: int, found: int, by: int) -> None:
        if by:
            self.edits.append((line, line + found, " " * (found + by)))

    def _lines(self, start: int, end: int) -> Iterator[tuple[int, str]]:
        """The lines that start in a stretch, and where."""
        at = start if self._text[start - 1 : start] in ("", "\n") else self._text.find("\n", start, end) + 1
        while at < end and (at or not start):
            end_of_line = self._text.find("\n", at)
            end_of_line = len(self._text) if end_of_line < 0 else end_of_line
            yield at, self._text[at:end_of_line]
            at = end_of_line + 1

    def _move_continuation(self, token: yaml.ScalarToken) -> None:
        """Move the lines on which a text continues."""
        start, end = token.start_mark.index, token.end_mark.index
        if "\n" not in self._text[start:end]:
            return
        column, moved = self._rule.block()
        by = self._start_shift
        for line, content in self._lines(start + 1, end):
            indent = len(content) - len(content.lstrip(" "))
            if token.style in ("|", ">"):
                by = moved  # the text's indentation counts from what it belongs to
                self._move(line, indent, max(by, -indent) if content else 0)
            elif content.strip():
                least = column + moved + 1 if indent > column else 0
                by = max(self._start_shift, least - indent) if self._start_shift or moved else 0
                by = max(by, -indent)
                self._move(line, indent, by)
        self._shift = self._start_shift = by
        self._line = -1

    def _move_comments(self, end: int, next_column: int | None, next_shift: int) -> None:
        """Move the comments on lines of their own since the token before, together with the line next to them."""
        for line, content in self._lines(self._previous.end_mark.index if self._previous else 0, end):
            indent = len(content) - len(content.lstrip(" "))
            if not content[indent:].startswith("#") or line + indent >= end:
                continue
            if indent == next_column:
                by = next_shift
            else:
                by = self._start_shift if indent >= self._indent else min(0, self._start_shift)
            self._move(line, indent, max(by, -indent))
