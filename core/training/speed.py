"""A few steps of a training, to measure how fast it is on this machine. The module imports torch."""

from __future__ import annotations

import resource
import time
from dataclasses import replace
from typing import Any

import torch
from transformers.utils import logging as transformers_logging

from core.events import Reporter
from core.models.local import check_model_folder
from core.training.arguments import TrainArguments
from core.training.engine.memory import explain_failures
from core.training.engine.ranks import Ranks
from core.training.plan import TrainingPlan
from core.training.prepare.tokenizer import load_tokenizer
from core.training.samples import load_dataset, longest_sample
from core.training.worker import computes_in_bfloat16, set_up, training_plan

PASSES = 4
"""Passes of each rank in a measured step; a step of the whole effective batch may take minutes."""

SECONDS = 8.0
"""Steps are measured for about so long, …"""

MIN_STEPS, MAX_STEPS = 2, 50
"""… after a first one, in which buffers are allocated and kernels compiled."""


def measure(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Run some optimizer steps and write nothing; the arguments are those of TrainArguments.

    Returns {tokens_per_second, samples_per_second, steps, seconds, peak_memory}: of all ranks together, and in bytes
    the most memory that one of them used.
    """
    settings = TrainArguments.from_data(arguments)
    transformers_logging.disable_progress_bar()
    model_folder = check_model_folder(settings.model_path)
    longest = longest_sample(settings, model_folder.config)
    tokenizer = load_tokenizer(settings.model_path)
    dataset = load_dataset(settings.data_path, tokenizer, longest, settings.system_message, settings.data_output_dir)
    dataset, _ = dataset.split(settings.validation_split, settings.random_seed)
    grouped = settings.backend != "none"
    ranks = Ranks.join(settings.device, settings.collective_timeout) if grouped else Ranks.alone(settings.device)
    with explain_failures(settings):
        plan = _short_steps(training_plan(settings, dataset, ranks))
        bfloat16 = computes_in_bfloat16(settings, ranks)
        trainer, plan, _ = set_up(settings, model_folder, dataset, plan, ranks, reporter, bfloat16=bfloat16)
        steps = plan.steps()
        trainer.run(next(steps)).check()
        began = time.monotonic()
        tokens = samples = done = 0
        for step in steps:
            result = trainer.run(step)
            result.check()  # waits for the device
            tokens, samples, done = tokens + result.tokens, samples + step.samples, done + 1
            enough = done >= MAX_STEPS or (done >= MIN_STEPS and time.monotonic() - began > SECONDS)
            if any(ranks.any(enough or reporter.stop_requested())):
                break
        seconds = time.monotonic() - began
    return {
        "tokens_per_second": round(tokens / seconds, 1) if done else None,
        "samples_per_second": round(samples / seconds, 2) if done else None,
        "steps": done,
        "seconds": round(seconds, 2),
        "peak_memory": max(ranks.gather(_peak_memory(ranks))),
    }


def _short_steps(plan: TrainingPlan) -> TrainingPlan:
    """The plan with smaller steps, of about `PASSES` passes of each rank."""
    mean = sum(plan.lengths) / len(plan.lengths)
    samples = max(plan.world_size, int(PASSES * plan.max_tokens * plan.world_size / mean))
    return replace(plan, batch_size=min(plan.batch_size, samples))


def _peak_memory(ranks: Ranks) -> int:
    if ranks.device.type == "cuda":
        return int(torch.cuda.max_memory_reserved(ranks.device))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
