"""Which stages of a job train, and which phase of the training they are."""

from __future__ import annotations

from core.config.option_table import TABLE
from core.jobs.spec import JobSpec

RUN_STAGES = next(row.choices for row in TABLE["run"].options if row.name == "first")
"""The stages of the command `run`, in their order."""

SUBJECTS = {1: "knowledge", 2: "skills"}
"""What LAB's phases train."""


def trains(spec: JobSpec) -> bool:
    """Whether a job trains: `run` does not if it ends before the training, or begins after it."""
    if spec.kind != "run":
        return spec.kind in ("train", "quickstart")
    first, last = spec.options.get("first"), spec.options.get("last")
    if first not in RUN_STAGES or last not in RUN_STAGES:
        return True
    return RUN_STAGES.index(first) <= RUN_STAGES.index("train") <= RUN_STAGES.index(last)


def is_training(stage: str) -> bool:
    """Whether a stage trains; evaluating its checkpoints is another stage."""
    return stage.partition(".")[0] == "train"


def phase_of(stage: str) -> int:
    """The phase that a stage trains or evaluates; 1 in a training without phases."""
    number = stage.rpartition("phase")[2]
    return int(number) if number.isdecimal() else 1
