"""The module that a back end spreads over ranks: a causal language model with its loss."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from core.training.engine import varlen

CHUNK_LOGITS = 1 << 24
"""The most logits computed at once: 64 MB in float32. Beyond, they are computed again in the backward pass."""

TAKES_BORDERS = ("flash_attention_2", varlen.NAME)
"""Implementations of attention that take the samples' borders; without them each layer would wait for the device to
read them from the position ids."""

CHECK_TOKENS = 4
"""How many tokens the output layer is compared on."""


class LossModule(torch.nn.Module):
    """A model of transformers whose forward pass returns the sum of the losses.

    The loss is computed inside, so that sharded weights are whole where they are used. The output layer sees only the
    positions of loss tokens, in chunks: neither its time nor its memory depends on the other tokens.
    """

    def __init__(self, model: Any, *, autocast: torch.dtype | None = None, chunk_logits: int = CHUNK_LOGITS) -> None:
        super().__init__()
        self.model = model
        self.autocast = autocast
        """The precision to compute in with the weights as they are; None computes in theirs."""
        self.vocabulary = int(model.get_output_embeddings().weight.shape[0])
        self.chunk = max(1, chunk_logits // self.vocabulary)
        config = model.config.get_text_config()
        self.divisor = float(getattr(config, "logits_scaling", None) or 1.0)
        self.factor = float(getattr(config, "logit_scale", None) or 1.0)
        self.soft_cap = getattr(config, "final_logit_softcapping", None)
        self.tied = tied_names(model)
        self._selected: torch.Tensor | None = None
        self.is_chunked = self._head_is_known()
        self.fused_loss: Any = None
        """Computes the loss from the output layer's weight, hidden states and targets, instead of the chunks here."""
        if not self.is_chunked:
            model.get_output_embeddings().register_forward_pre_hook(self._select)

    @property
    def can_fuse(self) -> bool:
        """Whether the loss can be computed from the output layer's weight alone, and hidden states scaled before."""
        return self.is_chunked and getattr(self.model.get_output_embeddings(), "bias", None) is None

    def chunks(self, num_loss_tokens: int) -> int:
        """The number of pieces in which the loss of so many tokens is computed."""
        return -(-num_loss_tokens // self.chunk) if self.is_chunked else 1

    def forward(
        self,
        ids: torch.Tensor,
        positions: torch.Tensor,
        targets: torch.Tensor,
        chunks: int = 1,
        position_ids: torch.Tensor | None = None,
        borders: torch.Tensor | None = None,
        longest: int = 0,
    ) -> torch.Tensor:
        """The sum of the cross-entropies of `targets` at the flat `positions` of `ids`, in float32.

        The last three are for packed rows (see `Packed`). A row must get neither an attention mask nor a cache: with
        one of them transformers does not keep the samples apart.
        """
        inputs: dict[str, Any] = {"input_ids": ids, "use_cache": False}
        if position_ids is not None:
            inputs["position_ids"] = position_ids
            if self.model.config._attn_implementation in TAKES_BORDERS:
                inputs |= {"cu_seq_lens_q": borders, "cu_seq_lens_k": borders}
                inputs |= {"max_length_q": longest, "max_length_k": longest}
        casting = torch.autocast(ids.device.type, dtype=self.autocast) if self.autocast else nullcontext()
        with casting:
            if not self.is_chunked:
                self._selected = positions
                logits = self.model(**inputs).logits[0]
                return functional.cross_entropy(logits.float(), targets, reduction="sum")
            hidden = self.model.base_model(**inputs).last_hidden_state
            hidden = hidden.reshape(-1, hidden.shape[-1]).index_select(0, positions)
            if self.fused_loss is not None:
                return self._fused(hidden, targets)
            if chunks == 1:
                return self._loss(hidden, targets)
            losses = [
                checkpoint(self._loss, part, words, use_reentrant=False)
                for part, words in zip(hidden.tensor_split(chunks), targets.tensor_split(chunks), strict=True)
            ]
            return torch.stack(losses).sum()

    def _loss(self, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(self._logits(hidden).float(), targets, reduction="sum")

    def _fused(self, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        weight = self.model.get_output_embeddings().weight
        precision = self.autocast or weight.dtype
        loss: torch.Tensor = self.fused_loss(
            weight.to(precision), (hidden * (self.factor / self.divisor)).to(precision), targets
        )
        return loss

    def _logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """The output layer with what some models do after it: Granite divides, Cohere multiplies, Gemma caps."""
        logits: torch.Tensor = self.model.get_output_embeddings()(hidden)
        if self.divisor != 1.0:
            logits = logits / self.divisor
        if self.factor != 1.0:
            logits = logits * self.factor
        if self.soft_cap is not None:
            logits = torch.tanh(logits / self.soft_cap) * self.soft_cap
        return logits

    @torch.no_grad()
    def _head_is_known(self) -> bool:
        """Whether `_logits` gives what the model itself does; otherwise its own forward pass is used, in one piece."""
        training = self.model.training
        self.model.eval()
        try:
            here = self.model.get_output_embeddings().weight.device
            ids = torch.arange(CHECK_TOKENS, device=here).remainder(self.vocabulary).unsqueeze(0)
            expected = self.model(input_ids=ids, use_cache=False).logits
            hidden = self.model.base_model(input_ids=ids, use_cache=False).last_hidden_state
            return torch.allclose(self._logits(hidden), expected, rtol=1e-4, atol=1e-4, equal_nan=True)
        finally:
            self.model.train(training)

    def _select(self, _head: torch.nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        if self._selected is None:
            return arguments
        hidden = arguments[0]
        chosen = hidden.reshape(-1, hidden.shape[-1]).index_select(0, self._selected)
        return (chosen.unsqueeze(0), *arguments[1:])


def tied_names(model: torch.nn.Module) -> dict[str, str]:
    """The names of weights that are the same as an earlier one, with that one's name."""
    first: dict[int, str] = {}
    tied = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        known = first.setdefault(id(parameter), name)
        if known != name:
            tied[name] = known
    return tied
