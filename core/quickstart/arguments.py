"""The arguments of the quickstart's job and of its own workers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from annotated_types import MinLen

from core.config.options.base import Options, Seed
from core.config.worker_arguments import parse
from core.quickstart.student import StudentShape


class _Arguments(Options):
    """Arguments that come as a JSON object from another process."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The arguments of a JSON object. Raises LabtopError that names the one at fault."""
        return parse(cls, data, "The quickstart")

    def to_data(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class QuickstartJob(_Arguments):
    """What `core.quickstart.job:run` is started with."""

    folder: Path
    """Holds everything that is made."""
    sample: Path | None = None
    """Another sample than the built-in one."""
    student: Path | None = None
    """The folder of the model to train; None makes one."""
    short: bool = False
    seed: Seed = 42


class StudentArguments(_Arguments):
    """What `core.quickstart.student_worker:make_student` takes."""

    data_path: Annotated[tuple[Path, ...], MinLen(1)]
    """Files to learn the tokenizer from: JSON Lines of chat samples, or plain text."""
    output_dir: Path
    seed: Seed = 42
    """Decides the random weights."""
    shape: StudentShape = StudentShape()


class AnswersArguments(_Arguments):
    """What `core.quickstart.answers:ask` takes."""

    endpoints: dict[str, str]
    """A base URL by the name of the model that is served there."""
    questions: tuple[str, ...]
