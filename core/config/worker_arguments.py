"""Parsing a worker's arguments from another process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from core.config.options.base import Options
from core.config.reasons import input_path, plain_reason
from core.errors import LabtopError

Model = TypeVar("Model", bound=Options)


def parse(model: type[Model], data: Mapping[str, Any], work: str) -> Model:
    """The arguments in a JSON object. Raises LabtopError that names the invalid one, with `work` as its prefix."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        name = input_path(first, data) or "arguments"
        if first["type"] == "missing":
            raise LabtopError(f"{work}: {name} is required.") from error
        if first["type"] == "extra_forbidden":
            raise LabtopError(f"{work} has no option {name}.") from error
        raise LabtopError(f"{work}: {name}: {plain_reason(first)}.", hint=f"Change {name}.") from error
