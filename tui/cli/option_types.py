"""The values of options as click reads them. They accept what the settings file accepts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from core.config.option import OptionRow
from core.config.values import parse_value, wrong_value
from tui.cli.given_path import GivenPath


def option_type(row: OptionRow) -> click.ParamType[Any]:
    """The type of an option's value."""
    if row.kind == "int":
        return WordOrCount(row) if row.choices or row.words else Count(row)
    if row.kind == "float":
        return Quantity(row)
    if row.kind == "choice":
        return Word(row)
    if row.kind in ("file", "folder", "path"):
        return RowPath(row)
    return click.STRING


class Count(click.IntRange):
    """A whole number in a range."""

    def __init__(self, row: OptionRow) -> None:
        minimum = row.minimum if row.above is None else row.above + 1
        lowest, highest = (None if bound is None else int(bound) for bound in (minimum, row.maximum))
        super().__init__(lowest, highest)
        self.row = row

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return _checked(self, self.row, value, param, ctx)


class WordOrCount(Count):
    """A number in a range, or one of some words such as `auto`."""

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return f"[{'|'.join(self.row.choices or self.row.words)}|N]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value in self.row.words else super().convert(value, param, ctx)


class Quantity(click.FloatRange):
    """A number in a range."""

    def __init__(self, row: OptionRow) -> None:
        minimum = row.minimum if row.above is None else row.above
        super().__init__(minimum, row.maximum, min_open=row.above is not None)
        self.row = row

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return _checked(self, self.row, value, param, ctx)


class Word(click.Choice[str]):
    """One of some words."""

    def __init__(self, row: OptionRow) -> None:
        super().__init__(row.choices)
        self.row = row

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return _checked(self, self.row, value, param, ctx)


class RowPath(GivenPath):
    """A path of the right kind, if it is there."""

    def __init__(self, row: OptionRow) -> None:
        folder, file = row.kind != "file", row.kind != "folder"
        super().__init__(path_type=Path, file_okay=file, dir_okay=folder, exists=row.must_exist)
        self.row = row

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        _checked(self, self.row, value, param, ctx)
        return super().convert(value, param, ctx)  # also whether it can be read


def _checked(
    kind: click.ParamType[Any], row: OptionRow, value: Any, param: click.Parameter | None, ctx: click.Context | None
) -> Any:
    """The parsed value. Ends the command with the sentence that the settings file would get."""
    if wrong := wrong_value(row, value):
        kind.fail(f"{wrong}.", param, ctx)
    return parse_value(row, value)[0]
