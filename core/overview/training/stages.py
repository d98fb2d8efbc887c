"""Which stages of a job train, and which phase of the training they are."""

from __future__ import annotations

from core.jobs.spec import Kind

TRAINS: tuple[Kind, ...] = ("train", "quickstart", "run")
"""The kinds of jobs that train."""

SUBJECTS = {1: "knowledge", 2: "skills"}
"""What LAB's phases train."""


def is_training(stage: str) -> bool:
    """Whether a stage trains; evaluating its checkpoints is another stage."""
    return stage.partition(".")[0] == "train"


def phase_of(stage: str) -> int:
    """The phase that a stage trains or evaluates; 1 in a training without phases."""
    number = stage.rpartition("phase")[2]
    return int(number) if number.isdecimal() else 1
