"""What a training will take, in a few lines for the form that starts it; its data is counted and not tokenised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.commands.estimates.earlier import earlier_record, earlier_text
from core.commands.estimates.resources import Record, disk_record, memory_record
from core.commands.estimates.trainings import planned_trainings
from core.commands.request import JobRequest
from core.figures import binary_size, counted, duration
from core.monitor.coming_training import ComingTraining, checkpoint_count, count_samples
from core.training.arguments import PhaseTraining
from core.training.estimate import training_minutes
from core.training.preflight import probable_mistakes


@dataclass(frozen=True)
class EstimateLine:
    """One line."""

    text: str
    is_warning: bool = False


def form_estimate(request: JobRequest) -> tuple[EstimateLine, ...]:
    """Steps and time, memory and disk, then what is probably wrong; empty for a job that does not only train.

    Call it in a thread: it reads the data files once. Raises LabtopError when the model's folder is damaged.
    """
    if request.kind != "train":
        return ()
    planned = planned_trainings(request)
    model, runs = planned.model, planned.runs
    samples = [count_samples(run.data_path) for _, run, _ in runs]
    trainings = [run for _, run, _ in runs]
    first = max(trainings, key=lambda run: run.max_batch_len)
    memory = memory_record(model, first, first.max_seq_len)
    disk = disk_record(
        [
            ComingTraining(model, output, checkpoint_count(run, count), adapters=run.lora_rank > 0)
            for (_, run, output), count in zip(runs, samples, strict=True)
        ]
    )
    numbers = [{"samples": count, "epochs": run.num_epochs} for run, count in zip(trainings, samples, strict=True)]
    earlier = earlier_record(model, trainings[0], numbers)
    lines = [EstimateLine(_work_text(trainings, samples, earlier))]
    if memory is not None or disk is not None:
        too_much = [record for record in (memory, disk) if record is not None and record["fits"] is False]
        parts = [text for text in (_memory_text(memory), _disk_text(disk)) if text]
        lines.append(EstimateLine("; ".join(parts), is_warning=bool(too_much)))
    mistakes = dict.fromkeys(_mistakes(trainings, samples))
    lines += [EstimateLine(message, is_warning=True) for message in mistakes]
    if earlier is not None:
        lines.append(EstimateLine(f"earlier speed: {earlier_text(earlier)}"))  # last: where there is room for it
    return tuple(lines)


def _work_text(trainings: list[PhaseTraining], samples: list[int], earlier: Record | None) -> str:
    """Such as `2,186 + 2,246 samples, 211 steps; about 12:30 on 2 GPUs`, or `… at the earlier speed`."""
    steps = sum(
        -(-count // run.effective_batch_size) * run.num_epochs for run, count in zip(trainings, samples, strict=True)
    )
    what = f"{' + '.join(f'{count:,}' for count in samples)} samples, {counted(steps, 'step')}"
    if earlier is not None:
        return f"{what}; about {duration(60 * earlier['minutes'])} at the earlier speed"
    if trainings[0].device == "cpu":
        return f"{what}; its time is known once it runs"
    gpus = trainings[0].world_size
    minutes = sum(training_minutes(count, gpus, run.num_epochs) for run, count in zip(trainings, samples, strict=True))
    return f"{what}; about {duration(60 * minutes)} on {counted(gpus, 'GPU')}"


def _memory_text(memory: Record | None) -> str:
    if memory is None:
        return ""
    what = "per GPU" if memory["device"] == "cuda" else "per process" if memory["processes"] > 1 else ""
    needed = " ".join(part for part in ("memory", what, binary_size(memory["needed"])) if part)
    if memory["available"] is None:
        return needed
    return f"{needed} of {binary_size(memory['available'])}{'' if memory['fits'] else ': too little'}"


def _disk_text(disk: Record | None) -> str:
    if disk is None:
        return ""
    text = f"disk {binary_size(disk['needed'])} ({counted(disk['checkpoints'], 'checkpoint')})"
    return f"{text} of {binary_size(disk['free'])}{'' if disk['fits'] else ': too little'}"


def _mistakes(trainings: list[PhaseTraining], samples: list[int]) -> Iterator[str]:
    for run, count in zip(trainings, samples, strict=True):
        for mistake in probable_mistakes(run, count) if count else ():
            yield mistake.message
