"""The loss of models on samples that they were not trained on, as a work function. The module imports torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from math import sqrt
from pathlib import Path
from typing import Any

import torch
from transformers.utils import logging as transformers_logging

from core.evaluation.results import (
    ModelResult,
    TaskResult,
    digest_of,
    fingerprint,
    read_result,
    result_file,
    write_result,
)
from core.events import Reporter
from core.models.local import check_model_folder
from core.system.gpu_memory import free_gpu_memory
from core.training.arguments import LossArguments, TrainArguments
from core.training.engine.batches import collate
from core.training.engine.memory import explain_failures
from core.training.engine.model import LossModule
from core.training.engine.ranks import Ranks
from core.training.prepare.tokenizer import load_tokenizer
from core.training.samples import Dataset, load_dataset, longest_sample
from core.training.worker import load_model

MAX_SAMPLES = 1000
"""Of a larger set the first ones are read."""

VERSION = 1
"""Increase it when a loss may change."""


def measure(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """The mean loss of models over the loss tokens of samples; the arguments are those of LossArguments.

    Returns `{"results": [{model, metric, score, stderr, n, tasks, file}]}`, where `n` is the number of samples. The
    file has a value of each sample, whose mean is the score: its part of the loss. A result is stored when its model
    is done, and reused when nothing that it depends on has changed.
    """
    settings = LossArguments.from_data(arguments)
    transformers_logging.disable_progress_bar()
    training = settings.training
    results: list[dict[str, Any]] = []
    for model, name in settings.named_models:
        dataset = _dataset(settings, model)
        count = min(len(dataset.samples), MAX_SAMPLES)
        done = len(results) * count
        which = [training.validation_split, training.random_seed] if settings.held_out else []
        key = fingerprint(digest_of(model, settings.output_dir), settings.benchmark, VERSION, dataset.digest, *which)
        file = result_file(settings.output_dir, name, key)
        result = read_result(file, key)
        if result is None:
            run = TrainArguments(
                **{**dict(training), "lora_rank": 0}, model_path=model, ckpt_output_dir=settings.output_dir
            )
            progress = partial(_report, reporter, done, count * len(settings.models))
            with explain_failures(run):
                losses, tokens = _losses(run, dataset, progress)
            result = loss_result(name, settings.benchmark, losses, tokens)
            write_result(file, key, result)
        reporter.progress(done + count, count * len(settings.models), "samples")
        reporter.artifact("report", str(file), size=file.stat().st_size, model=name, score=result.score)
        reporter.score(settings.benchmark, name, result.score, stderr=result.stderr, n=result.n)
        results.append({**result.summary(), "model": name, "file": str(file)})
    return {"results": results}


def _report(reporter: Reporter, before: int, total: int, read: int) -> None:
    reporter.progress(before + read, total, "samples")


def loss_result(name: str, benchmark: str, losses: Sequence[float], tokens: Sequence[int]) -> ModelResult:
    """The mean over all loss tokens, from the sum of the losses and the loss tokens of each sample.

    The standard error is that of a ratio of two sums over samples (Cochran, Sampling Techniques, 1977, chapter 6).
    """
    n, total = len(losses), sum(tokens)
    mean = sum(losses) / total
    residuals = sum((loss - mean * count) ** 2 for loss, count in zip(losses, tokens, strict=True))
    stderr = sqrt(n / (n - 1) * residuals) / total if n > 1 else 0.0
    parts = tuple(loss * n / total for loss in losses)
    return ModelResult(name, "loss", mean, stderr, n, {benchmark: TaskResult(mean, stderr, n, ratings=parts)})


def _dataset(settings: LossArguments, model: Path) -> Dataset:
    """The samples, as this model's tokenizer and template have them."""
    training = settings.training
    longest = longest_sample(training, check_model_folder(model, contents=True).config)
    tokenizer = load_tokenizer(model)
    dataset = load_dataset(training.data_path, tokenizer, longest, training.system_message, training.data_output_dir)
    if not settings.held_out:
        return dataset
    _, held_out = dataset.split(training.validation_split, training.random_seed)
    return dataset if held_out is None else replace(dataset, samples=held_out)


@torch.inference_mode()
def _losses(run: TrainArguments, dataset: Dataset, read: Callable[[int], None]) -> tuple[list[float], list[int]]:
    """The sum of the losses of each sample, and the number of its loss tokens."""
    model = load_model(run, run.model_path, dataset, Ranks.alone(run.device), bfloat16=False).eval()
    # Processors compute 16-bit floats slowly, and with other results than GPUs.
    model = model.to("cuda") if run.device == "cuda" else model.float()
    module = LossModule(model)
    tokens = dataset.samples.loss_tokens.tolist()
    losses = []
    for number, sample in enumerate(islice(dataset.samples, MAX_SAMPLES)):
        batch = collate([sample], len(sample), module.chunks(tokens[number])).to(model.device)
        losses.append(float(module(*batch.arguments)))
        read(number + 1)
    del model, module
    free_gpu_memory()
    return losses, tokens[: len(losses)]
