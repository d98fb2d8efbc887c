"""What a run is asked to do, all of it, as it comes in a job's spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

GENERATE = "generate"
TRAIN = "train"
EVALUATE = "evaluate"
SERVE = "serve"
STAGES = (GENERATE, TRAIN, EVALUATE, SERVE)


@dataclass(frozen=True)
class ServeOptions:
    """Where the tuned model is served."""

    host: str = "127.0.0.1"
    port: int = 8000
    """Another one is taken when it is in use."""


@dataclass(frozen=True)
class LoopOptions:
    """The method on one taxonomy and one student, in one folder."""

    folder: Path
    """Holds everything that is made, and the records of what is done."""
    generate: dict[str, Any]
    """Arguments of `core.sdg.worker:generate` but for the output folder and the questions to hold out."""
    phases: dict[str, dict[str, Any]]
    """Settings of training in `phase1` (knowledge) and `phase2` (skills)."""
    student: str | None = None
    """The folder of the model to train; None when a stage before makes it."""
    choosing: dict[str, Any] = field(default_factory=dict)
    """How checkpoints are evaluated on the generated tasks: `limit`, `few_shots`, `batch_size`."""
    questions: tuple[Path, ...] = ()
    """Files of held-out questions; without one, base and tuned are asked the generated tasks."""
    serve: ServeOptions = field(default_factory=ServeOptions)
    first: str = GENERATE
    last: str = SERVE
    seed: int = 42
    """Decides the wrong answers next to held-out questions."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> LoopOptions:
        """The options in a job's spec."""
        return cls(
            **{
                **data,
                "folder": Path(data["folder"]),
                "questions": tuple(map(Path, data.get("questions", ()))),
                "serve": ServeOptions(**data.get("serve", {})),
            }
        )

    def to_data(self) -> dict[str, Any]:
        return {**asdict(self), "folder": str(self.folder), "questions": [str(file) for file in self.questions]}
