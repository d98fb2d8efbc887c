"""Training as a work function: resumes from its state, reports progress, and writes checkpoints.

Runs in one process, or in each rank of a distributed training. The module imports torch.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from core.errors import LabtopError
from core.events import Reporter
from core.figures import counted
from core.files import locked_folder
from core.models.digest import model_digest
from core.models.local import ModelFolder, check_model_folder
from core.system.processor import has_native_bfloat16, processor_flags
from core.system.threads import threads_here
from core.training.adapters import check_adapters
from core.training.arguments import TrainArguments
from core.training.checkpoint.state import remove_states
from core.training.claim import claim, finish
from core.training.context import TrainingRun
from core.training.engine.attention import enable_packing
from core.training.engine.backends import autocasts, make_backend
from core.training.engine.liger import enable_liger
from core.training.engine.lora import add_adapters, four_bit_options
from core.training.engine.memory import explain_failures, recomputes_here
from core.training.engine.model import LossModule
from core.training.engine.optimizer import OptimizerSettings
from core.training.engine.ranks import Ranks
from core.training.engine.trainer import Trainer
from core.training.engine.validation import Validation
from core.training.estimate import ModelShape
from core.training.folders import check_folders
from core.training.plan import TrainingPlan
from core.training.preflight import warn
from core.training.run import train_run
from core.training.samples import Dataset, load_dataset, longest_sample


def train(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Fine-tune a model on chat samples; takes and returns JSON.

    With the same arguments, model and data it resumes where it was stopped, with bit-identical results, and returns a
    finished run's result at once. Returns {best, checkpoints: [{path, samples, epoch, loss, validation_loss}], removed,
    phases, steps, seconds, tokens_per_second, threads, precision, backend, ranks}: `best` is the path of the checkpoint
    with the lowest validation loss, or without any of the last one; `removed` are the samples of checkpoints that were
    not kept, and `phases` is empty.
    """
    settings = TrainArguments.from_data(arguments)
    check_adapters(settings)
    transformers_logging.disable_progress_bar()
    output = settings.ckpt_output_dir.absolute()
    model_folder = check_model_folder(settings.model_path, contents=True)
    check_folders(model_folder.path, output)
    tokenizer = _load(AutoTokenizer, model_folder.path)
    longest = longest_sample(settings, model_folder.config)
    # Before the ranks join, so that no time-out runs while the first of them tokenises and the others wait.
    dataset = load_dataset(
        settings.data_path,
        tokenizer,
        longest,
        settings.system_message,
        settings.data_output_dir,
        lambda sentence: reporter.note("info", sentence),
    )
    dataset, held_out = dataset.split(settings.validation_split, settings.random_seed)
    grouped = settings.backend != "none"
    with explain_failures(settings):
        ranks = Ranks.join(settings.device, settings.collective_timeout) if grouped else Ranks.alone(settings.device)
        check_data(settings, dataset, ranks)
    with locked_folder(output, "training") if ranks.is_first else nullcontext(), explain_failures(settings):
        plan = training_plan(settings, dataset, ranks)
        bfloat16 = computes_in_bfloat16(settings, ranks)
        identity = ranks.from_first(
            _identity(settings, model_folder.path, dataset, plan, bfloat16=bfloat16) if ranks.is_first else ""
        )
        validation = (
            Validation(held_out, max_tokens=settings.max_batch_len, world_size=ranks.world_size) if held_out else None
        )
        run = TrainingRun(settings, dataset, plan, output, identity, tokenizer, validation)
        wanted = [point.samples for point in run.save_points]
        result: dict[str, Any] | None = ranks.from_first(
            claim(output, identity, wanted, reporter) if ranks.is_first else None
        )
        if result is not None:
            reporter.note("info", f"{output} holds a finished run of the same data and settings; it is reused.")
        else:
            warn(settings, dataset, reporter)
            if held_out:
                shares = f"{len(held_out)} of {counted(len(held_out) + len(dataset.samples), 'sample')}"
                reporter.note("info", f"{shares} are held out for the validation loss.")
            if any(ranks.any(reporter.stop_requested())):
                raise KeyboardInterrupt
            trainer, run.plan, precision = set_up(
                settings, model_folder, dataset, plan, ranks, reporter, bfloat16=bfloat16
            )
            result = {
                **train_run(run, trainer, precision, reporter),
                "precision": "bfloat16" if bfloat16 else "float32",
                "backend": settings.backend,
                "ranks": ranks.world_size,
            }
            if ranks.is_first:
                finish(output, identity, result)
                remove_states(output)
        ranks.wait()
    return result


def check_data(settings: TrainArguments, dataset: Dataset, ranks: Ranks) -> None:
    """Raises LabtopError if a node has other data at the same path: the ranks would follow different plans."""
    digests = ranks.gather(dataset.digest)
    for rank, digest in enumerate(digests):
        if digest != digests[0]:
            raise LabtopError(
                f"Node rank {rank // settings.nproc_per_node} has other training data than node rank 0.",
                hint=f"Copy {', '.join(map(str, settings.data_path))} and the model's tokenizer to all nodes.",
                code="other-data",
            )


def set_up(
    settings: TrainArguments,
    model_folder: ModelFolder,
    dataset: Dataset,
    plan: TrainingPlan,
    ranks: Ranks,
    reporter: Reporter,
    *,
    bfloat16: bool,
) -> tuple[Trainer, TrainingPlan, torch.dtype]:
    """The trainer with its model, the plan as this machine can follow it, and the precision of checkpoints."""
    model = load_model(settings, model_folder.path, dataset, ranks, bfloat16=bfloat16)
    precision = export_precision(settings, model, bfloat16=bfloat16)
    torch.manual_seed(settings.random_seed + ranks.rank)  # ranks drop out different inputs
    shape = ModelShape.from_config(model_folder.config, model.num_parameters())
    if recomputes_here(settings, shape, int(dataset.samples.lengths.max()), ranks):
        model.gradient_checkpointing_enable({"use_reentrant": False})
        reporter.note("info", "Activations are computed again in the backward pass, to save memory.")
    trainer = _trainer(settings, model, dataset, plan, ranks, bfloat16=bfloat16)
    enable_liger(settings, trainer, reporter, bfloat16=bfloat16)
    packed = enable_packing(settings, trainer, reporter, bfloat16=bfloat16)
    return trainer, replace(plan, packed=packed), precision


def training_plan(settings: TrainArguments, dataset: Dataset, ranks: Ranks) -> TrainingPlan:
    """The steps of a training."""
    return TrainingPlan(
        lengths=array("i", dataset.samples.lengths.astype("int32").tobytes()),
        batch_size=settings.effective_batch_size,
        max_tokens=settings.max_batch_len,
        seed=settings.random_seed,
        epochs=settings.num_epochs,
        loss_tokens=array("i", dataset.samples.loss_tokens.astype("int32").tobytes()),
        world_size=ranks.world_size,
    )


def load_model(settings: TrainArguments, folder: Path, dataset: Dataset, ranks: Ranks, *, bfloat16: bool) -> Any:
    """The model in its own precision, with adapters if asked for. Sets the number of threads and the random seed."""
    torch.manual_seed(settings.random_seed)
    quantized = settings.lora_rank and settings.lora_quantize_dtype
    options = four_bit_options(ranks.device, bfloat16=bfloat16) if quantized else {}
    model = _load(AutoModelForCausalLM, folder, dtype="auto", **options)
    if dataset.largest_token >= model.get_input_embeddings().num_embeddings:
        raise LabtopError(
            f"The tokenizer in {folder} has more tokens than the model.",
            hint="The tokenizer files belong to another model: copy those of this model into the folder.",
        )
    if settings.lora_rank:
        add_adapters(model, settings)
    torch.set_num_threads(settings.threads or threads_here(model.num_parameters(), settings.max_batch_len))
    return model


def _trainer(
    settings: TrainArguments, model: Any, dataset: Dataset, plan: TrainingPlan, ranks: Ranks, *, bfloat16: bool
) -> Trainer:
    module = LossModule(model, autocast=torch.bfloat16 if bfloat16 and autocasts(settings) else None)
    optimizer = OptimizerSettings(
        learning_rate=settings.learning_rate,
        total_steps=plan.total_steps,
        warmup_steps=settings.warmup(plan.total_steps),
        schedule=settings.lr_scheduler,
        betas=settings.adamw_betas,
        eps=settings.adamw_eps,
        weight_decay=settings.adamw_weight_decay,
    )
    return Trainer(make_backend(settings, ranks, bfloat16=bfloat16), module, dataset.samples, optimizer)


def computes_in_bfloat16(settings: TrainArguments, ranks: Ranks) -> bool:
    """Whether all ranks compute in bfloat16: as asked, or where every processor or GPU does so natively."""
    if settings.precision != "auto":
        return settings.precision == "bfloat16"
    native = settings.device == "cuda" or has_native_bfloat16(processor_flags())
    return not ranks.any(not native)[0]


def export_precision(settings: TrainArguments, model: Any, *, bfloat16: bool) -> torch.dtype:
    """The precision of checkpoints: as asked, or bfloat16 if it is computed in, or that of the model to train."""
    if settings.export_precision != "auto":
        return torch.bfloat16 if settings.export_precision == "bfloat16" else torch.float32
    return torch.bfloat16 if bfloat16 else model.dtype


def _load(kind: Any, folder: Path, **options: Any) -> Any:
    """A model or tokenizer from a folder. Raises LabtopError when it cannot be loaded."""
    try:
        return kind.from_pretrained(folder, local_files_only=True, **options)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        first = str(error).strip().partition("\n")[0]
        raise LabtopError(
            f"The model in {folder} cannot be loaded: {first}.",
            hint="Its files do not belong together, or this version of transformers does not support it.",
        ) from error


def _identity(settings: TrainArguments, model: Path, dataset: Dataset, plan: TrainingPlan, *, bfloat16: bool) -> str:
    """Equal exactly for runs that would produce the same weights, apart from the order of sums."""
    record = {**settings.result_settings(), "precision": "bfloat16" if bfloat16 else "float32"}
    digest = hashlib.sha256(json.dumps([record, dataset.digest, plan.digest], sort_keys=True).encode())
    digest.update(model_digest(model))
    return digest.hexdigest()
