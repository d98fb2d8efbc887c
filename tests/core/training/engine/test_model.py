"""The loss of models whose output layers differ, in one piece and in several."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional
from transformers import CohereConfig, CohereForCausalLM, Gemma2Config, Gemma2ForCausalLM, LlamaConfig, LlamaForCausalLM

from core.training.engine.model import LossModule

pytestmark = [pytest.mark.slow, pytest.mark.torch]

SHAPE: dict[str, Any] = {
    "vocab_size": 50,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "pad_token_id": 0,
}


class HalvedLlama(LlamaForCausalLM):  # type: ignore[misc]
    """A model that changes its logits in a way that no setting describes."""

    def forward(self, *arguments: Any, **options: Any) -> Any:
        output = super().forward(*arguments, **options)
        output.logits = output.logits * 0.5
        return output


MODELS: dict[str, Any] = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SHAPE)),
    "gemma": lambda: Gemma2ForCausalLM(Gemma2Config(**SHAPE, final_logit_softcapping=0.05)),
    "cohere": lambda: CohereForCausalLM(CohereConfig(**SHAPE, logit_scale=0.25)),
    "halved": lambda: HalvedLlama(LlamaConfig(**SHAPE)),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("chunk_logits", [1 << 24, 150])
def test_loss_and_gradients_are_those_of_the_model(name: str, chunk_logits: int) -> None:
    torch.manual_seed(3)
    model = MODELS[name]().eval()
    ids = torch.randint(1, 50, (2, 9))
    positions = torch.tensor([0, 1, 4, 7, 9, 12, 13])
    targets = ids.flatten()[positions + 1]
    logits = model(input_ids=ids).logits.reshape(-1, 50)[positions]
    expected = functional.cross_entropy(logits, targets, reduction="sum")
    torch.autograd.backward(expected)
    gradients = {key: value.grad.clone() for key, value in model.named_parameters()}
    model.zero_grad()
    module = LossModule(model, chunk_logits=chunk_logits)
    assert module.is_chunked == (name != "halved")
    assert module.chunks(7) == (3 if chunk_logits == 150 and name != "halved" else 1)
    loss = module(ids, positions, targets, module.chunks(7))
    torch.autograd.backward(loss)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    for key, value in model.named_parameters():
        torch.testing.assert_close(value.grad, gradients[key], rtol=1e-4, atol=1e-6)
