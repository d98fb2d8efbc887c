"""Multiple-choice tasks: from lm-eval's task files, as generation writes them next to a dataset, or from plain rows.

Prompts are rendered here, in a sandbox, since task files may be untrusted; the harness gets rendered texts.
Format: lm-eval's task guide, `docs/new_task_guide.md` of EleutherAI/lm-evaluation-harness.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from core.errors import LabtopError
from core.figures import counted
from core.sdg.datasets.jsonl import numbered_lines
from core.yaml_files import load_yaml

CHOICES = 4
"""Answers to choose from; a random guess scores a quarter."""

GROUP = "mmlu_pr"
"""The group of the tasks of a taxonomy's leaves, as `tag` or, in older files, as `group`."""

TASK_SUFFIX = "_task.yaml"
RUN_PREFIX = "node_datasets_"

_templates = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)


@dataclass(frozen=True)
class Question:
    """One question with its prompt as the user's turn, the answers to choose from and the index of the right one."""

    prompt: str
    choices: tuple[str, ...]
    answer: int


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
    files = files or [file for file in sorted(folder.glob("*.yaml")) if _is_grouped(_read_yaml(file))]
    if not files:
        raise LabtopError(
            f"There are no task files (*{TASK_SUFFIX}) in {folder}.",
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
    config = _read_yaml(file)
    name = config.get("task")
    if not isinstance(name, str) or not name:
        raise LabtopError(f"{file}: the task has no name.", hint="It needs a line `task: NAME`.")
    kind = config.get("output_type")
    if kind != "multiple_choice":
        raise LabtopError(f"{file}: its output_type is {kind}; only multiple_choice can be scored here.")
    shots = config.get("num_fewshot")
    to_question = _question_reader(config, file)
    rows = read_rows(_data_file(config, file))
    return Task(
        name=name,
        questions=tuple(to_question(row, where) for row, where in rows),
        few_shots=shots if isinstance(shots, int) else 0,
        description=str(config.get("description") or ""),
        target_delimiter=str(config.get("target_delimiter", " ")),
    )


def check_shots(tasks: Iterable[Task], few_shots: int | None) -> None:
    """Raise LabtopError when a task has too few questions for its few-shot examples."""
    for task in tasks:
        shots = task.few_shots if few_shots is None else few_shots
        if shots >= len(task.questions):
            raise LabtopError(
                f"The task {task.name} has {counted(len(task.questions), 'question')}, too few to show {shots}"
                " examples of them.",
                hint="Use a smaller number of --few-shots.",
            )


def task_from_file(name: str, file: Path) -> Task:
    """A task from a file of JSON lines, each with `question`, `choices` and `answer`, the index of the right one."""
    questions = tuple(
        _question(_text(row.get("question"), where).strip(), row.get("choices"), row.get("answer"), where)
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


def _read_yaml(file: Path, seen: frozenset[Path] = frozenset()) -> dict[str, Any]:
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
        config = {**_read_yaml(file.parent / str(name), seen | {file}), **config}
    return config


def _data_file(config: Mapping[str, Any], file: Path) -> Path:
    """The file of the test questions, next to the task file if it is not at its recorded path."""
    arguments = config.get("dataset_kwargs")
    files = arguments.get("data_files") if isinstance(arguments, dict) else None
    if isinstance(files, dict):
        files = files.get(str(config.get("test_split", "test")))
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
        raise LabtopError(f"{file}: its questions are neither at {given} nor next to the file.")
    return given if given.is_file() else neighbour


def _question_reader(config: Mapping[str, Any], file: Path) -> Callable[[dict[str, Any], str], Question]:
    """The function that converts a task's rows to questions."""
    text = _field(config.get("doc_to_text", "{{question}}"), file)
    choices = _field(config.get("doc_to_choice", "choices"), file)
    target = _field(config.get("doc_to_target", "answer"), file)

    def read(row: dict[str, Any], where: str) -> Question:
        try:
            offered, answer = choices(row), target(row)
            if isinstance(offered, str):
                offered = ast.literal_eval(offered)
            if isinstance(answer, str) and answer.isdecimal():
                answer = int(answer)
            prompt = str(text(row))
        except (
            TemplateError,
            ArithmeticError,
            LookupError,
            ValueError,
            SyntaxError,
            TypeError,
            RecursionError,
            MemoryError,
        ) as error:
            raise LabtopError(f"{where}: this row does not fit {file.name}: {error}.") from error
        return _question(prompt, offered, answer, where)

    return read


def _field(source: object, file: Path) -> Callable[[dict[str, Any]], object]:
    """A field with lm-eval's semantics: a value, the name of a column, or a template."""
    if not isinstance(source, str):
        return lambda row: source
    try:
        template = _templates.from_string(source)
    except TemplateError as error:
        raise LabtopError(f"{file}: one of its templates is invalid: {error}.") from error
    return lambda row: row[source] if source in row else template.render(**row)


def _question(prompt: str, choices: object, answer: object, where: str) -> Question:
    if not isinstance(choices, list | tuple) or len(choices) != CHOICES:
        count = len(choices) if isinstance(choices, list | tuple) else "no"
        raise LabtopError(f"{where}: the question has {count} choices; it needs {CHOICES}.")
    texts = tuple(_text(choice, where) for choice in choices)
    if isinstance(answer, str) and answer in texts:
        answer = texts.index(answer)
    if not isinstance(answer, int) or isinstance(answer, bool) or not 0 <= answer < CHOICES:
        raise LabtopError(
            f"{where}: the right answer is given as {answer!r}; it needs a number from 0 to {CHOICES - 1}."
        )
    return Question(_checked(prompt, where), texts, answer)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise LabtopError(f"{where}: a question or an answer is empty or not text.")
    return _checked(value, where)


def _checked(text: str, where: str) -> str:
    """The text; JSON can carry an unpaired surrogate, which no tokenizer accepts."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise LabtopError(f"{where}: a question or an answer contains an unpaired surrogate.") from None
    return text
