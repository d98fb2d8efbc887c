"""The metrics of a training as one JSON Lines file, with the names of InstructLab's training.

The first line has the settings, the second the figures of the plan. Then there is a line for each step and for each
validation loss.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from core.errors import disk_error
from core.files import LineAppender, atomic_file
from core.training.engine.trainer import StepResult
from core.training.plan import TrainingPlan

METRICS_FILE = "training_params_and_metrics_global0.jsonl"

Row = Mapping[str, Any]


def plan_figures(plan: TrainingPlan) -> Row:
    """The second line: what the plan amounts to."""
    samples = len(plan.lengths)
    return {
        "num_gpus": plan.world_size,
        "avg_sample_len": round(sum(plan.lengths) / samples, 2),
        "effective_batch_size": plan.batch_size,
        "max_batch_len_per_gpu": plan.max_tokens,
        "num_batches": plan.steps_per_epoch,
        "avg_samples_per_batch": round(samples / plan.steps_per_epoch, 2),
        "total_samples": samples,
    }


def step_row(result: StepResult, plan: TrainingPlan, samples_per_second: float, device: torch.device) -> Row:
    """The line of a step; its loss must have been read from the device. Throughput is in samples/s, memory in GiB."""
    gpu = device.type == "cuda"
    first_rank = result.planned.ranks[0]
    return {
        "epoch": (result.step - 1) // plan.steps_per_epoch,
        "step": result.step,
        "rank": 0,
        "overall_throughput": round(samples_per_second, 3),
        "lr": result.learning_rate,
        "cuda_mem_allocated": torch.cuda.memory_allocated(device) / 2**30 if gpu else 0,
        "cuda_malloc_retries": torch.cuda.memory_stats(device).get("num_alloc_retries", 0) if gpu else 0,
        "num_loss_counted_tokens": result.num_loss_tokens,
        "num_tokens_rank0": sum(plan.lengths[index] for batch in first_rank for index in batch.samples),
        "batch_size": result.planned.samples,
        "num_minibatches": len(first_rank),
        "avg_loss": result.loss,
        "samples_seen": plan.samples_after(result.step),
        "gradnorm": result.grad_norm,
        "total_samples": len(plan.lengths),
        "num_epoch_steps": plan.steps_per_epoch,
        "timestamp": datetime.now(UTC).isoformat(),
    }


def validation_row(step: int, plan: TrainingPlan, loss: float, tokens: int) -> Row:
    """The line of a validation loss, the mean over so many tokens."""
    epoch = (step - 1) // plan.steps_per_epoch
    timestamp = datetime.now(UTC).isoformat()
    return {"epoch": epoch, "step": step, "val_loss": loss, "val_num_tokens": tokens, "timestamp": timestamp}


class MetricsLog:
    """The file of one training, which a resumed attempt continues after the step that it resumes from."""

    def __init__(self, file: Path, header: Sequence[Row], after_step: int) -> None:
        """Write the header, keeping the lines up to a step; later ones are computed again. Raises LabtopError."""
        with atomic_file(file, single_writer=True) as stream:
            stream.writelines(json.dumps(row) + "\n" for row in header)
            if after_step and file.exists():
                with file.open("rb") as old:
                    stream.writelines(line.decode() for line in old if 0 < _step_of(line) <= after_step)
        try:
            self._lines = LineAppender(file)
        except OSError as error:
            raise disk_error(error, f"writing {file}") from error

    def add(self, row: Row) -> None:
        self._lines.append(json.dumps(row))


def _step_of(line: bytes) -> int:
    """The step of a complete line; 0 for a header and for a line that a kill has truncated."""
    try:
        record = json.loads(line)
        return int(record["step"]) if "avg_loss" in record or "val_loss" in record else 0
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return 0
