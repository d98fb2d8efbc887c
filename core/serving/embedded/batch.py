"""A batch of sequences that a model continues together, padded on the left, and its key-value cache."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import DynamicCache

from core.serving.embedded.generator import Delta, Emit, FinishReason, GenerationRequest, ScoredToken
from core.serving.embedded.sampling import choose_tokens
from core.serving.embedded.scoring import Scorer
from core.serving.embedded.text_stream import TextStream

TRIM_COLUMNS = 64
"""Columns of padding in all rows of the cache that make it worth copying the cache without them."""


@dataclass(eq=False)
class Running:
    """A waiting or running sequence."""

    request: GenerationRequest
    emit: Emit
    text: TextStream
    generator: torch.Generator
    cancelled: bool = False
    finish: FinishReason | None = None
    produced: int = 0
    last_token: int = 0
    sent: int = 0
    """Tokens already sent to the client."""
    new_text: str = ""
    new_tokens: list[ScoredToken] = field(default_factory=list)
    prompt_tokens: list[ScoredToken] = field(default_factory=list)

    def take(self, token: int, ends: frozenset[int], scored: ScoredToken | None) -> None:
        """Append a generated token."""
        self.produced += 1
        self.last_token = token
        if scored is not None:
            self.new_tokens.append(scored)
        if token in ends:
            self.finish = "stop"
        else:
            self.new_text += self.text.push(token)
            if self.text.stopped:
                self.finish = "stop"
            elif self.produced >= self.request.max_tokens:
                self.finish = "length"
        if self.finish:
            self.new_text += self.text.finish()

    @property
    def is_active(self) -> bool:
        return self.finish is None and not self.cancelled

    def send_new(self) -> None:
        """Send the client what is new."""
        if not self.new_text and not self.new_tokens and not self.finish:
            return
        self.emit(
            Delta(
                self.new_text,
                self.produced - self.sent,
                tuple(self.new_tokens),
                tuple(self.prompt_tokens),
                self.finish,
            )
        )
        self.sent, self.new_text, self.new_tokens, self.prompt_tokens = self.produced, "", [], []


@dataclass
class Batch:
    """Rows in the order of `sequences`; `mask` [rows, columns] is 0 where a row is padded."""

    sequences: list[Running]
    mask: Tensor
    cache: DynamicCache

    def keep(self, rows: list[int]) -> Batch | None:
        """The batch of only these rows, without the columns that are padding in all of them."""
        if not rows:
            return None
        mask = self.mask[rows]
        padding = int(mask.any(0).int().argmax())
        start = padding if padding >= TRIM_COLUMNS else 0
        if start == 0 and len(rows) == len(self.sequences):
            return self
        layers = [(keys[rows, :, start:], values[rows, :, start:]) for keys, values in self.layers()]
        return Batch([self.sequences[row] for row in rows], mask[:, start:], DynamicCache(layers))

    def joined(self, other: Batch) -> Batch:
        """Both batches as one: the shorter is padded on the left."""
        columns = max(self.mask.shape[1], other.mask.shape[1])

        def widen(tensor: Tensor, dimension: int) -> Tensor:
            missing = columns - tensor.shape[dimension]
            trailing = tensor.dim() - 1 - dimension
            return functional.pad(tensor, (0, 0) * trailing + (missing, 0)) if missing else tensor

        layers = [
            (torch.cat([widen(keys, 2), widen(more_keys, 2)]), torch.cat([widen(values, 2), widen(more_values, 2)]))
            for (keys, values), (more_keys, more_values) in zip(self.layers(), other.layers(), strict=True)
        ]
        mask = torch.cat([widen(self.mask, 1), widen(other.mask, 1)])
        return Batch([*self.sequences, *other.sequences], mask, DynamicCache(layers))

    def layers(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Keys and values [rows, heads, columns, head width] of each layer."""
        for layer in self.cache.layers:
            yield layer.keys, layer.values


class BatchRunner:
    """Runs a model over batches. Belongs to one thread."""

    def __init__(self, model: Any, ends: frozenset[int], token_text: Callable[[int], str]) -> None:
        self._model = model
        self._ends = ends
        self._scorer = Scorer(token_text)
        self._can_skip_logits = "logits_to_keep" in inspect.signature(model.forward).parameters

    @torch.inference_mode()
    def start(self, sequences: list[Running]) -> Batch | None:
        """Read the prompts of new sequences and generate their first tokens; returns the batch to continue."""
        lengths = [len(running.request.prompt.tokens) for running in sequences]
        columns = max(lengths)
        tokens = torch.zeros(len(sequences), columns, dtype=torch.long)
        mask = torch.zeros(len(sequences), columns, dtype=torch.long)
        for row, running in enumerate(sequences):
            tokens[row, columns - lengths[row] :] = torch.tensor(running.request.prompt.tokens)
            mask[row, columns - lengths[row] :] = 1
        scoring = any(running.request.score_prompt for running in sequences)
        continues = any(running.request.max_tokens > 1 for running in sequences)
        cache = DynamicCache() if continues else None
        output = self._model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=(mask.cumsum(-1) - 1).clamp_(min=0),
            past_key_values=cache,
            use_cache=continues,
            **({"logits_to_keep": 0 if scoring else 1} if self._can_skip_logits else {}),
        )
        for row, running in enumerate(sequences):
            if running.request.score_prompt:
                logits = output.logits[row, columns - lengths[row] :]
                running.prompt_tokens = self._scorer.prompt(
                    running.request.prompt.tokens, logits, running.request.top_logprobs or 0
                )
            if running.request.max_tokens == 0:
                running.finish = "length"
        self._extend([running for running in sequences if not running.finish], self._last(output.logits, sequences))
        if cache is None:
            return None
        return Batch(sequences, mask, cache).keep([row for row, running in enumerate(sequences) if not running.finish])

    @torch.inference_mode()
    def step(self, batch: Batch) -> Batch:
        """Generate the next token of each sequence; returns the same batch."""
        mask = torch.cat([batch.mask, batch.mask.new_ones(len(batch.sequences), 1)], dim=1)
        output = self._model(
            input_ids=torch.tensor([[running.last_token] for running in batch.sequences]),
            attention_mask=mask,
            position_ids=mask.sum(-1, keepdim=True) - 1,
            past_key_values=batch.cache,
            use_cache=True,
        )
        batch.mask = mask
        self._extend(batch.sequences, output.logits[:, -1].float())
        return batch

    @staticmethod
    def _last(logits: Tensor, sequences: Sequence[Running]) -> Tensor:
        """The logits after the prompts of the sequences that need a token."""
        return logits[[row for row, running in enumerate(sequences) if not running.finish], -1].float()

    def _extend(self, sequences: list[Running], logits: Tensor) -> None:
        if not sequences:
            return
        requests = [running.request for running in sequences]
        chosen = choose_tokens(
            logits,
            [request.temperature for request in requests],
            [request.top_p for request in requests],
            [running.generator for running in sequences],
        )
        for running, token, row in zip(sequences, chosen, logits, strict=True):
            top = running.request.top_logprobs
            scored = None if top is None else self._scorer.tokens([token], row[None], top)[0]
            running.take(token, self._ends, scored)
