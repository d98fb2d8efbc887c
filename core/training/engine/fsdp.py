"""FSDP2 (`fully_shard`): weights, gradients and optimizer are sharded over the ranks."""

from __future__ import annotations

from typing import Literal

import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import CPUOffloadPolicy, FSDPModule, MixedPrecisionPolicy, OffloadPolicy, fully_shard
from torch.distributed.tensor import DTensor

from core.training.engine.batches import Batch
from core.training.engine.model import LossModule
from core.training.engine.ranks import Ranks
from core.training.engine.single import SingleBackend, cast_weights

Sharding = Literal["HYBRID_SHARD", "FULL_SHARD", "SHARD_GRAD_OP"]


class FSDPBackend(SingleBackend):
    """The weights of a block of layers are whole only while it computes; the float32 shards are the masters."""

    def __init__(
        self,
        ranks: Ranks,
        *,
        bfloat16: bool = False,
        sharding: Sharding = "FULL_SHARD",
        cpu_offload: bool = False,
        ranks_per_node: int = 0,
    ) -> None:
        """`sharding` is InstructLab's: HYBRID_SHARD shards inside a node of `ranks_per_node` and copies between nodes,
        SHARD_GRAD_OP keeps the weights whole from the forward to the backward pass. `cpu_offload` keeps the shards and
        the optimizer in host memory."""
        super().__init__(ranks)
        self.precision = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
        if not bfloat16:
            self.precision = MixedPrecisionPolicy()
        self.offload: OffloadPolicy = CPUOffloadPolicy() if cpu_offload else OffloadPolicy()
        self.reshard = sharding != "SHARD_GRAD_OP"
        nodes = ranks.world_size // ranks_per_node if ranks_per_node else 1
        kind = ranks.device.type
        if sharding == "HYBRID_SHARD" and nodes > 1:
            self.mesh = init_device_mesh(kind, (nodes, ranks_per_node), mesh_dim_names=("replicate", "shard"))
        else:
            self.mesh = init_device_mesh(kind, (ranks.world_size,))

    def _spread(self, module: LossModule) -> torch.nn.Module:
        names = set(getattr(module.model, "_no_split_modules", None) or ())
        blocks = [block for block in module.modules() if type(block).__name__ in names]
        frozen = self.precision.param_dtype or torch.float32
        for block in blocks:  # one after the other: only one is ever whole in float32
            cast_weights(block, frozen)
            self._shard(block, reshard=self.reshard)
        cast_weights(module, frozen)
        self._shard(module, reshard=None)
        self.sharded: FSDPModule = module  # type: ignore[assignment]
        return module

    def _shard(self, module: torch.nn.Module, *, reshard: bool | None) -> None:
        fully_shard(
            module,
            mesh=self.mesh,
            mp_policy=self.precision,
            offload_policy=self.offload,
            reshard_after_forward=reshard,
        )

    def evaluate(self, batch: Batch, weight: float) -> torch.Tensor:
        loss = super().evaluate(batch, weight)
        for module in self.inner.modules():  # what stays whole until a backward pass would miss the next update
            if isinstance(module, FSDPModule):
                module.reshard()
        return loss

    def _synchronize(self, last_micro_batch: bool) -> None:
        self.sharded.set_requires_gradient_sync(last_micro_batch)
        self.sharded.set_is_last_backward(last_micro_batch)

    def _norm(self) -> torch.Tensor:
        norm = super()._norm()
        return norm.full_tensor() if isinstance(norm, DTensor) else norm
