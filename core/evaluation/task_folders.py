"""Where the task files of each multiple-choice benchmark are."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from core import paths
from core.errors import LabtopError
from core.evaluation.tasks import find_task_files, read_yaml

GENERAL_KNOWLEDGE = Path(str(files("profiles"))) / "evaluation" / "general_knowledge"
"""labtop's own questions, which need no download. They are not MMLU, and their scores cannot be compared with it."""

DEFAULT_SHOTS = {"mmlu": 5}
"""Few-shot examples unless the user sets a number, where that is not up to the task."""


def mmlu_folder() -> Path:
    """The imported MMLU data set."""
    return paths.current().internal_dir / "eval_data" / "mmlu_tasks"


def task_files(benchmark: str, folder: Path | None) -> list[Path]:
    """The task files of a benchmark, in `folder` or the default one. Raises LabtopError when there are none."""
    if benchmark == "mmlu_branch":
        return find_task_files(folder or paths.current().datasets_dir)
    if benchmark == "general_knowledge":
        return _all_tasks(GENERAL_KNOWLEDGE)
    if folder is None and not mmlu_folder().is_dir():
        raise LabtopError(
            "The MMLU data set is not on this machine.",
            hint="Download cais/mmlu from Hugging Face, then: labtop model evaluate --import-mmlu FOLDER. "
            "Without it, --benchmark general_knowledge asks labtop's own questions.",
        )
    return _all_tasks(folder or mmlu_folder())


def _all_tasks(folder: Path) -> list[Path]:
    """All task files of a folder; those of groups and templates, which name no questions, are left out."""
    if not folder.is_dir():
        raise LabtopError(f"There is no folder {folder} with tasks.", hint="Pass another --tasks-dir.")
    found = [file for file in sorted(folder.rglob("*.yaml")) if isinstance(read_yaml(file).get("task"), str)]
    if not found:
        raise LabtopError(
            f"There are no task files in {folder}.",
            hint="A task file is YAML with `task: NAME` and `output_type: multiple_choice`; a group's file has no "
            "questions of its own.",
        )
    return found
