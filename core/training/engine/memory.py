"""Memory: whether it is short; and failures as sentences that name the setting to change."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from core.known_failures import find_failure
from core.system.host import read_memory
from core.training.arguments import TrainArguments
from core.training.engine.ranks import Ranks
from core.training.estimate import ModelShape, recomputes_activations
from core.training.failures import FAILURES, memory_error

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
def explain_failures(settings: TrainArguments) -> Iterator[None]:
    """Turn a failed allocation, GPU or connection inside the block into a LabtopError."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise memory_error(settings, "The GPU") from error
    except RuntimeError as error:
        if any(words in str(error) for words in HOST_MEMORY):
            raise memory_error(settings, "This machine") from error
        found = find_failure(str(error), FAILURES)
        if found is None:
            raise
        traceback.print_exc()  # to the log
        raise found from error
