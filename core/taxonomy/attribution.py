"""attribution.txt: who wrote what a leaf was made from, and under which licence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.taxonomy import reader
from core.taxonomy.diagnostics import Diagnostic
from core.taxonomy.schema import Kind

ATTRIBUTION_NAME = "attribution.txt"

REVISION = "Revision"

FIELDS = ("Title of work", "Link to work", REVISION, "License of the work", "Creator names")
"""The lines that a work needs, from RHEL AI's documents."""


ATTRIBUTION_CODES = ("attribution-missing", "attribution-incomplete")
"""The rules that are about this file, and not about the leaf's own."""


def template(kind: Kind) -> str:
    """The file with nothing said yet."""
    return "".join(f"{name}:\n" for name in fields_of(kind))


def fields_of(kind: Kind) -> Sequence[str]:
    """The lines that a leaf's kind needs; a skill is mostly its author's own work, and has no revision."""
    return FIELDS if kind == "knowledge" else [name for name in FIELDS if name != REVISION]


def missing_fields(folder: Path, kind: Kind) -> list[str] | None:
    """The lines that the file in a leaf's folder lacks; None when there is no file, or nothing in it."""
    data = reader.read_bytes(folder / ATTRIBUTION_NAME)
    if isinstance(data, Diagnostic) or not data.strip():
        return None
    return missing_in(data.decode(errors="replace"), kind)


def missing_in(text: str, kind: Kind) -> list[str]:
    """The lines that a file's text lacks, or that say nothing."""
    works: list[set[str]] = [set()]
    for line in text.splitlines():
        name, _, value = line.partition(":")
        name = name.strip().casefold().replace("licence", "license")
        if name == FIELDS[0].casefold() and works[-1]:  # the next work begins
            works.append(set())
        if value.strip():
            works[-1].add(name)
    return [name for name in fields_of(kind) if any(name.casefold() not in work for work in works)]
