"""Settings that earlier versions had: a file that still has one is read without it, and so is the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REMOVED: Mapping[str, str] = {
    "lint.passage_reference": "the rule was removed because it reported too many questions that are clear on their own",
}
"""Why a setting is no longer there, by its dotted name."""


def drop_removed(values: dict[str, Any], lines: Mapping[str, int], file_name: str) -> list[str]:
    """Take removed settings out of a file's values; a note about each."""
    notes = []
    for name, reason in REMOVED.items():
        section, _, setting = name.partition(".")
        content = values.get(section)
        if isinstance(content, dict) and setting in content:
            values[section] = {key: value for key, value in content.items() if key != setting}
            notes.append(f"{file_name}:{lines[name]}: {name} has no effect: {reason}. Delete the line.")
    return notes
