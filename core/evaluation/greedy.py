"""Batched greedy decoding of a model in a folder. Only worker processes import this."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import torch

from core.errors import LabtopError
from core.evaluation.loading import load_model
from core.system.gpu_memory import free_gpu_memory
from core.system.threads import threads_here

BATCH = 64
"""Questions per batch."""


@dataclass(frozen=True)
class Reply:
    text: str
    """Without special tokens and surrounding white space."""
    finite: bool
    """False when the logits were NaN or infinite, so that the text is meaningless."""


def answer(
    folder: Path,
    questions: Sequence[str],
    *,
    max_tokens: int,
    batch_size: int | None = None,
    answered: Callable[[int, Reply], None] = lambda index, reply: None,
    batch_done: Callable[[], None] = lambda: None,
) -> list[Reply]:
    """The model's greedy answer to each question, of at most `max_tokens` tokens.

    A question is the user's turn in the model's chat template; a model without one gets the question and a line break.
    `answered` is called with each question's index and reply, `batch_done` after each batch. Raises LabtopError when
    the model cannot be loaded, its template rejects a question, or question and answer exceed the context.
    """
    model, tokenizer = load_model(folder)
    size = batch_size or BATCH
    torch.set_num_threads(threads_here(model.num_parameters(), size))
    try:
        prompts = [_prompt(tokenizer, question, folder) for question in questions]
        context_length = getattr(model.config, "max_position_embeddings", None)
        for question, prompt in zip(questions, prompts, strict=True):
            if context_length is not None and len(prompt) + max_tokens > context_length:
                raise LabtopError(
                    f"The context of {folder} holds {context_length:,} tokens, too few to answer {question[:80]!r}.",
                    hint="Shorten the question, or evaluate a model with a longer context.",
                )
        replies: list[Reply] = [Reply("", True)] * len(questions)
        by_length = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
        for start in range(0, len(by_length), size):
            batch = by_length[start : start + size]
            written = _continue(model, tokenizer, [prompts[index] for index in batch], max_tokens)
            for index, reply in zip(batch, written, strict=True):
                replies[index] = reply
                answered(index, reply)
            batch_done()
        return replies
    except torch.OutOfMemoryError as error:
        raise LabtopError(
            f"The GPU has not enough memory for {folder} and {size} answers at once.",
            hint="Use a smaller --batch-size, or stop other programs on the GPU (`labtop system info`).",
        ) from error
    finally:
        del model
        free_gpu_memory()


def _prompt(tokenizer: Any, question: str, folder: Path) -> list[int]:
    if tokenizer.chat_template is None:
        return list(tokenizer(f"{question}\n")["input_ids"])
    try:
        text = tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], add_generation_prompt=True, tokenize=False
        )
    except (jinja2.TemplateError, TypeError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise LabtopError(
            f"The chat template of {folder} rejects the question {question[:80]!r}: {reason.rstrip('.')}.",
            hint="Correct the template in tokenizer_config.json or chat_template.jinja; it gets a single user turn.",
        ) from error
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


@torch.inference_mode()
def _continue(model: Any, tokenizer: Any, prompts: Sequence[Sequence[int]], max_tokens: int) -> list[Reply]:
    """Greedy decoding of prompts padded on the left, until all replies have ended."""
    device = model.device
    columns = max(map(len, prompts))
    tokens = torch.tensor([[0] * (columns - len(prompt)) + list(prompt) for prompt in prompts], device=device)
    mask = torch.tensor([[0] * (columns - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=device)
    positions = (mask.cumsum(-1) - 1).clamp_(min=0)
    ends = _ends(model, tokenizer, device)
    ended = torch.zeros(len(prompts), dtype=torch.bool, device=device)
    finite = ~ended
    written: list[torch.Tensor] = []
    cache: Any = None
    # With a large vocabulary the logits of a whole batch of prompts would take gigabytes.
    last_only = {"logits_to_keep": 1} if "logits_to_keep" in inspect.signature(model.forward).parameters else {}
    for _ in range(max_tokens):
        output = model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            **last_only,
        )
        cache, logits = output.past_key_values, output.logits[:, -1]
        finite &= ended | torch.isfinite(logits.amax(-1))
        chosen = logits.argmax(-1)
        written.append(torch.where(ended, ends[0], chosen))
        ended |= torch.isin(chosen, ends)
        if bool((ended | ~finite).all()):
            break
        tokens = chosen[:, None]
        mask = torch.cat([mask, mask.new_ones(len(prompts), 1)], dim=1)
        positions = positions[:, -1:] + 1
    rows = torch.stack(written, dim=1).tolist()
    return [
        Reply(_text(tokenizer, row, set(ends.tolist())) if is_finite else "", is_finite)
        for row, is_finite in zip(rows, finite.tolist(), strict=True)
    ]


def _ends(model: Any, tokenizer: Any, device: Any) -> torch.Tensor:
    """The tokens that end an answer; -1, which no token has, if there are none."""
    listed = model.generation_config.eos_token_id
    ends = {*(listed if isinstance(listed, list) else [listed]), tokenizer.eos_token_id} - {None}
    return torch.tensor(sorted(ends) or [-1], device=device)


def _text(tokenizer: Any, row: Sequence[int], ends: set[int]) -> str:
    length = next((place for place, token in enumerate(row) if token in ends), len(row))
    return str(tokenizer.decode(row[:length], skip_special_tokens=True, clean_up_tokenization_spaces=False)).strip()
