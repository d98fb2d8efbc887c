"""`model train --dry-run`: what a training would do, without starting it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.commands.estimates.resources import Record, disk_record, disk_rows, memory_record, memory_rows
from core.commands.request import JobRequest, Note, ignore
from core.figures import counted, duration
from core.models.local import check_model_folder
from core.monitor.coming_training import ComingTraining, checkpoint_count
from core.training.arguments import PhaseTraining, TrainArguments
from core.training.estimate import training_minutes
from core.training.phases.options import PhasesOptions
from core.training.preflight import dropped_text, probable_mistakes
from core.training.prepare.tokenizer import load_tokenizer
from core.training.samples import Dataset, dropped_hint, load_dataset, longest_sample


def dry_run(request: JobRequest, note: Note = ignore) -> Record:
    """What the training of a request would do.

    Returns {model, trainings: [{phase, files, samples, validation_samples, tokens, loss_tokens, longest, dropped,
    examples, epochs, steps, minutes, checkpoints}], minutes, memory, disk, warnings: [{message, hint}]}; `minutes` are
    None on a processor, for which the documents have no formula. Its samples are tokenised as in the training, which
    reuses them. Raises LabtopError when no sample is left.
    """
    model, runs = _runs(request)
    config = check_model_folder(model).config
    tokenizer = load_tokenizer(model)
    trainings, warnings, coming = [], [], []
    for phase, run, output in runs:
        longest = longest_sample(run, config)
        dataset = load_dataset(run.data_path, tokenizer, longest, run.system_message, run.data_output_dir, note)
        dataset, held_out = dataset.split(run.validation_split, run.random_seed)
        record = _training(phase, run, dataset, len(held_out or ()))
        trainings.append(record)
        coming.append(ComingTraining(model, output, record["checkpoints"], adapters=run.lora_rank > 0))
        warnings += _warnings(run, dataset)
    first = runs[0][1]
    total = None if first.device == "cpu" else sum(each["minutes"] for each in trainings)
    return {
        "model": str(model),
        "trainings": trainings,
        "minutes": total,
        "memory": memory_record(model, first, max(each["longest"] for each in trainings)),
        "disk": disk_record(coming),
        "warnings": list({each["message"]: each for each in warnings}.values()),
    }


def _runs(request: JobRequest) -> tuple[Path, list[tuple[int | None, PhaseTraining, Path]]]:
    """The model; and of each training its phase, arguments and output folder."""
    if options := request.options.get("phases"):
        phases = PhasesOptions.from_data(options)
        base = Path(phases.base_dir)
        return Path(phases.model_path), [
            (number, phase.training, base / f"phase{number}" / "checkpoints") for number, phase in phases.phases.items()
        ]
    arguments = TrainArguments.from_data(request.options["train"])
    return arguments.model_path, [(None, arguments, arguments.ckpt_output_dir)]


def _training(phase: int | None, run: PhaseTraining, dataset: Dataset, held_out: int) -> Record:
    samples = len(dataset.samples)
    return {
        "phase": phase,
        "files": [str(file) for file in run.data_path],
        "samples": samples,
        "validation_samples": held_out,
        "tokens": int(dataset.samples.lengths.sum()),
        "loss_tokens": int(dataset.samples.loss_tokens.sum()),
        "longest": int(dataset.samples.lengths.max()),
        "dropped": dataset.dropped,
        "examples": dataset.examples,
        "epochs": run.num_epochs,
        "steps": -(-samples // run.effective_batch_size) * run.num_epochs,
        "minutes": None if run.device == "cpu" else training_minutes(samples, run.world_size, run.num_epochs),
        "checkpoints": checkpoint_count(run, samples),
    }


def _warnings(run: PhaseTraining, dataset: Dataset) -> list[dict[str, str]]:
    found = [{"message": each.message, "hint": each.hint} for each in probable_mistakes(run, len(dataset.samples))]
    if dataset.template_note:
        found.insert(0, {"message": dataset.template_note, "hint": ""})
    if dataset.dropped:
        text = dropped_text(dataset.dropped, dataset.examples, len(dataset.samples))
        found.insert(0, {"message": text, "hint": dropped_hint(dataset.dropped)})
    return found


def dry_run_rows(result: Record) -> list[tuple[str, str]]:
    """A dry run as rows of text, without its warnings."""
    rows = [("model", result["model"])]
    for each in result["trainings"]:
        prefix = "" if each["phase"] is None else f"phase {each['phase']} "
        left_out = sum(each["dropped"].values())
        held_out = f", {each['validation_samples']} held out for validation" if each["validation_samples"] else ""
        rows += [
            (f"{prefix}data", ", ".join(each["files"])),
            (
                f"{prefix}samples",
                f"{each['samples']} ({left_out} left out{held_out}), {each['tokens']} tokens, {each['loss_tokens']} of "
                f"them in the loss; the longest has {each['longest']}",
            ),
            (f"{prefix}steps", f"{each['steps']} in {counted(each['epochs'], 'epoch')}"),
        ]
    rows.append(("time", _time_text(result["minutes"])))
    rows += memory_rows(result["memory"]) if result["memory"] else []
    rows += disk_rows(result["disk"]) if result["disk"] else []
    return rows


def estimate_rows(result: Record) -> list[tuple[str, str]]:
    """The result of `system estimate` as rows of text, without its warnings."""
    what = f"{counted(result['samples'], 'sample')}, {counted(result['gpus'], 'GPU')}"
    rows = [
        ("training", f"{what}, {counted(result['epochs'], 'epoch')}: {counted(result['steps'], 'step')}"),
        ("time", _time_text(result["minutes"])),
    ]
    rows += memory_rows(result["memory"]) if result["memory"] else []
    return rows + (disk_rows(result["disk"]) if result["disk"] else [])


def _time_text(minutes: float | None) -> str:
    if minutes is None:
        return "not known before the first steps: the documents' formula is for GPUs"
    return f"{minutes_text(minutes)} by the documents' formula of 250 samples a minute and GPU"


def minutes_text(minutes: float) -> str:
    """Such as `50.0 minutes (50:00)`."""
    return f"{minutes:.1f} minutes ({duration(minutes * 60)})"


def warning_lines(warnings: list[dict[str, Any]]) -> list[str]:
    """Each warning with its hint."""
    return [f"Warning: {each['message']}" + (f"\n  Hint: {each['hint']}" if each["hint"] else "") for each in warnings]
