"""Liger's loss against the chunked one: on a GPU, or on a processor with TRITON_INTERPRET=1."""

from __future__ import annotations

import copy
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

from core.training.arguments import TrainArguments
from core.training.engine.liger import enable_liger, switch_to_liger
from core.training.engine.model import LossModule
from core.training.engine.optimizer import OptimizerSettings
from core.training.engine.ranks import Ranks
from core.training.engine.single import SingleBackend
from core.training.engine.trainer import Trainer
from tests.core.training.conftest import EventRecorder
from tests.core.training.engine.test_model import MODELS

pytestmark = [pytest.mark.slow, pytest.mark.torch]

runs_liger = pytest.mark.skipif(
    find_spec("liger_kernel") is None or not (torch.cuda.is_available() or os.environ.get("TRITON_INTERPRET") == "1"),
    reason="needs the package liger-kernel and a GPU",
)


def trainer_of(model: Any) -> Trainer:
    ranks = Ranks.alone("cuda" if torch.cuda.is_available() else "cpu")
    return Trainer(SingleBackend(ranks), LossModule(model), (), OptimizerSettings(1e-3, 10))


def scaled(weight: torch.Tensor, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """What a fused loss computes, with logits."""
    return functional.cross_entropy(hidden @ weight.T, targets, reduction="sum")


@pytest.mark.parametrize("name", ["llama", "cohere"])
def test_fused_loss_gets_scaled_hidden_states(name: str) -> None:
    torch.manual_seed(3)
    module = LossModule(MODELS[name]().eval())
    ids = torch.randint(1, 50, (2, 9))
    positions = torch.tensor([0, 1, 4, 7, 9, 12])
    expected = module(ids, positions, ids.flatten()[positions + 1])
    assert module.can_fuse
    module.fused_loss = scaled
    assert module(ids, positions, ids.flatten()[positions + 1]).item() == pytest.approx(expected.item(), rel=1e-5)


def test_model_with_an_unknown_output_layer_is_not_fused() -> None:
    assert not LossModule(MODELS["halved"]()).can_fuse
    assert "not known" in (switch_to_liger(trainer_of(MODELS["halved"]()), layers=False, bfloat16=False) or "")


def test_processor_uses_chunks() -> None:
    trainer = trainer_of(MODELS["llama"]())
    trainer.ranks = Ranks.alone()
    arguments = TrainArguments(model_path=Path("m"), data_path=(Path("d"),), ckpt_output_dir=Path("o"))
    recorder = EventRecorder()
    enable_liger(arguments, trainer, recorder.reporter, bfloat16=False)
    assert trainer.module.fused_loss is None
    assert recorder.notes == ""


@runs_liger
@pytest.mark.parametrize("layers", [False, True])
@pytest.mark.parametrize("name", ["llama", "gemma", "cohere"])
def test_liger_equals_the_chunked_loss(name: str, layers: bool) -> None:
    if not torch.cuda.is_available() and (layers or name == "gemma"):
        pytest.skip("Triton's interpreter does not have the functions rsqrt and tanh")
    torch.manual_seed(3)
    trainer = trainer_of(MODELS[name]())
    device = trainer.ranks.device
    plain = LossModule(copy.deepcopy(trainer.model))
    problem = switch_to_liger(trainer, layers=layers, bfloat16=False)
    assert problem is None
    ids = torch.randint(1, 50, (2, 9), device=device)
    positions = torch.tensor([0, 1, 4, 7, 9, 12], device=device)
    losses, gradients = [], []
    for module in (plain, trainer.module):
        loss = module(ids, positions, ids.flatten()[positions + 1])
        torch.autograd.backward(loss)
        losses.append(loss.item())
        gradients.append([parameter.grad for parameter in module.parameters()])
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)
