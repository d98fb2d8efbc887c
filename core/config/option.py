"""An option as the generated table holds it: what help, completion and lint know without importing pydantic.

Named tuples, since a frozen dataclass takes a millisecond to define, and start-up has few of them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["int", "float", "text", "flag", "choice", "file", "folder", "path"]
Scalar = str | int | float | bool | None


class OptionRow(NamedTuple):
    """One field of a command's model."""

    name: str
    help: str
    """One line of text: the first paragraph of the field's docstring."""
    kind: Kind
    default: Scalar = None
    flags: tuple[str, ...] = ()
    """The spellings on the command line; without any, it is no option there."""
    in_file: bool = True
    """Whether the settings file and a LABTOP_… variable may set it."""
    minimum: float | None = None
    above: float | None = None
    """Like `minimum`, but this value itself is not allowed."""
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    """The words that are allowed; those of an int, besides numbers."""
    unit: str = ""
    several: bool = False
    """Whether the option may be given more than once."""
    required: bool = False
    unused: str = ""
    """The feature that uses the value and is not supported yet."""
    unneeded: str = ""
    """Why a value has no effect."""
    refused: str = ""
    """Why a value cannot be used."""
    hint: str = ""
    """What to do instead of a refused option."""
    variable: str | None = None
    """An environment variable of its own, for values that no file may hold."""
    metavar: str = ""
    """What `--help` calls the value; the unit, if empty."""
    must_exist: bool = False
    """Whether a path must be there."""
    follows: str | None = None
    """The setting of another command that counts when the option is not given."""


class CommandRow(NamedTuple):
    """One command's model."""

    section: str | None
    """Of the settings file; without one, the command has options of single runs only."""
    options: tuple[OptionRow, ...]

    def default(self, name: str) -> Scalar:
        """What an option is when nobody sets it."""
        return next(row.default for row in self.options if row.name == name)
