"""How a value that a model refuses is named and explained."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError

from core.config.options.base import Options, Positive
from core.config.options.evaluate import ScoringOptions
from core.config.reasons import input_path
from core.config.worker_arguments import parse
from core.errors import LabtopError


class Part(Options):
    size: Positive | Literal["auto"] = 1


class Whole(Options):
    parts: tuple[Part, ...] = ()
    by_name: dict[str, Part] = Field(default_factory=dict)
    stop: Annotated[str, Field(max_length=3)] | list[str] = ""
    needed: Part | Literal["none"]


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"parts": [{}, {"size": 0}], "needed": "none"}, "parts.1.size"),
        ({"by_name": {"a": {"size": "much"}}, "needed": "none"}, "by_name.a.size"),
        ({"stop": "long", "needed": "none"}, "stop"),
        ({"stop": [1], "needed": "none"}, "stop"),
        ({"needed": {"size": {}}}, "needed.size"),
        ({"needed": {"other": 1}}, "needed.other"),
        ({}, "needed"),
        ([], ""),
    ],
)
def test_path_of_an_invalid_value_contains_no_type_name(data: Any, path: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Whole.model_validate(data)
    assert input_path(raised.value.errors()[0], data) == path


def test_worker_argument_is_named_as_given() -> None:
    with pytest.raises(LabtopError) as raised:
        parse(ScoringOptions, {"batch_size": 0}, "Evaluation")
    assert raised.value.message == "Evaluation: batch_size: input should be greater than 0."
    assert raised.value.hint == "Change batch_size."
