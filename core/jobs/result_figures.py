"""A job's result as named figures for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

NAMES: Mapping[str, str] = {
    "best": "best checkpoint",
    "best.path": "best checkpoint",
    "completion_tokens": "tokens generated",
    "dead_letters": "unanswered prompts",
    "dir": "folder",
    "left_out": "leaves left out",
    "output_dir": "folder",
    "parameters": "parameters of the student",
    "paths.dir": "folder",
    "paths.evaluation": "reports",
    "paths.knowledge": "knowledge data",
    "paths.skills": "skills data",
    "paths.tuned": "tuned model",
    "prompt_tokens": "tokens of prompts",
    "seconds": "seconds",
    "serve.url": "served at",
    "student": "base model",
    "tasks_dir": "evaluation tasks",
    "training": "training settings",
}
"""Readable names of parts of a result, by their path; of others the path is put into words."""

GROUPS = ("files", "paths", "rejected", "results")
"""Parts whose members come before the name of the group: `knowledge recipe (file)`."""


def result_figures(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each part of a result with a readable name, in order."""
    yield from _flat(result)


def readable(path: str) -> str:
    """The name of a part of a result, such as `files.knowledge_recipe`: knowledge recipe (file)."""
    if path in NAMES:
        return NAMES[path]
    *groups, name = path.split(".")
    words = name.replace("_", " ")
    if len(groups) == 1 and groups[0] in GROUPS:
        return f"{words} ({groups[0].removesuffix('s')})"
    return " ".join([*(group.replace("_", " ") for group in groups), words])


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value and not isinstance(value[0], (Mapping, list)):
        yield readable(path), ", ".join(map(str, value))
    elif isinstance(value, list):
        if value:
            yield readable(path), str(len(value))
    elif isinstance(value, float):
        yield readable(path), f"{value:.4g}"
    elif isinstance(value, bool):
        yield readable(path), "yes" if value else "no"
    elif isinstance(value, int):
        yield readable(path), f"{value:,}"
    elif value is not None:
        yield readable(path), str(value)
