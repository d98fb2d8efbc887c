"""`model train` as a job: one training, or the two phases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.events import StagePlan
from core.files import locked_folder
from core.jobs.context import JobContext
from core.training.arguments import TrainArguments
from core.training.failures import explained
from core.training.launch import STOP_SECONDS, launcher_for
from core.training.phases.comparison import Compared, compare_with_base
from core.training.phases.machine import run_phases
from core.training.phases.options import PhaseOptions, PhasesOptions
from core.training.phases.stages import COMPARE, LOADING_SECONDS, TRAIN, phase_stages
from core.training.replay import ReplayOptions, mix

STAGE = "train"

JOB_LOCK = ".job-lock"
"""In the output folder: locked by the job, whose worker locks the folder itself only until the training ends. Another
training would move the checkpoints away that are compared with the base model."""


def run(context: JobContext) -> dict[str, Any]:
    """Train with the options `phases` (PhasesOptions) for the two phases, else `train` (TrainArguments).

    With `replay` (ReplayOptions) the single training gets replay data, and its result has the `comparison` with the
    base model.
    """
    if phases := context.options.get("phases"):
        options = PhasesOptions.from_data(phases)
        context.reporter.plan([*phase_stages(options.phases), *([COMPARE] if options.compare else [])])
        with explained(context, next(iter(options.phases.values())).training):
            return run_phases(context, options)
    arguments = TrainArguments.from_data(context.options["train"])
    with locked_folder(arguments.ckpt_output_dir, "training", JOB_LOCK):
        return _single(context, arguments)


def _single(context: JobContext, arguments: TrainArguments) -> dict[str, Any]:
    replay = ReplayOptions.from_data(data) if (data := context.options.get("replay")) else None
    title = "Train"
    context.reporter.plan([StagePlan(STAGE, title, unit="samples"), *([COMPARE] if replay else [])])
    running = context.reporter.stage(STAGE, title, quiet_seconds=LOADING_SECONDS, stop_seconds=STOP_SECONDS)
    with explained(context, arguments), running as stage:
        training = arguments
        if replay is not None:
            file = arguments.ckpt_output_dir / "replay.jsonl"
            mixed = mix(replay, arguments.data_path, file, arguments.random_seed)
            stage.note("info", mixed.note)
            training = arguments.model_copy(update={"data_path": (*arguments.data_path, file)})
        launcher = launcher_for(training, arguments.ckpt_output_dir)
        result = context.work(TRAIN, training.model_dump(mode="json"), STAGE, launcher=launcher)
    if replay is None:
        return result
    tuned = Path(result.get("best") or result["checkpoints"][-1]["path"])
    folder = arguments.ckpt_output_dir / "eval_cache"
    compared = Compared(arguments.model_path, tuned, PhaseOptions(training=arguments), replay, folder)
    return {**result, "comparison": compare_with_base(context, compared)}
