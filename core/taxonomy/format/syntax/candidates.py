"""An edit that may mend a text which cannot be read, and how far the text can be read with it."""

from __future__ import annotations

from typing import NamedTuple

import yaml

from core.taxonomy.format.edits import Edit
from core.taxonomy.format.tokens import events

KEYS = (
    "version|created_by|domain|task_description|seed_examples|context|questions_and_answers|question|answer"
    "|document_outline|document|repo|commit|patterns"
)
"""A pattern for the keys of all formats."""


class Mend(NamedTuple):
    """An edit that mends a line, and the hint that says so."""

    edit: Edit
    hint: str
    told: tuple[int, int, str] | None = None
    """The stretch that is at fault, and how that is put, where the reader says it of another one."""


def reach(text: str, edit: Edit) -> int:
    """The offset up to which a text can be read with an edit, counted without it."""
    start, end, new = edit
    edited = text[:start] + new + text[end:]
    stopped = _stop(edited)
    return (len(edited) + 1 if stopped is None else stopped) - len(new) + (end - start)


def helps(text: str, edit: Edit, problem: int) -> bool:
    """Whether a text can be read further with an edit than to the problem at an offset."""
    return reach(text, edit) > max(problem, edit[1])


def _stop(text: str) -> int | None:
    """The offset at which a text cannot be read on; None when it can to its end."""
    try:
        for _ in events(text):
            pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return mark.index if mark else 0
    except (yaml.YAMLError, UnicodeEncodeError):
        return 0
    return None
