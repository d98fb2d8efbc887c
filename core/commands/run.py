"""The job of `run`."""

from __future__ import annotations

from pathlib import Path

from core import paths
from core.commands.generate import generate_source
from core.commands.make_room import Agree, to_make_room
from core.commands.phases.benchmarks import find_benchmarks
from core.commands.phases.options import replay_options
from core.commands.request import Given, JobRequest, Note, absolute, ignore
from core.commands.serve import tuned_model_options
from core.commands.train import checked_student
from core.config.options.evaluate import ScoringOptions
from core.config.options.run import RunOptions
from core.config.options.train import TrainingOptions
from core.config.settings import Settings
from core.errors import UsageError
from core.evaluation.held_out import read_held_out
from core.system.extras import require
from core.workflow.options import STAGES, TRAIN, ServeOptions, WorkflowOptions


def run_request(
    options: RunOptions,
    settings: Settings,
    given: Given,
    note: Note = ignore,
    agree: Agree = lambda _sentence: False,
) -> JobRequest:
    """The run that the options ask for. Raises LabtopError for mistakes that can be found before it starts."""
    require("cpu")
    loop = loop_options(options, settings, given, note)
    stages = loop.first if loop.first == loop.last else f"{loop.first} to {loop.last}"
    trains = STAGES.index(loop.first) <= STAGES.index(TRAIN) <= STAGES.index(loop.last)
    stops = to_make_room(settings.train, note, agree) if trains else ()
    title = f"Run {stages} in {loop.folder.name}"
    return JobRequest("run", "core.workflow.job:run", loop.to_data(), title, stops=stops)


def loop_options(options: RunOptions, settings: Settings, given: Given, note: Note = ignore) -> WorkflowOptions:
    """The job's options. Raises LabtopError for mistakes that can be found before it starts."""
    if STAGES.index(options.first) > STAGES.index(options.last):
        raise UsageError(f"--from {options.first} is a later stage than --until {options.last}.")
    generate = settings.generate
    own_seed = {} if options.seed is None else {"random_seed": options.seed}
    if options.seed is not None:
        generate = generate.model_copy(update={"seed": options.seed})
    for file in options.questions:
        read_held_out(file)
    train = settings.train
    student = checked_student(train, given, note)
    found = find_benchmarks(train, settings, student, (train.phase1_criterion, train.phase2_criterion), note)
    return WorkflowOptions(
        folder=Path(absolute(options.folder or paths.current().run_dir)),
        generate=generate_source(generate, check=options.first == "generate", note=note, serving=settings.serve),
        phase1=TrainingOptions(**{**settings.train.phase_training(1), **own_seed}),
        phase2=TrainingOptions(**{**settings.train.phase_training(2), **own_seed}),
        student=str(student),
        **vars(found),
        phase1_criterion=settings.train.phase1_criterion,
        phase2_criterion=settings.train.phase2_criterion,
        replay=replay_options(settings.train),
        choosing=ScoringOptions(**settings.evaluate.scoring()),
        questions=tuple(Path(absolute(file)) for file in options.questions),
        serve=ServeOptions(**tuned_model_options(settings.serve), host=settings.serve.host, port=settings.serve.port),
        first=options.first,
        last=options.last,
        seed=generate.seed,
    )
