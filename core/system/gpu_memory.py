"""Freeing the GPU memory that PyTorch keeps after a model was used. Only worker processes import this."""

from __future__ import annotations

import gc

import torch


def free_gpu_memory() -> None:
    """Return the memory of deleted models and tensors to the GPU; the caller deletes its own references first."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
