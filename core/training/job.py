"""`model train` as a job: one training, or the two phases."""

from __future__ import annotations

from typing import Any

from core.events import StagePlan
from core.jobs.context import JobContext
from core.training.arguments import TrainArguments
from core.training.launch import STOP_SECONDS, launcher_for
from core.training.phases.machine import run_phases
from core.training.phases.options import PhasesOptions
from core.training.phases.stages import LOADING_SECONDS, TRAIN, phase_stages

STAGE = "train"


def run(context: JobContext) -> dict[str, Any]:
    """Train with the options `phases` (PhasesOptions) for the two phases, else `train` (TrainArguments)."""
    if phases := context.options.get("phases"):
        options = PhasesOptions.from_data(phases)
        context.reporter.plan(phase_stages(options.phases))
        return run_phases(context, options)
    title = "Train"
    context.reporter.plan([StagePlan(STAGE, title, unit="samples")])
    arguments = TrainArguments.from_data(context.options["train"])
    launcher = launcher_for(arguments, arguments.ckpt_output_dir)
    with context.reporter.stage(STAGE, title, quiet_seconds=LOADING_SECONDS, stop_seconds=STOP_SECONDS):
        return context.work(TRAIN, arguments.model_dump(mode="json"), STAGE, launcher=launcher)
