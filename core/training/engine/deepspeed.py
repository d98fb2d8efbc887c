"""DeepSpeed: ZeRO-2 shards gradients and optimizer, ZeRO-3 the weights, too; the optimizer can be in host memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

import torch

from core.training.engine.backend import WriteSnapshot
from core.training.engine.batches import Batch
from core.training.engine.compiled import remove_stale_locks
from core.training.engine.model import LossModule
from core.training.engine.optimizer import CLIP_NORM, OptimizerSettings
from core.training.engine.ranks import Ranks
from core.training.engine.single import model_tensors
from core.training.engine.universal import saved_ranks, universal_copy
from core.training.estimate import BUCKET_VALUES
from core.training.launch import path_with_programs

TAG = "deepspeed"
"""The folder of DeepSpeed's files in a state."""


class DeepSpeedBackend:
    """A model in a DeepSpeed engine.

    For DeepSpeed each micro-batch is a step of its own (`gradient_accumulation_steps` is 1), so that it does not divide
    by their number, which differs from step to step; the end of a step is set by hand.
    """

    def __init__(
        self,
        ranks: Ranks,
        *,
        stage: Literal[2, 3] = 2,
        bfloat16: bool = False,
        offload_optimizer: bool = False,
        offload_ratio: float = 1.0,
        pin_memory: bool = False,
    ) -> None:
        self.ranks = ranks
        self.stage = stage
        self.bfloat16 = bfloat16
        self.offload: dict[str, Any] | None = None
        if offload_optimizer:
            self.offload = {"device": "cpu", "pin_memory": pin_memory}
            if stage == 3:
                self.offload["ratio"] = offload_ratio

    @property
    def state_format(self) -> str:
        return f"deepspeed-{self.stage}"

    def prepare(self, module: LossModule, settings: OptimizerSettings) -> None:
        if self.ranks.device.type == "cpu":
            os.environ["DS_ACCELERATOR"] = "cpu"
        os.environ["PATH"] = path_with_programs()  # for ninja, which compiles DeepSpeed's modules
        if os.environ.get("LOCAL_RANK", "0") == "0":
            remove_stale_locks()
        self.ranks.wait()  # no rank compiles while another one removes locks
        import deepspeed

        deepspeed.init_distributed(
            dist_backend="nccl" if self.ranks.device.type == "cuda" else "gloo",
            auto_mpi_discovery=False,
            verbose=False,
        )
        self.inner = module
        parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
        self.engine, *_ = deepspeed.initialize(
            model=module,
            optimizer=self._optimizer(parameters, settings),
            config=self._config(sum(parameter.numel() for parameter in parameters)),
        )

    def _optimizer(self, parameters: list[torch.nn.Parameter], settings: OptimizerSettings) -> Any:
        if self.offload is None or settings.algorithm != "adamw":
            return settings.optimizer(parameters)
        from deepspeed.ops.adam import DeepSpeedCPUAdam

        return DeepSpeedCPUAdam(
            parameters,
            lr=settings.learning_rate,
            betas=settings.betas,
            eps=settings.eps,
            weight_decay=settings.weight_decay,
            adamw_mode=True,
        )

    def _config(self, trained: int) -> dict[str, Any]:
        zero: dict[str, Any] = {
            "stage": self.stage,
            "overlap_comm": self.ranks.device.type == "cuda",
            "reduce_bucket_size": min(BUCKET_VALUES, trained),  # it is allocated whole, also for fewer gradients
        }
        if self.offload:
            zero["offload_optimizer"] = self.offload
        if self.stage == 3:
            zero["stage3_gather_16bit_weights_on_model_save"] = True
        return {
            "train_micro_batch_size_per_gpu": 1,
            "gradient_accumulation_steps": 1,
            "gradient_clipping": CLIP_NORM,
            "bf16": {"enabled": self.bfloat16},
            "zero_optimization": zero,
            "zero_allow_untested_optimizer": True,
            "zero_force_ds_cpu_optimizer": False,
            "steps_per_print": 1 << 60,
        }

    def backward(self, batch: Batch, weight: float, *, last_micro_batch: bool) -> torch.Tensor:
        batch = batch.to(self.ranks.device)
        self.engine.set_gradient_accumulation_boundary(last_micro_batch)
        loss: torch.Tensor = self.engine(*batch.arguments) * weight
        self.engine.backward(loss)
        if not last_micro_batch:
            self.engine.step()
        return loss.detach()

    @torch.no_grad()
    def evaluate(self, batch: Batch, weight: float) -> torch.Tensor:
        batch = batch.to(self.ranks.device)
        self.engine.eval()
        try:
            loss: torch.Tensor = self.engine(*batch.arguments) * weight
        finally:
            self.engine.train()
        return loss

    def clip_and_step(self, learning_rate: float) -> torch.Tensor:
        for group in self.engine.optimizer.param_groups:
            group["lr"] = learning_rate
        self.engine.step()
        norm = self.engine.get_global_grad_norm()
        return torch.as_tensor(float("nan") if norm is None else norm)

    def copy_bytes(self) -> int | None:
        return None

    def snapshot(self, *, copy: bool) -> WriteSnapshot:
        def write(folder: Path, _ranks: Ranks) -> None:
            self.engine.save_checkpoint(str(folder), tag=TAG, save_latest=False, exclude_frozen_parameters=True)

        return write

    def load_state(self, folder: Path) -> None:
        if saved_ranks(folder / TAG) == self.ranks.world_size:
            self.engine.load_checkpoint(str(folder), tag=TAG, load_module_strict=False)
            return
        with universal_copy(folder / TAG, self.ranks) as copy:
            self.engine._config.load_universal_checkpoint = True
            try:
                self.engine.load_checkpoint(str(copy.parent), tag=copy.name, load_module_strict=False)
            finally:
                self.engine._config.load_universal_checkpoint = False

    def export(self) -> dict[str, torch.Tensor]:
        if self.stage == 3:
            state = self.engine._zero3_consolidated_16bit_state_dict() or {}
        else:
            state = self.engine.module.state_dict() if self.ranks.is_first else {}
        return model_tensors(state, self.inner)
