"""`model train` as a job: one training, or the two phases."""

from __future__ import annotations

from typing import Any

from core.events import StagePlan
from core.jobs.context import JobContext
from core.training.arguments import TrainArguments
from core.training.phases import LOADING_SECONDS, TRAIN, PhasesOptions, phase_stages, run_phases

STAGE = "train"


def run(context: JobContext) -> dict[str, Any]:
    """Train with the options `phases` (PhasesOptions) for the two phases, else `train` (TrainArguments)."""
    if phases := context.options.get("phases"):
        context.reporter.plan(phase_stages())
        return run_phases(context, PhasesOptions.from_data(phases))
    title = "Train"
    context.reporter.plan([StagePlan(STAGE, title, unit="samples")])
    with context.reporter.stage(STAGE, title, quiet_seconds=LOADING_SECONDS):
        arguments = TrainArguments.from_data(context.options["train"])
        return context.work(TRAIN, arguments.model_dump(mode="json"), STAGE)
