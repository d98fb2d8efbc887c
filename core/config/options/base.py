"""Building blocks of the commands' models: where a field appears, and common types."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel, BeforeValidator, ConfigDict


@dataclass(frozen=True)
class Place:
    """Where a field appears. A field without one is both a setting and an option by its own name."""

    flags: tuple[str, ...] | None = None
    """The spellings on the command line; None derives one from the name, an empty tuple means none."""
    in_file: bool = True
    unit: str = ""
    required: bool = False
    variable: str | None = None
    metavar: str = ""
    """What `--help` calls the value; the unit, if empty."""
    follows: str | None = None
    """The setting (`generate.taxonomy_path`) that counts when the option is not given."""
    unneeded: str = ""
    """Why an option of InstructLab's has no effect here; one that is given prints this sentence."""
    refused: str = ""
    """Why an option of InstructLab's cannot be used; one that is given ends the command with this sentence."""
    hint: str = ""
    """What to do instead of a refused option."""
    refused_values: tuple[tuple[str, str], ...] = ()
    """Words of InstructLab's that a choice does not have, and why."""
    words: tuple[str, ...] = ()
    """Words that the command line takes and replaces by a number."""
    value: bool = False
    """Whether a flag may be given with a value: InstructLab's has one (`--flag true`)."""


def option(
    *flags: str,
    unit: str = "",
    metavar: str = "",
    refused_values: Mapping[str, str] | None = None,
    words: tuple[str, ...] = (),
    value: bool = False,
) -> Place:
    """A setting in the file that the command line can set for one run."""
    refused = tuple((refused_values or {}).items())
    return Place(flags or None, unit=unit, metavar=metavar, refused_values=refused, words=words, value=value)


def setting(*, unit: str = "") -> Place:
    """A setting in the file only."""
    return Place((), unit=unit)


def once(
    *flags: str,
    unit: str = "",
    metavar: str = "",
    required: bool = False,
    variable: str | None = None,
    words: tuple[str, ...] = (),
) -> Place:
    """An option of a single run: no file holds it."""
    return Place(
        flags or None, in_file=False, unit=unit, metavar=metavar, required=required, variable=variable, words=words
    )


def follows(setting: str, *, given: bool = True) -> Place:
    """The value of another command's setting, unless an option of the same name is given (`given`) for one run."""
    return Place(None if given else (), in_file=False, follows=setting)


def unneeded(reason: str, *flags: str) -> Place:
    """An option of InstructLab's that is accepted and has no effect; `reason` is a sentence."""
    return Place(flags or None, in_file=False, unneeded=reason)


def refused(reason: str, *flags: str, hint: str) -> Place:
    """An option of InstructLab's that cannot be used; `reason` and `hint` are sentences."""
    return Place(flags or None, in_file=False, refused=reason, hint=hint)


NO_HF_TOKEN = refused(
    "A token on the command line can be read by every user of this machine.",
    "--hf-token",
    hint="Set the environment variable HF_TOKEN instead.",
)
"""Of every command that talks to Hugging Face."""


def refused_model_id(hint: str) -> Place:
    """An option of InstructLab's that takes a model's id."""
    reason = "ids refer to the `models` list of InstructLab's settings, and labtop has no such list."
    return refused(reason, hint=hint)


def internal(*, unit: str = "") -> Place:
    """An argument of the worker that only our own code sets."""
    return Place((), in_file=False, unit=unit)


@dataclass(frozen=True)
class PathKind:
    """What a path must be if it exists."""

    kind: Literal["file", "folder", "path"]
    must_exist: bool = False


def _given(value: Any) -> Any:
    if value == "":  # would mean the current folder
        raise ValueError("the path is empty")
    return os.fspath(value) if isinstance(value, os.PathLike) else value


AnyPath = Annotated[Path, BeforeValidator(_given), PathKind("path")]
File = Annotated[Path, BeforeValidator(_given), PathKind("file")]
ExistingFile = Annotated[Path, BeforeValidator(_given), PathKind("file", must_exist=True)]
Folder = Annotated[Path, BeforeValidator(_given), PathKind("folder")]


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_several)]
"""One text, or several."""

Positive = Annotated[int, Gt(0)]
Epochs = Annotated[int, Gt(0), Le(10_000)]
Natural = Annotated[int, Ge(0)]
NotNegative = Annotated[float, Ge(0)]
Share = Annotated[float, Ge(0), Le(1)]
Rate = Annotated[float, Gt(0)]
Seed = Annotated[int, Ge(0), Le(2**32 - 1)]


class Options(BaseModel):
    """A command's options, or a part of them that others share."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, protected_namespaces=(), allow_inf_nan=False
    )

    section: ClassVar[str | None] = None
    """Of the settings file."""
    heading: ClassVar[str] = ""
    """The part of `--help` that lists the fields; empty for the part of all others."""


class JsonOptions(Options):
    """Options of every command that prints a result."""

    json_output: Annotated[bool, once("--json")] = False
    """Print one JSON document."""


class JobResultOptions(Options):
    """Options of every command that waits for a job."""

    json_output: Annotated[bool, once("--json")] = False
    """Print the job's result as one JSON document."""


class DetachedOptions(Options):
    """Options of every command that may leave its job running."""

    detached: Annotated[bool, once("--detached", "-dt")] = False
    """Start the job, print its id and return at once."""


class JobOptions(JobResultOptions, DetachedOptions):
    """Options of every command that starts a job."""
