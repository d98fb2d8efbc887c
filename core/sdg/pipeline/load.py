"""What is asked of the teacher, described as data.

A pipeline is a folder with up to four files: `knowledge.yaml`, `multiple_choice.yaml`, `freeform_skills.yaml` and
`grounded_skills.yaml`. Each describes how rows go through blocks:

    version: 1
    rows: chunk_and_seed      # what a row starts as: chunk, chunk_and_seed, or (skills) seed
    examples: 3               # how many seed examples a row shows where it is not about one alone; all by default
    variables: {number: 8}    # values for the templates; `scale` is what --sdg-scale-factor sets
    distinct: [question]      # of rows that end with the same values here, the first is kept
    blocks:
      - name: questions       # unique; progress and counts are told under it
        type: prompt
        template: prompts/questions.j2    # Jinja, relative to the file, within its folder
        repeated: true        # the reply may hold the outputs many times; each time makes a row
        outputs:              # what stands between which tags; the columns it becomes
          - {column: question, start: "[QUESTION]", end: "[ANSWER]"}
          - {column: answer, start: "[ANSWER]", end: "[END]", as: text}    # or word, number, letter
        temperature: 0.7
        max_tokens: 2048
        n: 1                  # ask this often, each time with another seed
      - {name: not good, type: filter, column: score, operator: ge, value: 2}   # eq ne gt ge lt le contains

Templates see the row's columns: `document`, `title`, `domain`, `outline` (knowledge), `task` (skills), `examples`
(each with `context` and `pairs` of `question` and `answer`), the variables, and what the blocks before put there.
Rows must end with `question` and `answer` (and `context` for grounded skills; `question`, `a` to `d`, `correct` for
multiple choice).
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

import jinja2
import jinja2.meta
import jinja2.sandbox
import yaml

from core.errors import LabtopError
from core.paths import expanded
from core.sdg.pipeline.bounded import TooCostlyError, bounded, joined
from core.sdg.pipeline.parsing import Output, OutputKind
from core.yaml_files import load_yaml

BUILT_IN = Path(__file__).parent / "built_in"

PipelineKind = Literal["knowledge", "multiple_choice", "freeform_skills", "grounded_skills"]
RowsKind = Literal["chunk", "chunk_and_seed", "seed"]
Operator = Literal["eq", "ne", "gt", "ge", "lt", "le", "contains"]

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

LARGEST_POWER = 100_000
"""Bits of a power; nothing interrupts Python while it computes one."""


class _Templates(jinja2.sandbox.ImmutableSandboxedEnvironment):
    """A sandbox in which a template cannot compute a power without end."""

    intercepted_binops = frozenset({"**"})

    def call_binop(self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any) -> Any:
        if isinstance(left, int) and isinstance(right, int) and left.bit_length() * right > LARGEST_POWER:
            raise TooCostlyError(f"it computes a power of more than {LARGEST_POWER:,} bits")
        return super().call_binop(context, operator, left, right)


_templates = _Templates(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, optimized=False)


@dataclass(frozen=True)
class PromptBlock:
    """Asks the teacher once, or `n` times, about each row, and makes rows of what it replies."""

    name: str
    template: jinja2.Template
    outputs: tuple[Output, ...]
    repeated: bool
    temperature: float
    max_tokens: int
    n: int
    built_in: bool
    """Its template is ours: it needs no bounds, which cost as much as rendering it."""

    def render(self, row: Mapping[str, Any]) -> str:
        """The prompt about a row. Raises LabtopError when the template cannot make one of it."""
        try:
            if self.built_in:
                return self.template.render(row)
            with bounded():
                return joined(self.template.generate(row))
        except (jinja2.TemplateError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise LabtopError(f"The prompt of block {self.name} cannot be written: {error}.") from error


@dataclass(frozen=True)
class FilterBlock:
    """Lets a row on if a column compares as wanted with a value. Its name is the reason that rows are rejected for."""

    name: str
    column: str
    compare: Operator
    value: str | float

    def keeps(self, row: Mapping[str, Any]) -> bool:
        found = row[self.column]
        if isinstance(found, str) != isinstance(self.value, str):
            return False
        if self.compare == "contains":
            return isinstance(found, str) and str(self.value) in found
        test = cast("Callable[[Any, Any], bool]", getattr(operator, self.compare))
        return test(found, self.value)


@dataclass(frozen=True)
class Pipeline:
    """One file of a pipeline, checked."""

    kind: PipelineKind
    rows: RowsKind
    examples: int | None
    variables: Mapping[str, Any]
    distinct: tuple[str, ...]
    blocks: tuple[PromptBlock | FilterBlock, ...]
    digest: str
    """Of the file and its prompts."""

    def with_variable(self, name: str, value: Any) -> Pipeline:
        """The pipeline with another value for a variable, if it has that one."""
        return replace(self, variables={**self.variables, name: value}) if name in self.variables else self


def pipeline_folder(name: str) -> Path:
    """The folder of a built-in pipeline's name, or of the user's own path."""
    own = expanded(name)
    if "/" not in name and (BUILT_IN / name).is_dir():
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
    return _Reader(path, kind).pipeline(text, data)


class _Reader:
    """Checks one file and says where it is wrong."""

    def __init__(self, path: Path, kind: PipelineKind) -> None:
        self.path = path
        self.kind = kind
        self.where = ""
        self.digest = hashlib.sha256()

    def pipeline(self, text: str, data: Any) -> Pipeline:
        self.digest.update(text.encode())
        top = self.mapping(data, {"version", "rows", "blocks"}, {"examples", "variables", "distinct"})
        if top["version"] != 1:
            raise self.wrong("its version is not 1")
        skills = self.kind.endswith("skills")
        allowed = {"seed"} if skills else {"chunk", "chunk_and_seed"}
        if top["rows"] not in allowed:
            raise self.wrong(f"rows must be {' or '.join(sorted(allowed))}")
        variables = top.get("variables") or {}
        if not isinstance(variables, dict):
            raise self.wrong("variables must be a mapping")
        columns = set(_START_COLUMNS[self.kind]) | {str(name) for name in variables}
        blocks = [self.block(block, columns) for block in self.list_of(top["blocks"], "blocks")]
        self.where = ""
        names = [block.name for block in blocks]
        if len(set(names)) < len(names):
            raise self.wrong("two blocks have the same name")
        distinct = tuple(self.list_of(top.get("distinct", ["question"]), "distinct"))
        missing = (_END_COLUMNS[self.kind] | set(distinct)) - columns
        if missing:
            raise self.wrong(f"no block makes the column {sorted(missing)[0]}")
        examples = top.get("examples")
        return Pipeline(
            kind=self.kind,
            rows=top["rows"],
            examples=None if examples is None else self.count(examples, "examples"),
            variables=variables,
            distinct=distinct,
            blocks=tuple(blocks),
            digest=self.digest.hexdigest(),
        )

    def block(self, data: Any, columns: set[str]) -> PromptBlock | FilterBlock:
        if not isinstance(data, dict) or not isinstance(data.get("name"), str) or not data["name"]:
            raise self.wrong("each block needs a name")
        self.where = f", block {data['name']}"
        if data.get("type") == "prompt":
            return self.prompt(data, columns)
        if data.get("type") == "filter":
            return self.filter(data, columns)
        raise self.wrong("type must be prompt or filter")

    def prompt(self, data: dict[str, Any], columns: set[str]) -> PromptBlock:
        self.mapping(data, {"name", "type", "template", "outputs"}, {"repeated", "temperature", "max_tokens", "n"})
        template = self.template(data["template"], columns)
        outputs = tuple(self.output(output) for output in self.list_of(data["outputs"], "outputs"))
        columns.update(output.column for output in outputs)
        temperature = data.get("temperature", 0)
        if isinstance(temperature, bool) or not isinstance(temperature, int | float) or temperature < 0:
            raise self.wrong("temperature must be a number from 0 up")
        return PromptBlock(
            name=data["name"],
            template=template,
            outputs=outputs,
            repeated=bool(data.get("repeated", False)),
            temperature=float(temperature),
            max_tokens=self.count(data.get("max_tokens", 2048), "max_tokens"),
            n=self.count(data.get("n", 1), "n"),
            built_in=self.path.is_relative_to(BUILT_IN),
        )

    def template(self, name: Any, columns: set[str]) -> jinja2.Template:
        path = (self.path.parent / str(name)).resolve()
        if not path.is_relative_to(self.path.parent.resolve()) or not path.is_file():
            raise self.wrong(f"there is no file {name} in the pipeline's folder")
        try:
            source = path.read_text(encoding="utf-8")
            with bounded():
                used = jinja2.meta.find_undeclared_variables(_templates.parse(source))
                template = _templates.from_string(source)
        except (OSError, UnicodeDecodeError, jinja2.TemplateError, TooCostlyError, RecursionError) as error:
            raise self.wrong(f"{name} cannot be used: {error}") from error
        if used - columns:
            raise self.wrong(f"{name} uses {sorted(used - columns)[0]}, which is no column at this point")
        self.digest.update(source.encode())
        return template

    def output(self, data: Any) -> Output:
        fields = self.mapping(data, {"column", "start", "end"}, {"as"})
        kind = fields.get("as", "text")
        if kind not in get_args(OutputKind):
            raise self.wrong(f"an output is read as {', '.join(get_args(OutputKind))}; not as {kind}")
        for name in ("column", "start", "end"):
            if not isinstance(fields[name], str) or not fields[name].strip("[] "):
                raise self.wrong(f"an output's {name} must be a text")
        return Output(fields["column"], fields["start"], fields["end"], kind)

    def filter(self, data: dict[str, Any], columns: set[str]) -> FilterBlock:
        self.mapping(data, {"name", "type", "column", "operator", "value"}, set())
        if data["column"] not in columns:
            raise self.wrong(f"{data['column']} is no column at this point")
        if data["operator"] not in get_args(Operator):
            raise self.wrong(f"operator must be one of {', '.join(get_args(Operator))}")
        value = data["value"]
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.wrong("value must be a text in quotes or a number")
        return FilterBlock(data["name"], data["column"], data["operator"], value)

    def mapping(self, data: Any, required: set[str], optional: set[str]) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise self.wrong("a mapping of fields is wanted")
        if missing := required - data.keys():
            raise self.wrong(f"the field {sorted(missing)[0]} is missing")
        if unknown := data.keys() - required - optional:
            raise self.wrong(f"the field {sorted(map(str, unknown))[0]} is not known")
        return data

    def list_of(self, data: Any, name: str) -> Sequence[Any]:
        if not isinstance(data, list) or not data:
            raise self.wrong(f"{name} must be a list with something in it")
        return data

    def count(self, data: Any, name: str) -> int:
        if isinstance(data, bool) or not isinstance(data, int) or data < 1:
            raise self.wrong(f"{name} must be a whole number from 1 up")
        return data

    def wrong(self, what: str) -> LabtopError:
        return LabtopError(
            f"The pipeline file {self.path}{self.where}: {what}.",
            hint=f"The built-in ones show how it is written: {BUILT_IN / 'full'}",
        )
