from __future__ import annotations

import pytest
import torch

from core.serving.embedded.sampling import choose_tokens, seeded_generator

pytestmark = pytest.mark.torch


def test_temperature_zero_is_greedy() -> None:
    logits = torch.tensor([[0.0, 3.0, 1.0], [5.0, 3.0, 1.0]])
    assert choose_tokens(logits, [0.0, 0.0], [1.0, 0.1], [seeded_generator(1)] * 2) == [1, 0]


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.7, 1.0), (1.0, 0.75)])
def test_frequencies_equal_the_probabilities(temperature: float, top_p: float) -> None:
    weights = [0.5, 0.3, 0.15, 0.05]
    rows = 4000
    logits = torch.tensor(weights).log().expand(rows, -1)
    chosen = choose_tokens(logits, [temperature] * rows, [top_p] * rows, [seeded_generator(3)] * rows)
    heated = [weight ** (1 / temperature) for weight in weights]
    kept = heated if top_p == 1 else [*heated[:2], 0.0, 0.0]  # 0.5 + 0.3 reach 0.75
    for token, weight in enumerate(kept):
        assert chosen.count(token) / rows == pytest.approx(weight / sum(kept), abs=0.03)


def test_row_does_not_depend_on_its_neighbours() -> None:
    logits = torch.randn(6, 50, generator=torch.Generator().manual_seed(0))
    temperatures = [0.0, 1.0, 0.5, 2.0, 1.0, 1.0]
    top_ps = [1.0, 1.0, 0.5, 0.9, 0.1, 1.0]
    together = choose_tokens(logits, temperatures, top_ps, [seeded_generator(row) for row in range(6)])
    alone = [
        choose_tokens(logits[row : row + 1], [temperatures[row]], [top_ps[row]], [seeded_generator(row)])[0]
        for row in range(6)
    ]
    assert together == alone


def test_token_without_probability_is_never_sampled() -> None:
    logits = torch.tensor([[float("-inf"), 0.0, float("-inf")]] * 200)
    chosen = choose_tokens(logits, [1.0] * 200, [1.0, 0.5] * 100, [seeded_generator(0)] * 200)
    assert set(chosen) == {1}


def test_without_a_seed_sequences_differ() -> None:
    logits = torch.zeros(1, 100_000)
    assert choose_tokens(logits, [1.0], [1.0], [seeded_generator(None)]) != choose_tokens(
        logits, [1.0], [1.0], [seeded_generator(None)]
    )
