"""The blocks of a pipeline, ready to use: what they ask, and which rows they keep."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import jinja2
import jinja2.meta
import jinja2.sandbox

from core.errors import LabtopError
from core.sdg.pipeline.bounded import TooCostlyError, bounded, joined
from core.sdg.pipeline.parsing import Output
from core.sdg.pipeline.schema import Operator, RowsKind

PipelineKind = Literal["knowledge", "multiple_choice", "freeform_skills", "grounded_skills"]

LARGEST_POWER = 100_000
"""Bits of a power; Python cannot be interrupted while it computes one."""


class _Templates(jinja2.sandbox.ImmutableSandboxedEnvironment):
    """A sandbox in which a template cannot compute a huge power."""

    intercepted_binops = frozenset({"**"})

    def call_binop(self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any) -> Any:
        if isinstance(left, int) and isinstance(right, int) and left.bit_length() * right > LARGEST_POWER:
            raise TooCostlyError(f"it computes a power of more than {LARGEST_POWER:,} bits")
        return super().call_binop(context, operator, left, right)


_templates = _Templates(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, optimized=False)


def compile_template(source: str) -> tuple[jinja2.Template, set[str]]:
    """A template, and the names of the columns that it uses."""
    with bounded():
        used = jinja2.meta.find_undeclared_variables(_templates.parse(source))
        return _templates.from_string(source), used


@dataclass(frozen=True)
class PromptBlock:
    """Requests one reply, or `n` replies, for each row, and makes rows of the outputs in them."""

    name: str
    template: jinja2.Template
    outputs: tuple[Output, ...]
    repeated: bool
    temperature: float
    max_tokens: int
    n: int
    built_in: bool
    """Its template is ours: it needs no limits, which cost as much as rendering it."""

    def render(self, row: Mapping[str, Any]) -> str:
        """The prompt for a row. Raises LabtopError if the template cannot render it."""
        try:
            if self.built_in:
                return self.template.render(row)
            with bounded():
                return joined(self.template.generate(row))
        except (jinja2.TemplateError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise LabtopError(f"The prompt of block {self.name} cannot be written: {error}.") from error


@dataclass(frozen=True)
class FilterBlock:
    """Keeps the rows whose column compares with a value as stated. Its name is the reason of a rejection."""

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
    """One validated file of a pipeline."""

    kind: PipelineKind
    rows: RowsKind
    examples: int | None
    variables: Mapping[str, Any]
    distinct: tuple[str, ...]
    blocks: tuple[PromptBlock | FilterBlock, ...]
    digest: str
    """Of the file and its prompts."""

    def with_variable(self, name: str, value: Any) -> Pipeline:
        """The pipeline with another value of a variable, if it has such a variable."""
        return replace(self, variables={**self.variables, name: value}) if name in self.variables else self
