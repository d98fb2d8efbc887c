"""Log-probabilities of tokens from a model's logits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from core.serving.embedded.generator import ScoredToken

ROWS_AT_ONCE = 256
"""Positions whose log-probabilities are computed together: with 50,000 tokens a block takes 50 MB."""


class Scorer:
    """Computes the log-probability of each token, and those of the most likely ones at its position."""

    def __init__(self, token_text: Callable[[int], str]) -> None:
        self._token_text = token_text

    def prompt(self, tokens: Sequence[int], logits: Tensor, top: int) -> list[ScoredToken]:
        """Scores of a prompt; row i of `logits` [tokens, vocabulary] predicts token i + 1, so the first has none."""
        return [ScoredToken(self._token_text(tokens[0]), None), *self.tokens(tokens[1:], logits[:-1], top)]

    def tokens(self, tokens: Sequence[int], logits: Tensor, top: int) -> list[ScoredToken]:
        """Scores of tokens, each predicted by its row of `logits` [tokens, vocabulary]."""
        scored = []
        for start in range(0, len(tokens), ROWS_AT_ONCE):
            block = tokens[start : start + ROWS_AT_ONCE]
            scores = logits[start : start + ROWS_AT_ONCE].float().log_softmax(-1)
            own = scores.gather(-1, torch.tensor(block)[:, None])[:, 0].tolist()
            best = scores.topk(min(top, scores.shape[-1]), dim=-1)
            places = zip(block, own, best.indices.tolist(), best.values.tolist(), strict=True)
            for token, logprob, indices, values in places:
                top_tokens = dict(zip(indices, values, strict=True))
                if top:
                    top_tokens.setdefault(token, logprob)
                scored.append(ScoredToken(self._token_text(token), logprob, self._named(top_tokens)))
        return scored

    def _named(self, top_tokens: dict[int, float]) -> tuple[tuple[str, float], ...]:
        """By text instead of id, the most likely first; of tokens with the same text only the most likely."""
        named: dict[str, float] = {}
        for token, logprob in sorted(top_tokens.items(), key=lambda item: -item[1]):
            named.setdefault(self._token_text(token), logprob)
        return tuple(named.items())
