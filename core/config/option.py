"""An option in the generated table, which help, completion and lint read without importing pydantic.

Named tuples, since defining a frozen dataclass takes a millisecond, which matters at start-up.
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
    """The spellings on the command line; empty for a setting that is not an option."""
    in_file: bool = True
    """Whether the settings file and a LABTOP_… variable may set it."""
    minimum: float | None = None
    above: float | None = None
    """Like `minimum`, but this value itself is not allowed."""
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    """The allowed words; for an int in addition to numbers."""
    unit: str = ""
    several: bool = False
    """Whether the option may be given more than once."""
    required: bool = False
    unneeded: str = ""
    """Why a value has no effect."""
    refused: str = ""
    """Why a value cannot be used."""
    hint: str = ""
    """What to do instead of a refused option."""
    refused_values: tuple[tuple[str, str], ...] = ()
    """Words that are not among the choices, each with the reason why it cannot be used."""
    words: tuple[str, ...] = ()
    """Words that the command line takes and replaces by a number."""
    value: bool = False
    """Whether a flag may be given with a value, such as `--flag true`."""
    variable: str | None = None
    """An environment variable of its own, for values that no file may hold."""
    metavar: str = ""
    """What `--help` calls the value; the unit, if empty."""
    must_exist: bool = False
    """Whether a path must be there."""
    follows: str | None = None
    """The setting of another command that counts when the option is not given."""
    heading: str = ""
    """The part of `--help` that lists the option; empty for the part of all others."""


class CommandRow(NamedTuple):
    """One command's model."""

    section: str | None
    """The section of the settings file; None for a command that has only options for single runs."""
    options: tuple[OptionRow, ...]

    def default(self, name: str) -> Scalar:
        """The default of an option."""
        return next(row.default for row in self.options if row.name == name)
