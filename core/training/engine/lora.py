"""LoRA: small trainable matrices next to the frozen weights of linear layers (Hu et al., 2021), by peft."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from copy import copy, deepcopy
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

from core.errors import LabtopError
from core.events import Reporter
from core.files import atomic_directory
from core.models.contents import MARKER, marker_text
from core.training.arguments import TrainArguments

ADAPTER = "default"
"""peft's name of the only adapter of a model."""

PROJECTIONS = "_proj"
"""The end of the names of the layers that get adapters, as in InstructLab's training."""

FOR_INFERENCE = "support_avx512bf16_for_cpu"
"""bitsandbytes' attribute of layers whose evaluation on a processor reorders their weights, which ends training."""

QUANTIZATION = ".weight."
"""In the names of what bitsandbytes keeps besides a weight of 4 bits."""

BASE = ".base_layer."
"""Between a layer's name and that of its own weights, if it has an adapter."""


def add_adapters(model: Any, settings: TrainArguments) -> None:
    """Freeze a model and add adapters to its linear layers, in place.

    The model stays that of transformers, so that its loss, blocks and output layer are found as without adapters.
    """
    if settings.device == "cpu":
        os.environ["DS_ACCELERATOR"] = "cpu"  # peft imports DeepSpeed, which would choose a GPU that it finds
    from peft import LoraConfig, inject_adapter_in_model

    config = LoraConfig(
        r=settings.lora_rank,
        lora_alpha=settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
        target_modules=target_modules(model, settings.lora_target_modules),
        base_model_name_or_path=str(settings.model_path),
        task_type="CAUSAL_LM",
    )
    for module in model.modules():
        if hasattr(module, FOR_INFERENCE):
            setattr(module, FOR_INFERENCE, False)
    inject_adapter_in_model(config, model, adapter_name=ADAPTER)


def check_layers(arguments: dict[str, Any], _reporter: Reporter) -> dict[str, Any]:
    """As a work function: {layers} that would get adapters, of a model without its weights; see `target_modules`."""
    settings = TrainArguments.from_data(arguments)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(settings.model_path, local_files_only=True))
    return {"layers": target_modules(model, settings.lora_target_modules)}


def four_bit_options(device: torch.device, *, bfloat16: bool) -> dict[str, Any]:
    """Options to load a model whose linear layers have weights of 4 bits (nf4), with quantized scales, as in QLoRA."""
    from transformers import BitsAndBytesConfig

    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16 if bfloat16 else torch.float32,
    )
    return {"quantization_config": config, "device_map": {"": device}}


def target_modules(model: Any, given: Sequence[str]) -> list[str]:
    """The names of the linear layers to add adapters to: those given, or all projections.

    Raises LabtopError for a name that no linear layer has, and when there is no projection.
    """
    head = model.get_output_embeddings()
    names = {
        name.rpartition(".")[2]
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and module is not head
    }
    if not names:
        raise LabtopError(
            "The model has no linear layers that can have LoRA adapters.",
            hint="Leave out --lora-rank: all weights are trained then.",
        )
    known = ", ".join(sorted(names))
    wanted = sorted({each.strip() for text in given for each in text.split(",") if each.strip()})
    for name in wanted:
        if name not in names:
            raise LabtopError(
                f"--lora-target-modules: the model has no linear layer {name} that can have an adapter.",
                hint=f"Its linear layers are {known}.",
            )
    found = wanted or sorted(name for name in names if name.endswith(PROJECTIONS))
    if not found:
        raise LabtopError(
            f"The model has no linear layers whose names end with {PROJECTIONS}.",
            hint=f"Name some with --lora-target-modules: {known}.",
        )
    return found


def has_adapters(model: Any) -> bool:
    """Whether adapters were added to a model."""
    return ADAPTER in getattr(model, "peft_config", {})


def merge_adapters(
    model: Any, tensors: Mapping[str, torch.Tensor], precision: torch.dtype
) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """The weights of a model with its adapters merged, under the names that they have without; and the adapters.

    `tensors` are all weights of the model, which are not changed. The adapters' names are those of peft's files.
    """
    config = model.peft_config[ADAPTER]
    scale = config.lora_alpha / config.r
    tensors = {**tensors, **_dequantized(model)}
    merged: dict[str, torch.Tensor] = {}
    adapters: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        if QUANTIZATION in name:
            continue
        if ".lora_" in name:
            adapters[f"base_model.model.{name.replace(f'.{ADAPTER}.', '.')}"] = tensor
            continue
        merged[name.replace(BASE, ".")] = tensor
        layer, base, kind = name.partition(BASE)
        if base and kind == "weight":
            low, high = (tensors[f"{layer}.lora_{part}.{ADAPTER}.weight"].float() for part in "AB")
            merged[f"{layer}.weight"] = (tensor.float() + scale * (high @ low)).to(precision)
    return merged, adapters


def _dequantized(model: Any) -> dict[str, torch.Tensor]:
    """The weights of 4 bits as they are computed with, by name."""
    if not getattr(model, "is_loaded_in_4bit", False):
        return {}
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit

    return {
        f"{name}.weight": dequantize_4bit(module.weight.data, module.weight.quant_state)
        for name, module in model.named_modules()
        if isinstance(module, Linear4bit)
    }


def model_to_save(model: Any) -> Any:
    """A model that writes merged weights: of one with weights of 4 bits, which would write those, a model without."""
    if not getattr(model, "is_loaded_in_4bit", False):
        return model
    config = deepcopy(model.config)
    del config.quantization_config
    with torch.device("meta"):
        plain = type(model)(config)
    plain.generation_config = model.generation_config
    return plain


def write_adapter(path: Path, model: Any, adapters: Mapping[str, torch.Tensor]) -> None:
    """Write adapters in peft's layout, in float32; an existing folder is not changed."""
    if path.exists():
        return
    with atomic_directory(path) as folder:
        config = copy(model.peft_config[ADAPTER])
        config.inference_mode = True
        config.target_modules = sorted(config.target_modules)
        config.save_pretrained(folder)
        tensors = {name: tensor.float().contiguous() for name, tensor in adapters.items()}
        save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
        (folder / MARKER).write_text(marker_text({}, folder))
