"""`system estimate`: what a training of some size would take."""

from __future__ import annotations

from pathlib import Path

from core import paths
from core.commands.estimates.earlier import earlier_record
from core.commands.estimates.profiles import profile_records
from core.commands.estimates.resources import Record, disk_record, memory_record
from core.commands.train import serving_only
from core.config.options.train import TrainOptions
from core.models.local import check_model_folder
from core.monitor.coming_training import ComingTraining, checkpoint_count
from core.serving.names import require_model
from core.training.estimate import training_minutes
from core.training.preflight import probable_mistakes


def estimate(settings: TrainOptions, samples: int, gpus: int, epochs: int, model: str | None = None) -> Record:
    """Time, and with a model memory and disk, of training on GPUs with the settings of `model train`.

    Returns {minutes, samples, gpus, epochs, steps, model, earlier, memory, profiles, disk,
    warnings: [{message, hint}]}. Raises LabtopError for a model that is not on this machine.
    """
    run = settings.model_copy(update={"device": "cuda", "nproc_per_node": gpus, "num_epochs": epochs})
    roots = paths.current()
    folder = None if model is None else Path(require_model(model, roots.models_dir))
    warnings = [{"message": each.message, "hint": each.hint} for each in probable_mistakes(run, samples)]
    if folder is not None:
        check_model_folder(folder)
        if sentence := serving_only(folder.name):
            warnings.insert(0, {"message": sentence, "hint": ""})
    output = run.ckpt_output_dir or roots.checkpoints_dir
    return {
        "minutes": training_minutes(samples, gpus, epochs),
        "samples": samples,
        "gpus": gpus,
        "epochs": epochs,
        "steps": -(-samples // run.effective_batch_size) * epochs,
        "model": None if folder is None else str(folder),
        "earlier": None if folder is None else earlier_record(folder, run, [{"samples": samples, "epochs": epochs}]),
        "memory": None if folder is None else memory_record(folder, run, run.max_seq_len),
        "profiles": [] if folder is None else profile_records(folder, settings, run.max_seq_len),
        "disk": None
        if folder is None
        else disk_record([ComingTraining(folder, output, checkpoint_count(run, samples), adapters=run.lora_rank > 0)]),
        "warnings": warnings,
    }
