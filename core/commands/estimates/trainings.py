"""The trainings that a request of `model train` asks for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.commands.estimates.resources import Record
from core.commands.request import JobRequest
from core.training.arguments import PhaseTraining, TrainArguments
from core.training.phases.criteria import resolve
from core.training.phases.options import PhasesOptions
from core.training.phases.stages import Phase
from core.training.replay import ReplayOptions


@dataclass(frozen=True)
class PlannedTrainings:
    """The trainings of a request."""

    model: Path
    runs: list[tuple[Phase | None, PhaseTraining, Path]]
    """Of each training its phase, arguments and output folder."""
    replay: ReplayOptions | None
    criteria: dict[Phase | None, Record]
    """What each phase's checkpoint is chosen by, and why."""
    judge: Record | None = None
    """The judge that a criterion needs, which answers or is on this machine: {model, endpoint_url}."""


def planned_trainings(request: JobRequest) -> PlannedTrainings:
    """What a request of `model train` would train. Raises LabtopError."""
    if options := request.options.get("phases"):
        phases = PhasesOptions.from_data(options)
        folders = {number: Path(phases.base_dir) / f"phase{number}" / "checkpoints" for number in phases.phases}
        return PlannedTrainings(
            Path(phases.model_path),
            [(number, phase.training, folders[number]) for number, phase in phases.phases.items()],
            phases.replay,
            {number: vars(resolve(number, phase)) for number, phase in phases.phases.items()},
            _judge(phases),
        )
    arguments = TrainArguments.from_data(request.options["train"])
    replay = request.options.get("replay")
    found = None if replay is None else ReplayOptions.from_data(replay)
    return PlannedTrainings(arguments.model_path, [(None, arguments, arguments.ckpt_output_dir)], found, {})


def _judge(phases: PhasesOptions) -> Record | None:
    for number, phase in phases.phases.items():
        judge = phase.evaluation.judge
        if judge is not None and resolve(number, phase).criterion == "mt_bench":
            return {"model": judge.judge_model, "endpoint_url": list(judge.judge_endpoint_url)}
    return None
