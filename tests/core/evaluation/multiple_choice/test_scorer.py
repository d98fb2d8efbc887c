"""Log-likelihoods with and without reuse, on random models of several families."""

from __future__ import annotations

import random
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from transformers import (  # noqa: E402
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    GraniteConfig,
    GraniteForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from core.evaluation.multiple_choice.scorer import TokenScorer  # noqa: E402
from core.evaluation.multiple_choice.tokens import TokenRequest  # noqa: E402
from core.evaluation.results import Loglikelihoods  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.torch]

SHAPE = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "initializer_range": 0.4,
}

FAMILIES: dict[str, tuple[Any, Any, bool]] = {
    "granite": (GraniteForCausalLM, GraniteConfig(**SHAPE, logits_scaling=3.0, embedding_multiplier=2.0), True),
    "qwen": (Qwen3ForCausalLM, Qwen3Config(**SHAPE, head_dim=8), True),
    "mistral": (MistralForCausalLM, MistralConfig(**SHAPE, sliding_window=None), True),
    "mistral with a window": (MistralForCausalLM, MistralConfig(**SHAPE, sliding_window=16), False),
    "mistral with a long window": (MistralForCausalLM, MistralConfig(**SHAPE, sliding_window=127), True),
    "gemma": (Gemma3ForCausalLM, Gemma3TextConfig(**SHAPE, head_dim=8, sliding_window=16), False),
    "gpt2": (
        GPT2LMHeadModel,
        GPT2Config(vocab_size=97, n_embd=32, n_layer=2, n_head=4, n_positions=128, initializer_range=0.4),
        True,
    ),
}


def requests(shared: int = 30) -> list[TokenRequest]:
    """Questions after shared examples; of single tokens, of several, and one that is too long."""
    draw = random.Random(4)

    def tokens(count: int) -> tuple[int, ...]:
        return tuple(draw.randrange(97) for _ in range(count))

    start = tokens(shared)
    made = [
        TokenRequest((*start, *tokens(draw.randrange(3, 25))), tuple(tokens(length) for length in lengths))
        for lengths in [(1, 1, 1, 1)] * 5 + [(1, 4, 2, 7)] * 5 + [(3, 3)] * 2
    ]
    return [*made, TokenRequest((*start, *tokens(120)), (tokens(2), tokens(5)))]


def by_hand(model: Any, request: TokenRequest, limit: int = 128) -> list[float]:
    found = []
    for choice in request.continuations:
        row = (*request.context, *choice)[-(limit + 1) :]
        with torch.no_grad():
            logits = model(torch.tensor([row[:-1]])).logits[0].float().log_softmax(-1)
        wanted = torch.tensor(row[-len(choice) :])
        found.append(float(logits[-len(choice) :].gather(-1, wanted[:, None]).sum()))
    return found


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("batch_size", [None, 1, 3])
def test_log_likelihoods_equal_those_of_whole_texts(family: str, batch_size: int | None) -> None:
    kind, config, reuses = FAMILIES[family]
    torch.manual_seed(3)
    model = kind(config).eval()
    asked = requests()
    found: dict[int, Loglikelihoods] = {}
    scorer = TokenScorer(model, max_length=128, batch_size=batch_size)
    scorer.score(asked, found.update)
    for place, request in enumerate(asked):
        assert found[place] == pytest.approx(by_hand(model, request), abs=1e-4)
    assert not scorer.disagreed
    assert (scorer.counts.reused > 0) == reuses


def test_questions_without_a_common_beginning_are_scored() -> None:
    kind, config, _ = FAMILIES["qwen"]
    model = kind(config).eval()
    asked = requests(shared=0)
    found: dict[int, Loglikelihoods] = {}
    TokenScorer(model, max_length=None).score(asked[:4], found.update)
    assert [list(found[place]) for place in range(4)] == [
        pytest.approx(by_hand(model, request), abs=1e-4) for request in asked[:4]
    ]


def test_a_diverged_model_gives_no_numbers() -> None:
    kind, config, _ = FAMILIES["qwen"]
    model = kind(config).eval()
    model.lm_head.weight.data.fill_(float("nan"))
    found: dict[int, Loglikelihoods] = {}
    TokenScorer(model, max_length=128).score(requests()[:6], found.update)
    assert all(value is None for row in found.values() for value in row)
