"""Memory: whether it is short, and errors about it as sentences that name the setting to change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from core.errors import LabtopError
from core.system.host import read_memory
from core.training.arguments import TrainArguments
from core.training.engine.ranks import Ranks
from core.training.estimate import ModelShape, recomputes_activations

HOST_MEMORY = ("can't allocate memory", "not enough memory", "Cannot allocate memory")
"""What torch's allocator for the CPU says in a RuntimeError."""


def recomputes_here(settings: TrainArguments, shape: ModelShape, longest: int, ranks: Ranks) -> bool:
    """Whether the activations are computed again in the backward pass, because memory is short in any of the ranks."""
    if ranks.device.type == "cuda":
        available = torch.cuda.mem_get_info(ranks.device)[0]
    else:
        available = read_memory().total // settings.nproc_per_node
    return ranks.any(recomputes_activations(shape, settings, longest, available))[0]


@contextmanager
def explain_memory(settings: TrainArguments) -> Iterator[None]:
    """Turn an allocation that failed inside the block into a LabtopError."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise memory_error(settings, "The GPU") from error
    except RuntimeError as error:
        if not any(words in str(error) for words in HOST_MEMORY):
            raise
        raise memory_error(settings, "This machine") from error


def memory_error(settings: TrainArguments, what: str) -> LabtopError:
    """The error for a training that does not fit; its hint has the settings that help, the cheapest first."""
    budget = settings.max_batch_len
    if budget > settings.max_seq_len:
        hints = [f"Lower --max-batch-len from {budget}, for example to {budget // 2}."]
    else:
        hints = [f"Lower --max-batch-len and --max-seq-len from {budget}; longer samples are left out."]
    if settings.activation_checkpointing == "off":
        hints.append("Leave out --activation-checkpointing off.")
    if settings.device == "cuda" and settings.backend in ("none", "ddp"):
        hints.append("Shard the model over GPUs: --distributed-backend fsdp with a larger --nproc-per-node.")
    elif settings.backend == "deepspeed" and not settings.deepspeed_cpu_offload_optimizer:
        hints.append("Keep the optimizer in host memory: --deepspeed-cpu-offload-optimizer.")
    elif settings.backend == "fsdp" and not settings.fsdp_cpu_offload_optimizer:
        hints.append("Keep weights and optimizer in host memory: --fsdp-cpu-offload-optimizer.")
    return LabtopError(
        f"{what} has too little memory for this training.",
        hint=" ".join([*hints, "The same command then resumes it."]),
        code="out-of-memory",
    )
