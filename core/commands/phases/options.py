"""The options of a training in phases, from those of the command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from core.commands.phases.benchmarks import PhaseBenchmarks
from core.commands.request import absolute_path
from core.config.options.train import TrainOptions
from core.config.options.training.phases import Criterion
from core.errors import LabtopError
from core.evaluation.facts import read_facts
from core.evaluation.tasks import find_task_files
from core.paths import Paths
from core.training.arguments import PhaseTraining
from core.training.data_files import phase_data
from core.training.phases.checkpoints import start_over
from core.training.phases.criteria import resolve
from core.training.phases.journal import JOURNAL_FILE
from core.training.phases.options import CheckpointEvaluation, PhaseOptions, PhasesOptions
from core.training.phases.stages import SUBJECTS, Phase
from core.training.replay import ReplayOptions, split_records

StartOver = Callable[[Path], bool]
"""Whether an unfinished training in a folder is replaced by a new one."""


def criteria_of(options: TrainOptions) -> dict[Phase, Criterion]:
    """What the checkpoint of each phase is chosen by."""
    both: dict[Phase, Criterion] = {1: options.phase1_criterion, 2: options.phase2_criterion}
    return {number: both[number] for number in both if number == 2 or options.strategy == "lab-multiphase"}


def phases_options(
    model: Path, options: TrainOptions, roots: Paths, wants_new: StartOver, benchmarks: PhaseBenchmarks
) -> PhasesOptions:
    """The training in phases that the options ask for. Raises LabtopError for mistakes that can be found here."""
    base = absolute_path(options.phased_base_dir) or roots.phased_dir
    given: dict[Phase, Path | None] = {1: options.phased_phase1_data, 2: options.phased_phase2_data}
    data = {
        number: phase_data(absolute_path(given[number]), roots.datasets_dir, subject)
        for number, subject in SUBJECTS.items()
        if number in criteria_of(options)
    }
    tasks = _tasks(absolute_path(options.tasks_dir), (data[min(data)].parent, roots.datasets_dir))
    questions = absolute_path(options.asked_questions)
    if questions is not None:
        read_facts(questions)
    criteria = criteria_of(options)

    def phase(number: Phase) -> PhaseOptions | None:
        if number not in data:
            return None
        board = absolute_path(options.tensorboard_log_dir)
        training = PhaseTraining(
            **options.phase_training(number),
            data_path=(data[number],),
            data_output_dir=absolute_path(options.data_output_dir),
            tensorboard_log_dir=None if board is None else board / f"phase{number}",
        )
        evaluation = CheckpointEvaluation(
            criterion=criteria[number],
            tasks=tasks,
            questions=() if questions is None else (questions,),
            **vars(benchmarks),
        )
        planned = PhaseOptions(training=training, evaluation=evaluation)
        resolve(number, planned)
        return planned

    found = PhasesOptions(
        model_path=str(model),
        base_dir=str(base),
        phase1=phase(1),
        phase2=phase(2),
        replay=replay_options(options),
        compare=True,
    )
    found.check_folders()
    if (base / JOURNAL_FILE).exists() and wants_new(base):
        start_over(base)
    return found


def replay_options(options: TrainOptions) -> ReplayOptions | None:
    """The data against forgetting, if any. Raises LabtopError if it cannot be used."""
    data = absolute_path(options.replay_data)
    if data is None:
        return None
    if not data.is_file():
        raise LabtopError(f"There is no file {data} with replay data.", hint="Correct --replay-data.")
    split_records(data, options.random_seed)
    return ReplayOptions(data=data, share=options.replay_share)


def _tasks(given: Path | None, folders: Sequence[Path]) -> tuple[Path, ...]:
    """The files of the given tasks, else those of the first folder that contains some."""
    for folder in [given] if given is not None else folders:
        try:
            return tuple(find_task_files(folder))
        except LabtopError:
            if given is not None:
                raise
    return ()
