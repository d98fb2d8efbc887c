"""The files of a pipeline as they are written, and what is reported of a wrong one. See `load` for their meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, cast, get_args

from annotated_types import Ge, Le, MinLen
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from core.sdg.pipeline.parsing import OutputKind

RowsKind = Literal["chunk", "chunk_and_seed", "seed"]
Operator = Literal["eq", "ne", "gt", "ge", "lt", "le", "contains"]

MAX_REPLIES = 1000
"""Of one prompt: each is a request of its own, and all rows of a reply are in memory at a time."""

MAX_TOKENS = 1_000_000
"""Of one reply; no model writes more."""

MAX_EXAMPLES = 1000
"""In one prompt."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _tag(text: str) -> str:
    if not text.strip("[] "):
        raise ValueError("empty")
    return text


Tag = Annotated[str, AfterValidator(_tag)]


class OutputPart(_Part):
    """What to read from a reply."""

    column: Tag
    start: Tag
    end: Tag
    kind: Annotated[OutputKind, Field(alias="as")] = "text"


class PromptPart(_Part):
    """A block that asks the teacher. A field's description completes the sentence "FIELD must be"."""

    type: Literal["prompt"]
    name: Annotated[str, MinLen(1)]
    template: Annotated[str, Field(description="the name of a file")]
    outputs: Annotated[list[OutputPart], MinLen(1), Field(description="a list with something in it")]
    repeated: Annotated[bool, Field(description="true or false")] = False
    temperature: Annotated[float, Ge(0), Field(description="a number from 0 up")] = 0.0
    max_tokens: Annotated[int, Ge(1), Le(MAX_TOKENS), Field(description="a whole number from 1 up")] = 2048
    n: Annotated[int, Ge(1), Le(MAX_REPLIES), Field(description="a whole number from 1 up")] = 1


class FilterPart(_Part):
    """A block that compares a column with a value."""

    type: Literal["filter"]
    name: Annotated[str, MinLen(1)]
    column: Annotated[str, Field(description="the name of a column")]
    operator: Annotated[Operator, Field(description=f"one of {', '.join(get_args(Operator))}")]
    value: Annotated[str | int | float, Field(description="a text in quotes or a number")]


class PipelineFile(_Part):
    """One file."""

    version: Literal[1]
    rows: Annotated[str, Field(description=f"one of {', '.join(get_args(RowsKind))}")]
    examples: Annotated[int | None, Ge(1), Le(MAX_EXAMPLES), Field(description="a whole number from 1 up")] = None
    variables: Annotated[dict[str, Any] | None, Field(description="a mapping")] = None
    distinct: Annotated[list[str], MinLen(1), Field(description="a list with something in it")] = ["question"]
    blocks: Annotated[
        list[Annotated[PromptPart | FilterPart, Field(discriminator="type")]],
        MinLen(1),
        Field(description="a list with something in it"),
    ]


class WrongFileError(Exception):
    """A file that is no pipeline: the block at fault, if it is one, and what is wrong, as a clause."""

    def __init__(self, what: str, block: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.block = block


def read(data: Any) -> PipelineFile:
    """The file that a YAML document holds. Raises WrongFileError with the first thing that is wrong."""
    try:
        return PipelineFile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise WrongFileError(_clause(first), _block_name(data, first["loc"])) from error


def _block_name(data: Any, place: Sequence[int | str]) -> str | None:
    if len(place) < 2 or place[0] != "blocks":
        return None
    block = data["blocks"][place[1]]
    name = block.get("name") if isinstance(block, Mapping) else None
    return name if name and isinstance(name, str) else f"number {int(place[1]) + 1}"


def _clause(error: ErrorDetails) -> str:
    """What is wrong, from pydantic's account of it."""
    model, place = _model_of(error["loc"])
    kind = error["type"]
    if not place or kind in ("model_type", "model_attributes_type"):
        return "type must be prompt or filter" if kind.startswith("union_tag") else "a mapping of fields is wanted"
    name = str(place[0])
    if name == "name":
        return "each block needs a name"
    if kind == "missing":
        return f"the field {name} is missing"
    if kind == "extra_forbidden":
        return f"the field {name} is not known"
    if kind == "less_than_equal":
        return f"{name} must be at most {error['ctx']['le']:,}"
    if name == "version":
        return "its version is not 1"
    if model is OutputPart:
        if name == "as":
            return f"an output is read as {', '.join(get_args(OutputKind))}; not as {error['input']}"
        return f"an output's {name} must be a text"
    return f"{name} must be {model.model_fields[name].description}"


def _model_of(place: tuple[int | str, ...]) -> tuple[type[_Part], tuple[int | str, ...]]:
    """The model of the part that an error is in, and the error's place within it."""
    match place:
        case ("blocks", int(), str() as kind, "outputs", int(), *rest) if kind == "prompt":
            return OutputPart, tuple(rest)
        case ("blocks", int(), str() as kind, *rest):
            parts = {"prompt": PromptPart, "filter": FilterPart}
            return cast("type[_Part]", parts[kind]), tuple(rest)
        case ("blocks", int()):
            return PipelineFile, ()
    return PipelineFile, place
