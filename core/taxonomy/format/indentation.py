"""Whether a YAML text indents by the same number of spaces everywhere, as yamllint's rule of that name asks.

The first indentation seen sets the number. Lists below a key may be indented or not, but all the same way. Lines that
continue a scalar are free.
"""

from __future__ import annotations

from dataclasses import dataclass

import yaml

_CLOSERS = (yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
_OPENERS = (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
_PREFIXES = (yaml.AnchorToken, yaml.TagToken)


@dataclass
class _Collection:
    """An open collection: the column of its items, and for a flow one the indentation of the line where it opened."""

    column: int | None
    flow: bool = False
    sequence: bool = False
    implicit: bool = False
    """A list that is not indented below its key: no token marks its start or end."""
    line_indent: int = 0
    moved: int = 0
    """Number of columns that it moves when the text is aligned."""


class Indentation:
    """Takes a document's tokens in order and reports those that start a line in the wrong column."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._spaces: int | None = None
        self._indents_lists: bool | None = None
        self._open: list[_Collection] = []
        self._awaited = False
        """Whether the next token starts a key's value or a list's item."""
        self._line_indent = 0

    def check(self, token: yaml.Token) -> str | None:
        """What is wrong with the column of a token."""
        if isinstance(token, yaml.StreamStartToken | yaml.StreamEndToken):
            return None
        if isinstance(token, yaml.BlockEndToken):
            self._close_implicit()
            self._open.pop()
            self._awaited = False
            return None
        if isinstance(token, yaml.KeyToken):
            self._close_implicit()
        column = token.start_mark.column
        start = token.start_mark.index
        wrong = None
        if isinstance(token, yaml.KeyToken | yaml.FlowEntryToken) or self._next_item(token):
            self._awaited = False  # nothing was written where a value was expected
        if not self._text[start - column : start].strip(" "):
            expected = self._expected(token, column)
            if expected != column:
                wrong = f"wrong indentation: expected {expected} but found {column}"
            self._line_indent = column
        self._follow(token, column)
        return wrong

    def _expected(self, token: yaml.Token, column: int) -> int:
        """The column where a token that starts a line should be."""
        if not self._open:
            return 0
        top = self._open[-1]
        if top.flow:
            if isinstance(token, _CLOSERS):
                return top.line_indent
            if top.column is None:
                top.column = self._child(top.line_indent, column)
            elif self._awaited:
                return self._child(top.column, column)
            return top.column
        assert top.column is not None
        if not self._awaited:  # a key or a dash: its column decides what it belongs to
            return column
        if not top.sequence and isinstance(token, yaml.BlockSequenceStartToken | yaml.BlockEntryToken):
            if self._indents_lists is None:
                self._indents_lists = column != top.column
            if not self._indents_lists:
                return top.column
        return self._child(top.column, column)

    def _child(self, base: int, column: int) -> int:
        """One level deeper than `base`."""
        if self._spaces is None:
            self._spaces = column - base
        return base + self._spaces

    def _follow(self, token: yaml.Token, column: int) -> None:
        """Continue after a token."""
        if isinstance(token, _PREFIXES):
            return
        if self._open and self._open[-1].flow and self._open[-1].column is None:
            self._open[-1].column = column  # the first item is after the bracket, and sets the column
        if isinstance(token, yaml.BlockMappingStartToken | yaml.BlockSequenceStartToken):
            self._open.append(_Collection(column, sequence=isinstance(token, yaml.BlockSequenceStartToken)))
            self._awaited = False
        elif isinstance(token, yaml.BlockEntryToken):
            if self._open and not self._open[-1].sequence:
                self._open.append(_Collection(column, sequence=True, implicit=True))
            self._awaited = True
        elif isinstance(token, _OPENERS):
            self._open.append(_Collection(None, flow=True, line_indent=self._line_indent))
            self._awaited = False
        elif isinstance(token, _CLOSERS):
            self._open.pop()
            self._awaited = False
        else:
            explicit_key = isinstance(token, yaml.KeyToken) and token.end_mark.index > token.start_mark.index
            self._awaited = isinstance(token, yaml.ValueToken) or explicit_key

    def _next_item(self, token: yaml.Token) -> bool:
        return isinstance(token, yaml.BlockEntryToken) and bool(self._open) and self._open[-1].sequence

    def _close_implicit(self) -> None:
        if self._open and self._open[-1].implicit:
            self._open.pop()
