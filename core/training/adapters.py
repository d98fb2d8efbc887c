"""LoRA adapters: which trainings can have them, and their size. Needs no torch."""

from __future__ import annotations

from importlib.util import find_spec

from core.config.options.train import TrainingOptions
from core.errors import LabtopError

CODE = "invalid-adapters"


def check_adapters(options: TrainingOptions) -> None:
    """Raises LabtopError for options of adapters that cannot be combined, or whose packages are not installed."""
    if not options.lora_rank:
        return
    if options.backend == "deepspeed" and options.deepspeed_zero_stage == "3":
        raise LabtopError(
            "LoRA adapters are not trained with DeepSpeed ZeRO-3.",
            hint="Use --deepspeed-zero-stage 2, or shard the frozen weights with --distributed-backend fsdp.",
            code=CODE,
        )
    if find_spec("peft") is None:
        raise LabtopError(
            "LoRA adapters require peft, which is not installed.",
            hint="Install it, in labtop's folder: pip install '.[train]'",
            code=CODE,
        )
    if options.lora_quantize_dtype is None:
        return
    if options.backend not in ("none", "ddp"):
        raise LabtopError(
            f"The back end {options.backend} cannot spread weights of 4 bits (--lora-quantize-dtype).",
            hint="Use --distributed-backend none or ddp, or leave out --lora-quantize-dtype.",
            code=CODE,
        )
    if find_spec("bitsandbytes") is None:
        raise LabtopError(
            "Weights of 4 bits (--lora-quantize-dtype) require bitsandbytes, which is not installed.",
            hint="Install it, in labtop's folder: pip install '.[gpu]', or leave out --lora-quantize-dtype.",
            code=CODE,
        )
