"""Loading a model's folder for the server, with every check that must not wait for the first request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from core.errors import LabtopError
from core.models.weights import ModelSize, model_size
from core.serving.embedded.templates import check_template
from core.serving.embedded.transformers_generator import TransformersGenerator
from core.system.processor import has_native_bfloat16, processor_flags
from core.system.threads import TINY_MODEL, threads_here

COPY_AGAIN = "Download or copy the model again; it must be a causal language model in the Hugging Face layout."


def load(
    path: Path, threads: int | None, context_tokens: int | None = None, chat_template: Path | None = None
) -> TransformersGenerator:
    """The generator of a checked model folder. Raises LabtopError when the model or its chat template is unusable.

    By default the number of threads is chosen for a single stream, the case with the longest latency.
    `context_tokens` lowers the model's context length; `chat_template` is a file in place of the model's own template.
    """
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    size = model_size(path)
    part = "tokenizer"
    try:
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
        part = "model"
        if chat_template is not None:
            tokenizer.chat_template = chat_template.read_text(encoding="utf-8")
        check_template(tokenizer, chat_template or path)
        model, found = AutoModelForCausalLM.from_pretrained(
            path, local_files_only=True, dtype=computing_type(size, processor_flags()), output_loading_info=True
        )
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError) as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise LabtopError(
            f"The {part} in {path} could not be loaded: {reason.rstrip('.')}.", hint=COPY_AGAIN
        ) from error
    missing = sorted(found["missing_keys"])
    if missing:  # transformers replaces them by random numbers
        raise LabtopError(
            f"The weights in {path} are incomplete: {len(missing)} of the model's tensors are missing, such as "
            f"{missing[0]}.",
            hint=COPY_AGAIN,
        )
    torch.set_num_threads(threads or threads_here(model.num_parameters(), 1))
    _check_output(model.eval(), path)
    return TransformersGenerator(model, tokenizer, context_tokens)


def computing_type(size: ModelSize | None, flags: str) -> torch.dtype:
    """The precision to compute in: bfloat16 for weights stored so on a processor with it (`flags`), else float32.

    Measured with AVX512-BF16, float32's time to bfloat16's, for a prompt of 1,000 tokens and for one new token: 1.6 and
    0.5 with 1 M parameters, 1.7 and 1.1 with 5 M, 1.9 and 1.15 with 15 M, 2.6 and 1.4 with 90 M. So tiny models compute
    in float32, and their replies do not depend on what else is in the batch.
    """
    native = size and size.data_type == "BF16" and has_native_bfloat16(flags)
    return torch.bfloat16 if size and native and size.parameters >= TINY_MODEL else torch.float32


def _check_output(model: Any, path: Path) -> None:
    """Run the model on one token, which also allocates what its first request would wait for."""
    try:
        with torch.inference_mode():
            logits = model(input_ids=torch.zeros(1, 1, dtype=torch.long), use_cache=False).logits
    except (ValueError, KeyError, TypeError, RuntimeError, IndexError, AttributeError) as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise LabtopError(f"The model in {path} could not be run: {reason.rstrip('.')}.", hint=COPY_AGAIN) from error
    if not logits.isfinite().all():
        raise LabtopError(
            f"The model in {path} computes NaN or infinite values: its weights are damaged, or its training diverged.",
            hint="Copy the model again, or use another checkpoint.",
        )
