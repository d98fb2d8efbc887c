"""Attention of packed samples on a processor: torch's kernel for each sample, without a mask and without padding.

Measured on one core with the quickstart's student, 16 samples of 63 tokens a step: 111 ms, and 135 ms with padding.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

NAME = "varlen_sdpa"
"""The name under which transformers knows it."""


def register() -> None:
    """Make it known to transformers, as a kernel that needs no mask."""
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, varlen_sdpa)


def varlen_sdpa(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    scaling: float | None = None,
    dropout: float = 0.0,
    cu_seq_lens_q: torch.Tensor | None = None,
    sliding_window: int | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Causal attention inside each sample of a packed row, or inside each row; in transformers' form.

    Queries, keys and values are [rows, heads, tokens, head dimension]. Raises NotImplementedError for what models add
    to that.
    """
    added = attention_mask is not None or any(options.get(name) is not None for name in ("softcap", "s_aux"))
    if added or not options.get("is_causal", getattr(module, "is_causal", True)):
        raise NotImplementedError("its attention is more than causal")
    lengths = [query.shape[2]] if cu_seq_lens_q is None else cu_seq_lens_q.diff().tolist()
    parts = [
        functional.scaled_dot_product_attention(
            queries,
            keys,
            values,
            attn_mask=_window(queries.shape[2], sliding_window),
            dropout_p=dropout,
            is_causal=sliding_window is None or queries.shape[2] <= sliding_window,
            scale=scaling,
            enable_gqa=query.shape[1] != key.shape[1],
        )
        for queries, keys, values in zip(
            *(torch.split(tensor, lengths, 2) for tensor in (query, key, value)), strict=True
        )
    ]
    return torch.cat(parts, 2).transpose(1, 2).contiguous(), None


def _window(length: int, window: int | None) -> torch.Tensor | None:
    """The mask of a sample that is longer than the layer's sliding window; None if it is not."""
    if window is None or length <= window:
        return None
    return torch.ones(length, length, dtype=torch.bool).tril().triu(1 - window)
