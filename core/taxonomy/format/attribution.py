"""attribution.txt: who wrote what a leaf is made from, and its licence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from core.taxonomy.format import reader
from core.taxonomy.format.diagnostics import Finding
from core.taxonomy.layout.tree import Kind

ATTRIBUTION_NAME = "attribution.txt"

REVISION = "Revision"

FIELDS = ("Title of work", "Link to work", REVISION, "License of the work", "Creator names")
"""The lines that a work needs, from RHEL AI's documents."""

_KEYS = frozenset(name.casefold() for name in FIELDS)
_TITLE = FIELDS[0].casefold()
_MARKS = re.compile(r"(?:[-+•] |[\s*_#])+")
_OTHER_KEY = re.compile(r"[^\W\d_][\w ]*:(?:\s|$)")
_PLACEHOLDER = re.compile(r"…|\.{3}|(?:todo|tbd|fixme)\b.*", re.IGNORECASE)
"""Values that still have to be written."""

ATTRIBUTION_CODES = ("attribution-missing", "attribution-incomplete")
"""The rules about this file."""


def template(kind: Kind) -> str:
    """The file without values."""
    return "".join(f"{name}:\n" for name in fields_of(kind))


def fields_of(kind: Kind) -> Sequence[str]:
    """The lines that a leaf's kind needs; a skill is mostly its author's own work, and has no revision."""
    return FIELDS if kind == "knowledge" else [name for name in FIELDS if name != REVISION]


def missing_fields(folder: Path, kind: Kind) -> list[str] | None:
    """The lines that are missing from the file in a leaf's folder; None without a file, or if it is empty."""
    data = reader.read_bytes(folder / ATTRIBUTION_NAME)
    if isinstance(data, Finding) or not data.strip():
        return None
    return missing_in(data.decode(errors="replace"), kind)


def missing_in(text: str, kind: Kind) -> list[str]:
    """The lines that are missing from a file's text, or that have no value."""
    works: list[dict[str, bool]] = [{}]
    first = name = ""
    for line in text.removeprefix("\ufeff").splitlines():
        key, _, value = line.replace("：", ":", 1).partition(":")
        key = _bare(key).casefold().replace("licence", "license")
        if key in _KEYS:
            name, first = key, first or key
            if key in (first, _TITLE) and key in works[-1] and _TITLE in works[-1]:  # the next work begins
                works.append({})
        elif name and (line[:1] in (" ", "\t") or not _OTHER_KEY.match(line)):
            value = line
        else:
            name = ""
        if name:
            works[-1][name] = works[-1].get(name, False) or _says_something(_bare(value))
    return [name for name in fields_of(kind) if not all(work.get(name.casefold()) for work in works)]


def _bare(text: str) -> str:
    """A line's text without the signs of markdown around it."""
    text = text.rstrip(" \t*_")
    marks = _MARKS.match(text)
    return text[marks.end() :] if marks else text


def _says_something(value: str) -> bool:
    return bool(value) and not _PLACEHOLDER.fullmatch(value)
