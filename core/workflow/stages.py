"""Generating data and training on it, as stages of a run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.config.options.train import TrainingOptions
from core.errors import LabtopError
from core.evaluation.held_out import read_held_out
from core.evaluation.tasks import find_task_files
from core.events import StagePlan
from core.jobs.context import JobContext
from core.models.digest import file_digest, model_digest
from core.sdg.job import generate, generate_stages, shortfall
from core.sdg.options import GenerateJob
from core.sdg.worker import run_inputs
from core.training.arguments import SPEED, PhaseTraining
from core.training.phases.machine import run_phases
from core.training.phases.options import CheckpointEvaluation, PhaseOptions, PhasesOptions
from core.training.phases.stages import (
    COMPARE,
    SUBJECTS,
    Phase,
    WorkContext,
    evaluation_stage,
    phase_stages,
    train_stage,
)
from core.workflow.engine import Results, Stage
from core.workflow.options import GENERATE, TRAIN, WorkflowOptions
from core.workflow.records import Inputs

READ_TAXONOMY = StagePlan("taxonomy", "Read the taxonomy", purpose="The changed leaves and their documents.")

STUDENT = "student"
"""The stage that creates a student if none is given; its result has the `path`."""


def generate_stage(context: JobContext, options: WorkflowOptions) -> Stage:
    """Data from the changed leaves. All runs in the folder share one datasets folder, with separate file names, so
    that the teacher's replies are requested only once."""
    arguments = GenerateJob(
        **dict(options.generate),
        output_dir=options.folder / "datasets",
        exclude_questions=tuple(question for file in options.questions for question in _questions(file)),
    )

    def inputs(_results: Results) -> Inputs:
        return run_inputs(arguments, context.reporter.at(READ_TAXONOMY.id))

    def run(_results: Results, _number: int) -> dict[str, Any]:
        return generate(context, arguments)

    def is_complete(result: dict[str, Any]) -> bool:
        return all(Path(file).is_file() for file in result["files"].values())

    def missing(result: dict[str, Any]) -> LabtopError | None:
        error = shortfall(arguments, result)  # its result is not the result of the run, so it is not included
        hint = f"{error.hint} To train on the existing data: --from {TRAIN}." if error else None
        return LabtopError(error.message, hint, code=error.code, job_command=error.job_command) if error else None

    plans = tuple(generate_stages(arguments))
    return Stage(GENERATE, plans, run, inputs, input_plan=READ_TAXONOMY, is_complete=is_complete, shortfall=missing)


def _questions(file: Path) -> list[str]:
    held_out = read_held_out(file)
    return [pair.question for pair in (*held_out.plain, *held_out.free)]


def train_stage_of(context: WorkContext, options: WorkflowOptions) -> Stage:
    """The phases of training, with a separate folder for each set of inputs."""

    def inputs(results: Results) -> Inputs:
        files = results[GENERATE]["files"]
        return {
            "student": model_digest(Path(student_path(options, results))).hex(),
            **{f"{subject}_data": digest([file]) for subject, file in _data(files).items()},
            "tasks": digest(task_files(results)),
            "choosing": options.choosing.model_dump(mode="json"),
            "criteria": [options.phase1_criterion, options.phase2_criterion],
            **({"replay": [options.replay.digest().hex(), options.replay.share]} if options.replay else {}),
            "phase1_settings": _result_settings(options.phase1),
            "phase2_settings": _result_settings(options.phase2),
        }

    def run(results: Results, number: int) -> dict[str, Any]:
        phases = _phases(options, results, options.folder / "training" / str(number))
        for missing, subject in SUBJECTS.items():
            if missing not in phases.phases:
                for plan in (train_stage(missing), evaluation_stage(missing)):
                    with context.reporter.stage(plan.id, plan.title) as stage:
                        stage.note("info", f"The data has no {subject}: phase {missing} is skipped.")
        return run_phases(context, phases)

    plans = phase_stages() + ([COMPARE] if options.replay else [])
    return Stage(TRAIN, tuple(plans), run, inputs, is_complete=_has_best)


def _has_best(result: dict[str, Any]) -> bool:
    return (Path(result["best"]) / "config.json").is_file()


def student_path(options: WorkflowOptions, results: Results) -> str:
    """The model to train."""
    return options.student or str(results[STUDENT]["path"])


def task_files(results: Results) -> list[Path]:
    """The generated multiple-choice tasks; none without generated knowledge."""
    with suppress(LabtopError):
        return find_task_files(Path(results[GENERATE]["tasks_dir"]))
    return []


def digest(files: Iterable[Path]) -> str:
    """One hash of several files' contents."""
    total = hashlib.sha256()
    for file in files:
        total.update(file_digest(file))
    return total.hexdigest()


def training_files(results: Results) -> list[Path]:
    """The generated data to train on, knowledge first."""
    return list(_data(results[GENERATE]["files"]).values())


def _result_settings(settings: TrainingOptions) -> dict[str, Any]:
    """The settings that determine the result, without defaults, so that new options do not change it."""
    return settings.model_dump(mode="json", exclude=SPEED, exclude_defaults=True)


def _data(files: dict[str, str]) -> dict[str, Path]:
    return {subject: Path(file) for subject in SUBJECTS.values() if (file := files.get(f"{subject}_train"))}


def _phases(options: WorkflowOptions, results: Results, folder: Path) -> PhasesOptions:
    data = _data(results[GENERATE]["files"])
    tasks = tuple(task_files(results))

    def phase(number: Phase) -> PhaseOptions | None:
        file = data.get(SUBJECTS[number])
        if file is None:
            return None
        criterion = options.criteria[number]
        return PhaseOptions(
            training=PhaseTraining(**dict(options.phases[number]), data_path=(file,)),
            evaluation=CheckpointEvaluation(
                **options.choosing.scoring(),
                tasks=tasks,
                criterion=criterion,
                mmlu=options.mmlu,
                judge=options.judge,
                no_judge=options.no_judge,
            ),
        )

    return PhasesOptions(
        model_path=student_path(options, results),
        base_dir=str(folder),
        phase1=phase(1),
        phase2=phase(2),
        replay=options.replay,
        compare=options.replay is not None,  # the stage after it compares them on the new knowledge
    )
