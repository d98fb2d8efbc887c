"""Pipelines, which describe as data what a teacher is asked.

A pipeline is a folder with up to four files: `knowledge.yaml`, `multiple_choice.yaml`, `freeform_skills.yaml` and
`grounded_skills.yaml`. Each describes how rows go through blocks:

    version: 1
    rows: chunk_and_seed      # what a row starts as: chunk, chunk_and_seed, or (skills) seed
    examples: 3               # how many seed examples a row shows where it is not about one alone; all by default
    variables: {number: 8}    # values for the templates; `scale` is what --sdg-scale-factor sets
    distinct: [question]      # of rows that end with the same values here, the first is kept
    blocks:
      - name: questions       # unique; progress and counts are reported under it
        type: prompt
        template: prompts/questions.j2    # Jinja, relative to the file, within its folder
        repeated: true        # the reply may hold the outputs many times; each time makes a row
        outputs:              # what is between which tags, and the column that it becomes
          - {column: question, start: "[QUESTION]", end: "[ANSWER]"}
          - {column: answer, start: "[ANSWER]", end: "[END]", as: text}    # or word, number, letter
        temperature: 0.7
        max_tokens: 2048
        n: 1                  # ask this often, at most 1,000 times, each time with another seed
      - {name: not good, type: filter, column: score, operator: ge, value: 2}   # eq ne gt ge lt le contains

Templates can use the row's columns: `document`, `title`, `domain`, `outline` (knowledge), `task` (skills), `examples`
(each with `context` and `pairs` of `question` and `answer`), the variables, and the outputs of earlier blocks.
Rows must end with `question` and `answer` (and `context` for grounded skills; `question`, `a` to `d`, `correct` for
multiple choice).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import cast, get_args

import jinja2
import yaml

from core.errors import LabtopError
from core.paths import expanded
from core.sdg.pipeline.blocks import FilterBlock, Pipeline, PipelineKind, PromptBlock, compile_template
from core.sdg.pipeline.bounded import TooCostlyError
from core.sdg.pipeline.parsing import Output
from core.sdg.pipeline.schema import FilterPart, PipelineFile, PromptPart, RowsKind, WrongFileError, read
from core.yaml_files import load_yaml

BUILT_IN = Path(__file__).parent / "built_in"

_START_COLUMNS: dict[PipelineKind, frozenset[str]] = {
    "knowledge": frozenset({"document", "title", "domain", "outline", "examples"}),
    "multiple_choice": frozenset({"document", "title", "domain", "outline", "examples"}),
    "freeform_skills": frozenset({"task", "context", "examples"}),
    "grounded_skills": frozenset({"task", "examples"}),
}
_END_COLUMNS: dict[PipelineKind, frozenset[str]] = {
    "knowledge": frozenset({"document", "question", "answer"}),
    "multiple_choice": frozenset({"document", "question", "a", "b", "c", "d", "correct"}),
    "freeform_skills": frozenset({"question", "answer"}),
    "grounded_skills": frozenset({"context", "question", "answer"}),
}


def is_built_in(name: str) -> bool:
    """Whether a pipeline of ours has this name; a folder of the same name is given with its path."""
    return name.isidentifier() and (BUILT_IN / name).is_dir()


def pipeline_folder(name: str) -> Path:
    """The folder of a built-in pipeline's name, or of the user's own path."""
    own = expanded(name)
    if is_built_in(name):
        return BUILT_IN / name
    if own.is_dir():
        return own.absolute()
    known = ", ".join(sorted(folder.name for folder in BUILT_IN.iterdir() if folder.is_dir()))
    raise LabtopError(
        f"There is no pipeline {name}.", hint=f"Give the path of a folder with pipeline files, or one of: {known}."
    )


def check_pipeline(name: str) -> None:
    """Raise LabtopError if there is no such pipeline, or if one of its files is wrong."""
    folder = pipeline_folder(name)
    found = [load_pipeline(folder, kind) for kind in get_args(PipelineKind)]
    if not any(found):
        raise LabtopError(
            f"The folder {folder} holds no pipeline.",
            hint=f"Its files are called {', '.join(f'{kind}.yaml' for kind in get_args(PipelineKind))}.",
        )


def load_pipeline(folder: Path, kind: PipelineKind) -> Pipeline | None:
    """Read and check one file of a pipeline; None when the pipeline does not have it."""
    path = folder / f"{kind}.yaml"
    if not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8")
        data = load_yaml(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LabtopError(f"{path} cannot be read: {' '.join(str(error).split())}.") from error
    try:
        return _Compiler(path, kind, text).pipeline(read(data))
    except WrongFileError as error:
        block = f", block {error.block}" if error.block else ""
        raise LabtopError(
            f"The pipeline file {path}{block}: {error.what}.",
            hint=f"The built-in ones show how it is written: {BUILT_IN / 'full'}",
        ) from error


class _Compiler:
    """Compiles the blocks of a file. Raises WrongFileError for columns and templates that do not match."""

    def __init__(self, path: Path, kind: PipelineKind, text: str) -> None:
        self.path = path
        self.kind = kind
        self.digest = hashlib.sha256(text.encode())

    def pipeline(self, file: PipelineFile) -> Pipeline:
        allowed = {"seed"} if self.kind.endswith("skills") else {"chunk", "chunk_and_seed"}
        if file.rows not in allowed:
            raise WrongFileError(f"rows must be {' or '.join(sorted(allowed))}")
        variables = file.variables or {}
        columns = set(_START_COLUMNS[self.kind]) | variables.keys()
        blocks = [self.block(part, columns) for part in file.blocks]
        if len({block.name for block in blocks}) < len(blocks):
            raise WrongFileError("two blocks have the same name")
        missing = (_END_COLUMNS[self.kind] | set(file.distinct)) - columns
        if missing:
            raise WrongFileError(f"no block makes the column {sorted(missing)[0]}")
        return Pipeline(
            kind=self.kind,
            rows=cast("RowsKind", file.rows),
            examples=file.examples,
            variables=variables,
            distinct=tuple(file.distinct),
            blocks=tuple(blocks),
            digest=self.digest.hexdigest(),
        )

    def block(self, part: PromptPart | FilterPart, columns: set[str]) -> PromptBlock | FilterBlock:
        """A block; its outputs are added to the columns."""
        if isinstance(part, PromptPart):
            return self.prompt(part, columns)
        if part.column not in columns:
            raise WrongFileError(f"{part.column} is no column at this point", part.name)
        return FilterBlock(part.name, part.column, part.operator, part.value)

    def prompt(self, part: PromptPart, columns: set[str]) -> PromptBlock:
        template = self.template(part, columns)
        columns.update(output.column for output in part.outputs)
        return PromptBlock(
            name=part.name,
            template=template,
            outputs=tuple(Output(output.column, output.start, output.end, output.kind) for output in part.outputs),
            repeated=part.repeated,
            temperature=part.temperature,
            max_tokens=part.max_tokens,
            n=part.n,
            built_in=self.path.is_relative_to(BUILT_IN),
        )

    def file(self, name: str) -> Path | None:
        """A file in the pipeline's folder, if it exists."""
        try:
            path = (self.path.parent / name).resolve()
            return path if path.is_relative_to(self.path.parent.resolve()) and path.is_file() else None
        except (OSError, ValueError):  # a name that is too long, or that has a NUL
            return None

    def template(self, part: PromptPart, columns: set[str]) -> jinja2.Template:
        path = self.file(part.template)
        if path is None:
            raise WrongFileError(f"there is no file {part.template[:100]} in the pipeline's folder", part.name)
        try:
            source = path.read_text(encoding="utf-8")
            template, used = compile_template(source)
        except (OSError, UnicodeDecodeError, jinja2.TemplateError, TooCostlyError, RecursionError) as error:
            raise WrongFileError(f"{part.template} cannot be used: {error}", part.name) from error
        if used - columns:
            name = sorted(used - columns)[0]
            raise WrongFileError(f"{part.template} uses {name}, which is no column at this point", part.name)
        self.digest.update(source.encode())
        return template
