"""From a command's model to the rows of the generated table."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic.fields import FieldInfo

from core.config.option import CommandRow, Kind, OptionRow, Scalar
from core.config.options.base import Options, PathKind, Place

KINDS: dict[type, Kind] = {bool: "flag", int: "int", float: "float", str: "text", Path: "path"}


def describe(model: type[Options]) -> CommandRow:
    """The fields of a command that a user can set, in the order of `--help` and of the settings file."""
    rows = [_row(name, model.model_fields[name], heading) for name, heading in _ordered(model)]
    return CommandRow(model.section, tuple(row for row in rows if row.flags or row.in_file or row.follows))


def _ordered(model: type[Options]) -> Iterator[tuple[str, str]]:
    """A model's own fields first, then those of its bases from left to right; each with the heading of its class."""
    seen: set[str] = set()
    for base in model.__mro__:
        for name in inspect.get_annotations(base):
            if name in model.model_fields and name not in seen:
                seen.add(name)
                yield name, vars(base).get("heading", "")


def _row(name: str, field: FieldInfo, heading: str) -> OptionRow:
    place = next((item for item in field.metadata if isinstance(item, Place)), Place())
    flags = (f"--{name.replace('_', '-')}",) if place.flags is None else place.flags
    row: dict[str, Any] = {}
    for annotation in _parts(Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation):
        if get_origin(annotation) is Literal:
            row["choices"] = get_args(annotation)
            row.setdefault("kind", "choice")
        elif get_origin(annotation) is tuple:
            row["several"] = True
            row["kind"] = KINDS[get_args(annotation)[0]]
        elif annotation in KINDS:
            row["kind"] = KINDS[annotation]
        elif isinstance(annotation, PathKind):
            row["kind"] = annotation.kind
            row["must_exist"] = annotation.must_exist
        elif isinstance(annotation, Ge):
            row["minimum"] = annotation.ge
        elif isinstance(annotation, Gt):
            row["above"] = annotation.gt
        elif isinstance(annotation, Le):
            row["maximum"] = annotation.le
    if not (flags or place.in_file):
        row.setdefault("kind", "text")
    if "kind" not in row:
        raise TypeError(f"{name}: {field.annotation} is no type that an option can have.")
    return OptionRow(
        name=name,
        help=paragraphs(field)[0],
        default=_scalar(field.get_default()),
        flags=flags,
        in_file=place.in_file,
        unit=place.unit,
        required=place.required,
        unneeded=place.unneeded,
        refused=place.refused,
        hint=place.hint,
        refused_values=place.refused_values,
        words=place.words,
        value=place.value,
        variable=place.variable,
        metavar=place.metavar,
        follows=place.follows,
        heading=heading,
        **row,
    )


def paragraphs(field: FieldInfo) -> list[str]:
    """A field's docstring, one line per paragraph: the text of `--help` and the file, and more for the docs."""
    return [" ".join(text.split()) for text in (field.description or "").strip().split("\n\n")]


def _parts(annotation: Any) -> Iterator[Any]:
    """The types and the metadata in a field's annotation."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        yield from _parts(inner)
        yield from metadata
    elif origin in (Union, types.UnionType):
        for part in get_args(annotation):
            if part is not type(None):
                yield from _parts(part)
    else:
        yield annotation


def _scalar(value: Any) -> Scalar:
    return value if isinstance(value, str | int | float) else None if value in (None, ()) else str(value)
