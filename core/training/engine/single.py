"""One process, and what the back ends of torch have in common."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch
from torch.distributed.checkpoint import state_dict_loader, state_dict_saver
from torch.distributed.checkpoint.staging import DefaultStager, StagingOptions
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.distributed.tensor import DTensor

from core.training.engine.backend import WriteSnapshot
from core.training.engine.batches import Batch
from core.training.engine.model import LossModule
from core.training.engine.optimizer import CLIP_NORM, OptimizerSettings
from core.training.engine.ranks import Ranks

STATE_BYTES = 12
"""Of a trained value: itself and AdamW's two moments, in float32."""


class SingleBackend:
    """One process on the CPU or on one GPU, without communication."""

    state_format = "torch"

    def __init__(self, ranks: Ranks) -> None:
        self.ranks = ranks

    def prepare(self, module: LossModule, settings: OptimizerSettings) -> None:
        self.inner = module
        self.module: Any = self._spread(module)
        self.parameters = [parameter for parameter in self.inner.parameters() if parameter.requires_grad]
        self.optimizer = settings.optimizer(self.parameters)

    def _spread(self, module: LossModule) -> torch.nn.Module:
        """The module to call, with its weights on the device."""
        cast_weights(module, module.autocast or torch.float32)
        return module.to(self.ranks.device)

    def backward(self, batch: Batch, weight: float, *, last_micro_batch: bool) -> torch.Tensor:
        self._synchronize(last_micro_batch)
        batch = batch.to(self.ranks.device)
        loss: torch.Tensor = self.module(*batch.arguments) * weight
        torch.autograd.backward(loss)
        return loss.detach()

    @torch.no_grad()
    def evaluate(self, batch: Batch, weight: float) -> torch.Tensor:
        batch = batch.to(self.ranks.device)
        self.inner.eval()
        try:
            loss: torch.Tensor = self.inner(*batch.arguments) * weight
        finally:
            self.inner.train()
        return loss

    def _synchronize(self, last_micro_batch: bool) -> None:
        """Prepare for a pass: gradients need to be averaged over the ranks only after the last one of a step."""

    def clip_and_step(self, learning_rate: float) -> torch.Tensor:
        norm = self._norm()
        if self.ranks.device.type == "cpu" and not torch.isfinite(norm):
            self.optimizer.zero_grad(set_to_none=True)
            return norm
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return norm

    def _norm(self) -> torch.Tensor:
        return torch.nn.utils.clip_grad_norm_(self.parameters, CLIP_NORM)

    def copy_bytes(self) -> int | None:
        values = sum((each.to_local() if isinstance(each, DTensor) else each).numel() for each in self.parameters)
        return STATE_BYTES * values

    def snapshot(self, *, copy: bool) -> WriteSnapshot:
        _expect_one_process()
        state: Any = self._state()
        if copy:
            state = DefaultStager(StagingOptions(False, False, False, False)).stage(state)

        def write(folder: Path, ranks: Ranks) -> None:
            state_dict_saver.save(state, checkpoint_id=folder, process_group=ranks.group, no_dist=not ranks.grouped)

        return write

    def load_state(self, folder: Path) -> None:
        _expect_one_process()
        state = self._state()
        state_dict_loader.load(state, checkpoint_id=folder, no_dist=not self.ranks.grouped)
        set_model_state_dict(self.inner, state["model"], options=StateDictOptions(strict=False))
        set_optimizer_state_dict(self.inner, self.optimizer, state["optimizer"])

    def _state(self) -> dict[str, Any]:
        """Weights and optimizer by the names of the weights, for any world size; without frozen weights."""
        frozen = {name for name, each in self.inner.named_parameters(remove_duplicate=False) if not each.requires_grad}
        weights = get_model_state_dict(self.inner)
        return {
            "model": {name: tensor for name, tensor in weights.items() if name not in frozen},
            "optimizer": get_optimizer_state_dict(self.inner, self.optimizer),
        }

    def export(self) -> dict[str, torch.Tensor]:
        whole = StateDictOptions(full_state_dict=True, cpu_offload=self.ranks.device.type != "cpu")
        return model_tensors(get_model_state_dict(self.inner, options=whole), self.inner)


def cast_weights(module: torch.nn.Module, frozen: torch.dtype) -> None:
    """Cast the weights that are trained to float32, and others to the precision that is computed in."""
    for parameter in module.parameters():
        if parameter.is_floating_point():
            parameter.data = parameter.data.to(torch.float32 if parameter.requires_grad else frozen)


def _expect_one_process() -> None:
    """Switch torch's warning off that there is only one process, for good: its filters are not safe for threads."""
    warnings.filterwarnings("ignore", "torch.distributed is disabled", UserWarning)


def model_tensors(state: dict[str, Any], module: LossModule) -> dict[str, torch.Tensor]:
    """The tensors of the model in a module's whole state, under the model's names; tied ones are the same tensor."""
    tensors = {name.removeprefix("model."): tensor for name, tensor in state.items()}
    tied = {name: tensors[first] for name, first in module.tied.items() if name in tensors and first in tensors}
    return tensors | tied
