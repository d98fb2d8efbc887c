"""The options of commands that are no section of the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from core.config.option import OptionRow
from core.config.option_table import TABLE

if TYPE_CHECKING:
    from core.config.settings import Settings


def plain_options(name: str, values: Mapping[str, Any], settings: Callable[[], Settings]) -> Any:
    """The fields of a command's model with what was given, else the setting that a field follows, or its default.

    A plain object, since importing pydantic takes longer than many of these commands.
    """
    rows = TABLE[name].options
    fields = {row.name: plain_default(row) for row in rows}
    followed = {row.name: row.follows.split(".") for row in rows if row.follows}
    if followed:
        known = settings()
        fields |= {field: getattr(getattr(known, section), key) for field, (section, key) in followed.items()}
    fields |= values
    return SimpleNamespace(**fields)


def plain_default(row: OptionRow) -> Any:
    """A row's default as its model has it."""
    if row.several:
        return ()
    is_path = row.kind in ("file", "folder", "path") and row.default is not None
    return Path(str(row.default)) if is_path else row.default
