"""Multiple-choice tasks: from lm-eval's task files, as generation writes them next to a dataset, or from plain rows.

Prompts are rendered when a task is read; evaluators get rendered texts.
Format: lm-eval's task guide, `docs/new_task_guide.md` of EleutherAI/lm-evaluation-harness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from core.errors import LabtopError
from core.evaluation.task_rows import Question, question_of, question_reader, text_of
from core.figures import counted
from core.sdg.datasets.jsonl import numbered_lines
from core.yaml_files import load_yaml

GROUP = "mmlu_pr"
"""The group of the tasks of a taxonomy's leaves, as `tag` or, in older files, as `group`."""

TASK_SUFFIX = "_task.yaml"
RUN_PREFIX = "node_datasets_"


@dataclass(frozen=True)
class Task:
    """Questions that are scored together."""

    name: str
    questions: tuple[Question, ...]
    few_shots: int = 0
    """The number of few-shot examples before each question, unless the run sets another one."""
    description: str = ""
    """The system message before the first turn."""
    target_delimiter: str = " "
    """Between prompt and answer for a model without a chat template."""
    examples: tuple[Question, ...] = ()
    """Of a split of their own; without one, few-shot examples are the task's other questions."""

    def limited(self, limit: int | None) -> Task:
        """The task with its first `limit` questions only."""
        return self if limit is None else replace(self, questions=self.questions[:limit])


def find_task_files(folder: Path) -> list[Path]:
    """The task files of a folder: those of its newest `node_datasets_<time>`, or all without such a folder.

    Raises LabtopError when there are none.
    """
    if not folder.is_dir():
        raise LabtopError(
            f"There is no folder {folder} with tasks.", hint="`labtop data generate` writes them; or pass --tasks-dir."
        )
    files = sorted(folder.rglob(f"*{TASK_SUFFIX}"))
    runs = {file: run for file in files if (run := _run_of(file, folder)) is not None}
    if runs:
        newest = max(runs.values(), key=lambda run: (run.name, str(run)))
        return [file for file in files if runs.get(file) == newest]
    files += [file for file in sorted(folder.glob("*.yaml")) if file not in files and _is_grouped(read_yaml(file))]
    if not files:
        raise LabtopError(
            f"There are no task files in {folder}: neither *{TASK_SUFFIX}, nor *.yaml with a task and `tag: {GROUP}`.",
            hint="`labtop data generate` writes one for each knowledge leaf; or pass another --tasks-dir.",
        )
    return files


def _run_of(file: Path, folder: Path) -> Path | None:
    """The folder of the generation run that a file belongs to, which may be `folder` itself."""
    for parent in file.parents:
        if parent.name.startswith(RUN_PREFIX):
            return parent
        if parent == folder:
            return None
    return None


def _is_grouped(config: Mapping[str, Any]) -> bool:
    groups = [config.get("tag"), config.get("group")]
    return "task" in config and any(GROUP in group if isinstance(group, list) else group == GROUP for group in groups)


def read_tasks(files: Iterable[Path]) -> list[Task]:
    """Read task files. Raises LabtopError when one is broken or when two have the same name."""
    tasks: dict[str, Task] = {}
    for file in files:
        task = read_task(file)
        if task.name in tasks:
            raise LabtopError(f"{file}: there are two tasks named {task.name}.", hint="Give one of them another name.")
        tasks[task.name] = task
    return list(tasks.values())


def read_task(file: Path) -> Task:
    """Read one task file and its questions."""
    config = read_yaml(file)
    name = config.get("task")
    if not isinstance(name, str) or not name:
        raise LabtopError(f"{file}: the task has no name.", hint="It needs a line `task: NAME`.")
    kind = config.get("output_type")
    if kind != "multiple_choice":
        raise LabtopError(f"{file}: its output_type is {kind}; only multiple_choice can be scored here.")
    shots = config.get("num_fewshot") or 0
    if isinstance(shots, bool) or not isinstance(shots, int) or shots < 0:
        raise LabtopError(f"{file}: its num_fewshot is {shots!r}; it is a number of examples, from 0.")
    to_question = question_reader(config, file)
    test = str(config.get("test_split", "test"))
    own = config.get("fewshot_split")
    examples = [] if own in (None, test) else list(read_rows(_data_file(config, file, str(own))))
    return Task(
        name=name,
        questions=tuple(to_question(row, where) for row, where in read_rows(_data_file(config, file, test))),
        examples=tuple(to_question(row, where) for row, where in examples),
        few_shots=shots,
        description=str(config.get("description") or ""),
        target_delimiter=str(config.get("target_delimiter", " ")),
    )


def check_shots(tasks: Iterable[Task], few_shots: int | None) -> None:
    """Raise LabtopError when a task has too few questions for its few-shot examples."""
    for task in tasks:
        shots = task.few_shots if few_shots is None else few_shots
        available = len(task.examples) if task.examples else len(task.questions) - 1
        if shots > available:
            what = counted(len(task.examples or task.questions), "example" if task.examples else "question")
            raise LabtopError(
                f"The task {task.name} has {what}, too few to show {shots} examples of them.",
                hint="Use a smaller number of --few-shots.",
            )


def task_from_file(name: str, file: Path) -> Task:
    """A task from a file of JSON lines, each with `question`, `choices` and `answer`, the index of the right one."""
    questions = tuple(
        question_of(text_of(row.get("question"), where).strip(), row.get("choices"), row.get("answer"), where)
        for row, where in read_rows(file)
    )
    return Task(name, questions)


def read_rows(file: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """The records of a file of JSON lines, each with its place, `file, line n`, for messages."""
    found = False
    for number, row in numbered_lines(file):
        found = True
        yield row, f"{file}, line {number}"
    if not found:
        raise LabtopError(f"{file} contains no questions.", hint="Generate the data again, or omit this task.")


def read_yaml(file: Path, seen: frozenset[Path] = frozenset()) -> dict[str, Any]:
    """A task file's fields, which override those of included files."""
    if file in seen:
        raise LabtopError(f"{file}: this file includes itself.")
    try:
        config = load_yaml(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LabtopError(f"{file} cannot be read: {error.strerror}.") from error
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise LabtopError(f"{file}{line}: {error.problem}.", hint="Correct the YAML.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise LabtopError(f"{file}: this is not YAML: {error}.") from error
    if not isinstance(config, dict):
        raise LabtopError(f"{file}, line 1: a task file is a mapping.")
    included = config.pop("include", [])
    for name in included if isinstance(included, list) else [included]:
        config = {**read_yaml(file.parent / str(name), seen | {file}), **config}
    return config


def _data_file(config: Mapping[str, Any], file: Path, split: str) -> Path:
    """The file of a split's questions, next to the task file if it is not at its recorded path."""
    arguments = config.get("dataset_kwargs")
    files = arguments.get("data_files") if isinstance(arguments, dict) else None
    if config.get("dataset_path") == "json" and isinstance(files, dict) and split not in files:
        named = ", ".join(map(str, files)) or "none"
        raise LabtopError(
            f"{file}: there is no file for its split {split}; its data_files have {named}.",
            hint=f"Add the split {split} to dataset_kwargs.data_files, or name another split.",
        )
    if isinstance(files, dict):
        files = files.get(split)
    if isinstance(files, list) and len(files) == 1:
        files = files[0]
    if config.get("dataset_path") != "json" or not isinstance(files, str):
        raise LabtopError(
            f"{file}: the task does not name a file of JSON lines with its questions.",
            hint="It needs `dataset_path: json` and `dataset_kwargs: {data_files: {test: FILE}}`.",
        )
    given = file.parent / files
    neighbour = file.parent / Path(files).name
    if not given.is_file() and not neighbour.is_file():
        raise LabtopError(f"{file}: the questions of its split {split} are neither at {given} nor next to the file.")
    return given if given.is_file() else neighbour
