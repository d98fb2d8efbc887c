"""labtop's evaluator of multiple choice: the log-likelihood of each choice. Only worker processes import this.

Three things make it faster than scoring each choice after its whole context, as lm-eval does, with the same results:

- The few-shot examples that all questions of a task begin with are computed once, and their keys and values reused.
- Each question is computed once for all its choices.
- Only logits that predict a choice's tokens are computed.

A model whose state after a text cannot be reused in this way (sliding windows that are too short, recurrent layers)
is scored without the first two; the first question of each task is scored both ways, and must agree.
"""

from __future__ import annotations

import copy
import inspect
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from core.evaluation.multiple_choice.tokens import TokenRequest, shared_prefix
from core.evaluation.results import Loglikelihoods

CPU_TOKENS = 4096
"""Tokens of a batch on a CPU, padding included; a tiny model is fastest with large batches."""

GPU_TOKENS = 32_768

LOGITS = 64_000_000
"""Logits that are computed at once: 256 MB."""

TOLERANCE = {torch.float32: 1e-3}
LOW_PRECISION_TOLERANCE = 0.5
"""The largest difference between a log-likelihood with and without reuse, by the model's precision."""

MIN_PREFIX = 8
"""A shorter common beginning is not worth reusing."""

Done = Callable[[dict[int, Loglikelihoods]], None]
"""Takes the log-likelihoods of a batch of questions, by their indices."""


@dataclass
class Counts:
    """Of one scorer."""

    tokens: int = 0
    """Tokens that were computed, without padding."""
    reused: int = 0
    """Tokens that were not computed again."""


class TokenScorer:
    """Scores the requests of one task after another with a loaded model."""

    def __init__(self, model: Any, *, max_length: int | None, batch_size: int | None = None) -> None:
        self._model = model
        self._max_length = max_length
        self._batch_size = batch_size
        self._reusable_length = _reusable_length(model.config)
        parameters = inspect.signature(model.forward).parameters
        self._keeps_logits = "logits_to_keep" in parameters
        self.counts = Counts()
        self.disagreed = False
        """Whether a task was scored without reuse since its results differed with it."""

    @torch.inference_mode()
    def score(self, requests: Sequence[TokenRequest], done: Done) -> None:
        """Score each request and call `done` with every batch.

        A request that does not fit into the context is cut at its beginning, as in lm-eval.
        """
        fits = [
            i for i, request in enumerate(requests) if self._max_length is None or request.longest <= self._max_length
        ]
        rest = sorted(set(range(len(requests))) - set(fits))
        # With padding, a text is as long as the longest context with the longest choice.
        longest = max((len(requests[place].context) for place in fits), default=0)
        longest += max((len(one) for place in fits for one in requests[place].continuations), default=0)
        if fits and longest <= self._reusable_length:
            shared = shared_prefix([requests[i] for i in fits])
            shared = shared if shared >= MIN_PREFIX and len(fits) > 1 else 0
            if self._agrees(requests[fits[0]], shared):
                self._score_shared(requests, fits, shared, done)
                fits = []
            else:
                self.disagreed = True
        self._score_whole(requests, [*fits, *rest], done)

    # With reuse.

    def _agrees(self, request: TokenRequest, shared: int) -> bool:
        """Whether a request's log-likelihoods are the same with and without reuse; both may be NaN."""
        found: dict[int, Loglikelihoods] = {}
        counts = copy.copy(self.counts)
        self._score_shared([request], [0], shared, found.update)
        with_reuse = found[0]
        self._score_whole([request], [0], found.update)
        self.counts = counts
        tolerance = TOLERANCE.get(self._model.dtype, LOW_PRECISION_TOLERANCE)
        return all(
            (one is None and other is None)
            or (one is not None and other is not None and abs(one - other) <= tolerance * max(1.0, abs(other) / 10))
            for one, other in zip(with_reuse, found[0], strict=True)
        )

    def _score_shared(self, requests: Sequence[TokenRequest], places: Sequence[int], shared: int, done: Done) -> None:
        prefix = DynamicCache() if not shared else self._prefix(requests[places[0]].context[:shared])
        self.counts.reused += shared * max(0, len(places) - 1)
        for batch in self._batches(requests, places, shared):
            done(dict(zip(batch, self._score_batch([requests[i] for i in batch], shared, prefix), strict=True)))

    def _prefix(self, tokens: Sequence[int]) -> Any:
        cache = DynamicCache()
        self._forward(torch.tensor([tokens], device=self._model.device), None, None, cache, 1)
        self.counts.tokens += len(tokens)
        return cache

    def _score_batch(self, requests: Sequence[TokenRequest], shared: int, prefix: Any) -> list[Loglikelihoods]:
        """The questions after the shared beginning, then the choices after the questions."""
        device = self._model.device
        tails = [request.context[shared:] for request in requests]
        cache = copy.deepcopy(prefix)
        if shared:
            cache.batch_repeat_interleave(len(requests))
        tokens, mask = _padded(tails, left=True, device=device)
        self.counts.tokens += sum(map(len, tails))
        mask = torch.cat([mask.new_ones(len(requests), shared), mask], dim=1)
        positions = (mask.cumsum(-1) - 1).clamp_(min=0)[:, shared:]
        last = self._forward(tokens, mask, positions, cache, 1)[:, -1].float().log_softmax(-1)

        rows = [(place, choice) for place, request in enumerate(requests) for choice in request.continuations]
        firsts = torch.tensor([choice[0] for _, choice in rows], device=device)
        owners = torch.tensor([place for place, _ in rows], device=device)
        scores = last[owners, firsts]
        longer = [number for number, (_, choice) in enumerate(rows) if len(choice) > 1]
        if longer:
            chosen = owners[longer]
            cache.batch_select_indices(chosen)
            choices = [rows[number][1] for number in longer]
            tokens, own = _padded([choice[:-1] for choice in choices], left=False, device=device)
            self.counts.tokens += sum(len(choice) - 1 for choice in choices)
            start = mask[chosen].sum(-1, keepdim=True)
            positions = start + torch.arange(tokens.shape[1], device=device)
            logits = self._forward(tokens, torch.cat([mask[chosen], own], dim=1), positions, cache, tokens.shape[1])
            wanted, _ = _padded([choice[1:] for choice in choices], left=False, device=device)
            following = logits.float().log_softmax(-1).gather(-1, wanted[..., None])[..., 0]
            scores[torch.tensor(longer, device=device)] += (following.masked_fill(own == 0, 0.0)).sum(-1)
        return _by_request(scores.tolist(), [len(request.continuations) for request in requests])

    def _batches(self, requests: Sequence[TokenRequest], places: Sequence[int], shared: int) -> Iterator[list[int]]:
        """Questions of about the same length, as many at a time as fit."""
        order = sorted(places, key=lambda place: len(requests[place].context))
        limit = GPU_TOKENS if self._model.device.type == "cuda" else CPU_TOKENS
        vocabulary = self._model.config.get_text_config().vocab_size
        batch: list[int] = []
        for place in order:
            request = requests[place]
            choices = len(request.continuations)
            longest = max(map(len, request.continuations))
            size = len(batch) + 1
            tail = len(request.context) - shared
            attended = size * (len(request.context) + (choices * longest if longest > 1 else 0))
            too_many = (
                size * max(tail, choices * longest) > limit
                or attended > 4 * limit
                or size * choices * max(1, longest - 1) * vocabulary > LOGITS
                or (self._batch_size is not None and size > self._batch_size)
            )
            if batch and too_many:
                yield batch
                batch = []
            batch.append(place)
        if batch:
            yield batch

    # Without reuse.

    def _score_whole(self, requests: Sequence[TokenRequest], places: Sequence[int], done: Done) -> None:
        """Each choice after its whole context; choices of one token share a row."""
        rows = [row for place in places for row in _whole_rows(place, requests[place], self._max_length)]
        limit = GPU_TOKENS if self._model.device.type == "cuda" else CPU_TOKENS
        found = {place: [0.0] * len(requests[place].continuations) for place in places}
        left = Counter(row.place for row in rows)
        batch: list[_WholeRow] = []
        for row in sorted(rows, key=lambda row: len(row.tokens)):
            full = self._batch_size is not None and len(batch) >= self._batch_size
            if batch and (full or (len(batch) + 1) * len(row.tokens) > limit):
                self._score_rows(batch, found, left, done)
                batch = []
            batch.append(row)
        if batch:
            self._score_rows(batch, found, left, done)

    def _score_rows(
        self, batch: Sequence[_WholeRow], found: dict[int, list[float]], left: Counter[int], done: Done
    ) -> None:
        """Score rows, and report the questions of which none is left."""
        tokens, mask = _padded([row.tokens for row in batch], left=False, device=self._model.device)
        self.counts.tokens += sum(len(row.tokens) for row in batch)
        columns = tokens.shape[1]
        keep = max(columns - len(row.tokens) + row.needed for row in batch)
        logits = self._forward(tokens, mask, None, None, keep)
        for row, own in zip(batch, logits, strict=True):
            end = keep - (columns - len(row.tokens))
            scores = own[end - row.needed : end].float().log_softmax(-1)
            for number, choice in row.choices:
                wanted = torch.tensor(choice, device=scores.device)
                found[row.place][number] = float(scores[-len(choice) :].gather(-1, wanted[:, None]).sum())
            left[row.place] -= 1
        complete = {row.place for row in batch if not left[row.place]}
        if complete:
            done({place: _finite(found[place]) for place in sorted(complete)})

    def _forward(self, tokens: Tensor, mask: Tensor | None, positions: Tensor | None, cache: Any, keep: int) -> Tensor:
        """The logits of the last `keep` positions."""
        kept = {"logits_to_keep": keep} if self._keeps_logits else {}
        output = self._model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=cache is not None,
            **kept,
        )
        logits: Tensor = output.logits
        return logits[:, -keep:]


@dataclass(frozen=True)
class _WholeRow:
    """The tokens of a context with a choice but its last token, and the choices that they predict."""

    place: int
    tokens: tuple[int, ...]
    choices: tuple[tuple[int, tuple[int, ...]], ...]
    """Each with its index."""

    @property
    def needed(self) -> int:
        """Last positions whose logits are needed."""
        return max(len(choice) for _, choice in self.choices)


def _whole_rows(place: int, request: TokenRequest, max_length: int | None) -> list[_WholeRow]:
    """The rows of a question, cut at their beginning where they exceed the context."""
    choices: dict[tuple[int, ...], list[tuple[int, tuple[int, ...]]]] = {}
    for number, choice in enumerate(request.continuations):
        row = (*request.context, *choice)
        cut = row if max_length is None else row[-(max_length + 1) :]
        choices.setdefault(cut[:-1], []).append((number, choice[-len(cut[:-1]) :]))
    return [_WholeRow(place, tokens, tuple(found)) for tokens, found in choices.items()]


def _padded(rows: Sequence[Sequence[int]], *, left: bool, device: Any) -> tuple[Tensor, Tensor]:
    """Rows of tokens with equal length, and the mask of those that are no padding."""
    columns = max(map(len, rows))
    tokens, mask = [], []
    for row in rows:
        padding = [0] * (columns - len(row))
        ones = [1] * len(row)
        tokens.append([*padding, *row] if left else [*row, *padding])
        mask.append([*padding, *ones] if left else [*ones, *padding])
    return torch.tensor(tokens, device=device), torch.tensor(mask, device=device)


def _by_request(scores: Sequence[float], sizes: Sequence[int]) -> list[Loglikelihoods]:
    found = []
    start = 0
    for size in sizes:
        found.append(_finite(scores[start : start + size]))
        start += size
    return found


def _finite(scores: Sequence[float]) -> Loglikelihoods:
    return tuple(score if math.isfinite(score) else None for score in scores)


def _reusable_length(config: Any) -> float:
    """The longest text in which all layers attend to all tokens before, so that keys and values can be reused."""
    text = config.get_text_config()
    window = getattr(text, "sliding_window", None) if getattr(text, "use_sliding_window", True) else None
    kinds = set(getattr(text, "layer_types", None) or ["sliding_attention" if window else "full_attention"])
    if kinds <= {"full_attention"}:
        return math.inf
    return window or 0 if kinds <= {"full_attention", "sliding_attention"} else 0
