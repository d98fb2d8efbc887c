"""The back end that a training's options ask for."""

from __future__ import annotations

from core.training.arguments import TrainArguments
from core.training.engine.backend import Backend
from core.training.engine.ddp import DDPBackend
from core.training.engine.ranks import Ranks
from core.training.engine.single import SingleBackend


def make_backend(settings: TrainArguments, ranks: Ranks, *, bfloat16: bool) -> Backend:
    """The back end `distributed_backend`, for these ranks."""
    if settings.backend == "fsdp":
        from core.training.engine.fsdp import FSDPBackend

        return FSDPBackend(
            ranks,
            bfloat16=bfloat16,
            sharding=settings.fsdp_sharding_strategy,
            cpu_offload=settings.fsdp_cpu_offload_optimizer,
            ranks_per_node=settings.nproc_per_node,
        )
    if settings.backend == "deepspeed":
        from core.training.engine.deepspeed import DeepSpeedBackend

        return DeepSpeedBackend(
            ranks,
            stage=3 if settings.deepspeed_zero_stage == "3" else 2,
            bfloat16=bfloat16,
            offload_optimizer=settings.deepspeed_cpu_offload_optimizer,
            offload_ratio=settings.deepspeed_cpu_offload_optimizer_ratio,
            pin_memory=settings.deepspeed_cpu_offload_optimizer_pin_memory,
        )
    return DDPBackend(ranks) if settings.backend == "ddp" else SingleBackend(ranks)


def autocasts(settings: TrainArguments) -> bool:
    """Whether the model computes in bfloat16 by autocast; FSDP and DeepSpeed cast the weights themselves."""
    return settings.backend in ("none", "ddp")
