"""The arguments of the quickstart's job and of its own workers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from annotated_types import MinLen
from pydantic import AliasChoices, Field

from core.config.options.base import Options, Seed
from core.config.worker_arguments import parse
from core.quickstart.student import StudentShape


class _Arguments(Options):
    """Arguments that another process sends as a JSON object."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The arguments in a JSON object. Raises LabtopError that names a wrong one."""
        return parse(cls, data, "The quickstart")

    def to_data(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class QuickstartJob(_Arguments):
    """The arguments of `core.quickstart.job:run`."""

    folder: Annotated[Path, Field(validation_alias=AliasChoices("folder", "dir"))]
    """The folder for everything that is created. Earlier versions named it `dir`."""
    sample: Path | None = None
    """The folder of a sample; None takes the built-in one."""
    student: Path | None = None
    """The folder of the model to train; None creates one."""
    short: bool = False
    seed: Seed = 42


class StudentArguments(_Arguments):
    """The arguments of `core.quickstart.student_worker:make_student`."""

    data_path: Annotated[tuple[Path, ...], MinLen(1)]
    """Files to train the tokenizer on: JSON Lines of chat samples, or plain text."""
    output_dir: Path
    seed: Seed = 42
    """Random seed of the weights."""
    shape: StudentShape = StudentShape()


class AnswersArguments(_Arguments):
    """The arguments of `core.quickstart.answers:ask`."""

    endpoints: dict[str, str]
    """The base URLs of the endpoints, by model name."""
    questions: tuple[str, ...]
