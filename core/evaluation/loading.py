# ruff: noqa: E402
"""Loading a model and its tokenizer for an evaluation. Only worker processes import this."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

# transformers imports scikit-learn if installed, for a decoding method not used here: over a second.
sys.modules.setdefault("sklearn", None)  # type: ignore[arg-type]

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from core.errors import LabtopError


def load_model(folder: Path) -> tuple[Any, Any]:
    """The model, on the GPU if there is one, and its tokenizer. Raises LabtopError when they cannot be loaded."""
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    cuda = torch.cuda.is_available()
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(
            # CPUs compute 16-bit floats slowly and with other results than GPUs.
            folder,
            local_files_only=True,
            dtype="auto" if cuda else torch.float32,
        )
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError, SafetensorError) as error:
        raise LabtopError(
            f"The model {folder} cannot be loaded: {load_reason(error)}.",
            hint="The folder needs a config.json, safetensors weights and a tokenizer that belong together.",
        ) from error
    return model.to("cuda" if cuda else "cpu").eval(), tokenizer


def load_reason(error: Exception) -> str:
    """Why a model cannot be loaded, in one line."""
    return (str(error).strip().partition("\n")[0] or type(error).__name__).rstrip(".")
