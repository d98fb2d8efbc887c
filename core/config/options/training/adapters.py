"""The options of `model train` for LoRA adapters."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Lt

from core.config.options.base import Natural, Options, Positive, Texts, once, option

QuantizeType = Literal["nf4"]
"""Precision of the frozen weights: nf4 is QLoRA's 4-bit type (Dettmers et al., 2023)."""


class AdapterOptions(Options):
    """Whether all weights are trained, or small adapters next to frozen weights."""

    heading: ClassVar[str] = "LoRA adapters"

    lora_rank: Natural = 0
    """Rank of the LoRA adapters to train; 0 trains all weights, without adapters. 8 to 64 are common."""
    lora_alpha: Positive = 32
    """Scale of the LoRA adapters: what they add is multiplied by lora_alpha divided by lora_rank."""
    lora_dropout: Annotated[float, Ge(0), Lt(1)] = 0.1
    """Share of the inputs of LoRA adapters that is set to zero at random in training."""
    lora_target_modules: Annotated[Texts, once, option(metavar="NAME")] = ()
    """Linear layer that gets a LoRA adapter, such as q_proj. May be given several times. Default: all whose name ends
    with _proj."""
    lora_quantize_dtype: QuantizeType | None = None
    """Precision of the frozen weights next to LoRA adapters: nf4 keeps them in 4 bits (QLoRA), which requires
    bitsandbytes. Default: the precision of the computation."""


class QuantizeOptions(Options):
    """InstructLab's older name of an option."""

    heading: ClassVar[str] = "LoRA adapters"

    four_bit_quant: Annotated[bool, once("--4-bit-quant")] = False
    """InstructLab's older name of --lora-quantize-dtype nf4."""
