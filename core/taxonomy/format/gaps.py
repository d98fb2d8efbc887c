"""Which errors of a leaf are gaps: values still to be written, in a part that nothing has been written of yet."""

from __future__ import annotations

from typing import Any

from core.taxonomy.format.positions import Parsed
from core.taxonomy.format.schema import Problem

Path = tuple[str | int, ...]

_PAIRS = "questions_and_answers"


def is_gap(problem: Problem, parsed: Parsed) -> bool:
    """Whether a problem only says that a value, an example or a pair is still to be written.

    It is not once something has been written of the same pair, seed example or document, and not for a value such as
    `null`, or one that a comment has swallowed.
    """
    path, value = problem.path, _value_at(parsed.value, problem.path)
    if problem.code == "too-few":
        return path[-1:] in (("seed_examples",), (_PAIRS,))
    if problem.code not in ("type", "empty") or not path or value not in (None, ""):
        return False
    if value is None:
        comment = parsed.comment_after(path)
        if parsed.is_written(path) or (comment and not parsed.text.text[comment[0] :].startswith("# ")):
            return False
    return not _is_begun(_value_at(parsed.value, _part_of(path)))


def _part_of(path: Path) -> Path:
    """The part that a value belongs to: its pair, its seed example, or the document; itself for any other value."""
    if path[0] == "document":
        return path[:1]
    if path[0] != "seed_examples" or path[-1] == _PAIRS:
        return path
    return path[:4] if _PAIRS in path else path[:2]


def _is_begun(value: Any) -> bool:
    """Whether anything is written in a value."""
    if isinstance(value, dict):
        return any(map(_is_begun, value.values()))
    if isinstance(value, list):
        return any(map(_is_begun, value))
    return value is not None and value != ""


def _value_at(value: Any, path: Path) -> Any:
    """The value at a path of a problem, which is in the text except for its last step."""
    for step in path:
        value = value[step]
    return value
