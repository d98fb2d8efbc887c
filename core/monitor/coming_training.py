"""The training that runs, or would run next with the present settings: what it will write, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core import paths
from core.config.options.train import TrainingOptions, TrainOptions
from core.jobs.observe import Observation
from core.quickstart.arguments import QuickstartJob
from core.quickstart.recipe import recipe_for
from core.serving.names import find_model
from core.training.arguments import TrainArguments
from core.training.data_files import newest_data
from core.training.phases.checkpoints import find_checkpoints
from core.training.phases.options import PhasesOptions
from core.training.phases.stages import SUBJECTS, Phase
from core.training.plan import TrainingPlan
from core.workflow.options import WorkflowOptions

FULL_STATE = "full_state"
"""The folder of the state to resume from, in a training's output, as in `core.training.checkpoints`."""


@dataclass(frozen=True)
class ComingTraining:
    """One training, or one of the two phases, that has checkpoints to write."""

    model: Path
    """The folder of the model that it starts from."""
    folder: Path
    """Where it writes."""
    checkpoints: int
    """Still to be written."""
    has_state: bool = False
    """Whether a state to resume from is on the disk already."""
    adapters: bool = False
    """Whether LoRA adapters are trained: a state has those only."""


def coming_trainings(job: Observation) -> list[ComingTraining]:
    """What is left of a running job's training; empty for jobs that train nothing. Raises LabtopError."""
    options = job.spec.options
    if job.spec.kind == "train" and options.get("train"):
        return _left_of([_single(TrainArguments.from_data(options["train"]))])
    if job.spec.kind == "train" and options.get("phases"):
        phases = PhasesOptions.from_data(options["phases"])
        runs = {number: (phase.training, tuple(phase.training.data_path)) for number, phase in phases.phases.items()}
        return _phases(Path(phases.model_path), Path(phases.base_dir), runs, started=True)
    if job.spec.kind == "run":
        workflow = WorkflowOptions.from_data(options)
        return _loop(job, workflow.folder, workflow.student, workflow.phases)
    if job.spec.kind == "quickstart":
        quickstart = QuickstartJob.from_data(options)
        recipe = recipe_for(short=quickstart.short, given_student=quickstart.student is not None)
        both: dict[Phase, TrainingOptions] = {1: recipe.phase1(quickstart.seed), 2: recipe.phase2(quickstart.seed)}
        return _loop(job, quickstart.folder, quickstart.student, both)
    return []


def next_trainings(options: TrainOptions) -> list[ComingTraining]:
    """What a training in two phases would write with these settings; empty without a student model."""
    roots = paths.current()
    model = find_model(options.model_path, roots.models_dir) if options.model_path else None
    if model is None:
        return []
    numbers: tuple[Phase, ...] = (1, 2)
    runs = {
        number: (TrainingOptions(**options.phase_training(number)), _newest(roots.datasets_dir, number))
        for number in numbers
    }
    return _phases(Path(model), options.phased_base_dir or roots.phased_dir, runs, started=False)


Runs = Mapping[Phase, tuple[TrainingOptions, tuple[Path, ...]]]
"""Settings and data of each phase."""


def _single(arguments: TrainArguments) -> ComingTraining:
    points = checkpoint_count(arguments, count_samples(arguments.data_path))
    return _left(Path(arguments.model_path), arguments.ckpt_output_dir, points, arguments)


def _phases(model: Path, base: Path, runs: Runs, *, started: bool) -> list[ComingTraining]:
    """Both phases under their base folder; of a training that has started, without what it has written."""
    trainings = []
    for number, (training, data) in runs.items():
        output = base / f"phase{number}" / "checkpoints"
        points = checkpoint_count(training, count_samples(data))
        if not started:
            trainings.append(ComingTraining(model, output, points, adapters=training.lora_rank > 0))
        elif number == 1 and (base / "phase2").is_dir():
            continue  # the first phase is done
        else:
            trainings.append(_left(model, output, points, training))
    return _left_of(trainings)


def _loop(
    job: Observation, folder: Path, student: str | Path | None, phases: Mapping[Phase, TrainingOptions]
) -> list[ComingTraining]:
    """The phases of a run of the whole method, whose model and data may not exist yet."""
    model = Path(student) if student else _newest_folder(folder / "student")
    if model is None:
        return []
    runs = {number: (training, _newest(folder / "datasets", number)) for number, training in phases.items()}
    base = _newest_folder(folder / "training")
    started = base is not None and (job.spec.resumes is not None or base.stat().st_mtime >= job.spec.created)
    return _phases(model, base or folder / "training", runs, started=started)


def _left(model: Path, output: Path, points: int, training: TrainingOptions) -> ComingTraining:
    written = len(find_checkpoints(output)) if output.is_dir() else 0
    states = output / FULL_STATE
    has_state = states.is_dir() and any(states.iterdir())
    return ComingTraining(model, output, max(0, points - written), has_state, adapters=training.lora_rank > 0)


def _left_of(trainings: Sequence[ComingTraining]) -> list[ComingTraining]:
    return [training for training in trainings if training.checkpoints]


def _newest(datasets: Path, number: Phase) -> tuple[Path, ...]:
    found = newest_data(datasets, SUBJECTS[number])
    return () if found is None else (found,)


def _newest_folder(parent: Path) -> Path | None:
    """The folder with the highest number; each set of inputs has its own."""
    numbered = [each for each in parent.iterdir() if each.name.isdecimal()] if parent.is_dir() else []
    return max(numbered, key=lambda each: int(each.name), default=None)


def checkpoint_count(training: TrainingOptions, samples: int) -> int:
    """The most checkpoints that a training has on the disk; without data, those at the ends of its epochs."""
    if samples:
        count = _written_count(training, samples)
    else:
        epochs = training.num_epochs if training.checkpoint_at_epoch else 1
        count = min(epochs, training.max_checkpoints or epochs)
    if training.keep_checkpoints is None:
        return count
    best = 1 if training.validation_split else 0
    return min(count, training.keep_checkpoints + best + 1)  # an old one is removed after the new one is written


def _written_count(training: TrainingOptions, samples: int) -> int:
    return _planned_count(
        samples,
        training.effective_batch_size,
        training.num_epochs,
        training.checkpoint_at_epoch,
        training.save_samples,
        training.max_checkpoints,
    )


@lru_cache(maxsize=16)
def _planned_count(
    samples: int, batch_size: int, epochs: int, at_epoch: bool, save_samples: int, at_most: int | None
) -> int:
    plan = TrainingPlan(lengths=(1,) * samples, batch_size=batch_size, max_tokens=batch_size, seed=0, epochs=epochs)
    return len(plan.save_points(at_epoch=at_epoch, save_samples=save_samples, at_most=at_most))


def count_samples(files: Sequence[Path]) -> int:
    """Lines in files of samples; a few may be dropped in training. Files that are missing count as empty."""
    total = 0
    for file in files:
        try:
            state = file.stat()
            total += _count_lines(str(file), state.st_mtime_ns, state.st_size)
        except OSError:
            continue
    return total


@lru_cache(maxsize=16)
def _count_lines(file: str, _changed: int, _size: int) -> int:
    with open(file, "rb") as stream:  # noqa: PTH123, the name is the cache's key
        return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))
