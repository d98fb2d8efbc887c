"""`model train --dry-run`: what a training would do, without starting it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.commands.estimates.earlier import earlier_record, earlier_text
from core.commands.estimates.layers import check_target_layers
from core.commands.estimates.measurement import measured_speed, minutes_at, speed_text
from core.commands.estimates.profiles import profile_records, profile_rows
from core.commands.estimates.resources import Record, disk_record, disk_rows, memory_record, memory_rows
from core.commands.estimates.trainings import planned_trainings
from core.commands.make_room import in_the_way
from core.commands.request import JobRequest, Note, ignore
from core.config.options.train import TrainOptions
from core.figures import counted, duration
from core.models.local import check_model_folder
from core.monitor.coming_training import ComingTraining, checkpoint_count
from core.sdg.datasets.catalogue import count_lines
from core.training.arguments import PhaseTraining
from core.training.estimate import training_minutes
from core.training.phases.stages import Phase
from core.training.preflight import dropped_text, probable_mistakes
from core.training.prepare.tokenizer import load_tokenizer
from core.training.replay import ReplayOptions, mix
from core.training.samples import Dataset, dropped_hint, load_dataset, longest_sample

UNKNOWN_TIME = "not known: this machine has not trained such a model yet; add --measure to measure a few steps now"


def dry_run(request: JobRequest, options: TrainOptions, note: Note = ignore) -> Record:
    """What the training of a request would do.

    Returns {model, trainings: [{phase, files, samples, validation_samples, replay_samples, tokens, loss_tokens,
    longest, dropped, examples, epochs, steps, minutes, measured_minutes, checkpoints, criterion, reason}], minutes,
    measured, earlier, memory, profiles, disk, judge, servers, warnings: [{message, hint}]}; `minutes` are None on a
    processor, for which the documents have no formula, `measured` is None unless it was asked for, and `earlier` where
    this machine has trained no such model. Samples are tokenised as in the training, which reuses them. Raises
    LabtopError when no sample is left, and for LoRA adapters next to layers that the model does not have.
    """
    planned = planned_trainings(request)
    model = planned.model
    config = check_model_folder(model).config
    tokenizer = load_tokenizer(model)
    trainings, warnings, coming = [], [], []
    first = planned.runs[0][1]
    if first.lora_rank:
        check_target_layers(model, first)
    speed = None
    with TemporaryDirectory(prefix="labtop-") as folder:
        for phase, run, output in planned.runs:
            mixed = _with_replay(phase, run, planned.replay, Path(folder))
            longest = longest_sample(mixed, config)
            dataset = load_dataset(mixed.data_path, tokenizer, longest, run.system_message, run.data_output_dir, note)
            dataset, held_out = dataset.split(run.validation_split, run.random_seed)
            if options.measure and speed is None:
                speed = measured_speed(model, mixed)
            record = _training(phase, run, dataset, len(held_out or ()))
            record["replay_samples"] = sum(map(count_lines, mixed.data_path[len(run.data_path) :]))
            record["measured_minutes"] = (
                None if speed is None else minutes_at(speed["tokens_per_second"], record["tokens"], run.num_epochs)
            )
            record |= planned.criteria.get(phase, {"criterion": None, "reason": None})
            trainings.append(record)
            coming.append(ComingTraining(model, output, record["checkpoints"], adapters=run.lora_rank > 0))
            warnings += _warnings(run, dataset)
    servers = in_the_way(options)
    hints = [{"message": each["sentence"], "hint": f"Stop it with `{each['stop']}`."} for each in servers]
    longest = max(each["longest"] for each in trainings)
    return {
        "model": str(model),
        "trainings": trainings,
        "minutes": None if first.device == "cpu" else sum(each["minutes"] for each in trainings),
        "measured": speed and {**speed, "minutes": sum(each["measured_minutes"] or 0 for each in trainings)},
        "earlier": earlier_record(model, first, trainings),
        "memory": memory_record(model, first, longest),
        "profiles": profile_records(model, options, longest),
        "disk": disk_record(coming),
        "judge": planned.judge,
        "servers": servers,
        "warnings": list({each["message"]: each for each in warnings + hints}.values()),
    }


def _with_replay(phase: Phase | None, run: PhaseTraining, replay: ReplayOptions | None, folder: Path) -> PhaseTraining:
    """The training with replay data, which is selected as in the training itself."""
    if replay is None:
        return run
    part = "" if phase is None else f"phase {phase}"
    mixed = mix(replay, run.data_path, folder / f"replay{phase or ''}.jsonl", run.random_seed, part)
    return run.model_copy(update={"data_path": (*run.data_path, mixed.file)})


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
        held_out = f", {each['validation_samples']:,} held out for validation" if each["validation_samples"] else ""
        rows += [
            (f"{prefix}data", ", ".join(each["files"])),
            (
                f"{prefix}samples",
                f"{each['samples']:,} ({left_out:,} left out{held_out}), {each['tokens']:,} tokens, "
                f"{each['loss_tokens']:,} of them in the loss; the longest has {each['longest']:,}",
            ),
            (f"{prefix}steps", f"{each['steps']:,} in {counted(each['epochs'], 'epoch')}"),
        ]
        if each["replay_samples"]:
            rows.append((f"{prefix}replay", f"{counted(each['replay_samples'], 'sample')} of them are replay data"))
        if each["reason"]:
            rows.append((f"{prefix}choice", each["reason"]))
    if judge := result["judge"]:
        at = f" at {', '.join(judge['endpoint_url'])}, which answers" if judge["endpoint_url"] else ", on this machine"
        rows.append(("judge", f"{judge['model']}{at}"))
    if result["minutes"] is not None:
        rows.append(("time", _time_text(result["minutes"])))
    if result["earlier"] and not result["measured"]:
        rows += _earlier_rows(result["earlier"])
    elif result["minutes"] is None and not result["measured"]:
        rows.append(("time", UNKNOWN_TIME))
    if speed := result["measured"]:
        processor = result["memory"] is not None and result["memory"]["device"] == "cpu"
        rows.append(("measured", speed_text(speed) + (", with Python and torch" if processor else "")))
        if speed["minutes"]:
            rows.append(("measured time", minutes_text(speed["minutes"])))
    rows += memory_rows(result["memory"]) if result["memory"] else []
    if result["memory"] and result["memory"]["device"] == "cuda":
        rows += profile_rows(result["profiles"])
    rows += disk_rows(result["disk"]) if result["disk"] else []
    return rows


def estimate_rows(result: Record) -> list[tuple[str, str]]:
    """The result of `system estimate` as rows of text, without its warnings."""
    what = f"{counted(result['samples'], 'sample')}, {counted(result['gpus'], 'GPU')}"
    rows = [
        ("training", f"{what}, {counted(result['epochs'], 'epoch')}: {counted(result['steps'], 'step')}"),
        ("time", _time_text(result["minutes"])),
    ]
    rows += _earlier_rows(result["earlier"]) if result["earlier"] else []
    rows += memory_rows(result["memory"]) if result["memory"] else []
    rows += profile_rows(result["profiles"])
    return rows + (disk_rows(result["disk"]) if result["disk"] else [])


def _earlier_rows(earlier: Record) -> list[tuple[str, str]]:
    return [("earlier speed", earlier_text(earlier)), ("time at that speed", minutes_text(earlier["minutes"]))]


def _time_text(minutes: float) -> str:
    return f"{minutes_text(minutes)} by the documents' formula of 250 samples a minute and GPU"


def minutes_text(minutes: float) -> str:
    """Such as `50.0 minutes (50:00)`."""
    return f"{minutes:.1f} minutes ({duration(minutes * 60)})"


def warning_lines(warnings: list[dict[str, Any]]) -> list[str]:
    """Each warning with its hint."""
    return [f"Warning: {each['message']}" + (f"\n  Hint: {each['hint']}" if each["hint"] else "") for each in warnings]
