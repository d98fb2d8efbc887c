"""Writing checkpoints atomically: a killed write never looks like a complete checkpoint.

Runs in a worker process: the module imports torch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch

from core.files import atomic_directory
from core.models.contents import MARKER, marker_text
from core.training.checkpoint.marker import Checkpoint, adapter_path
from core.training.engine.lora import has_adapters, merge_adapters, model_to_save, write_adapter


@dataclass
class RunningLoss:
    """The mean loss since the last checkpoint."""

    total: float = 0.0
    tokens: int = 0

    def add(self, loss: float, tokens: int) -> None:
        self.total += loss * tokens
        self.tokens += tokens

    @property
    def mean(self) -> float:
        return self.total / self.tokens if self.tokens else 0.0


def write_checkpoint(
    checkpoint: Checkpoint,
    model: Any,
    tensors: Mapping[str, torch.Tensor],
    tokenizer: Any,
    precision: torch.dtype,
    end_token: int | None,
) -> None:
    """Write a checkpoint for transformers, its weights in `precision`; a LoRA adapter is merged and written next to it.

    `end_token` is the one that the model learned to end its turns with; generation with the checkpoint stops at it. An
    existing checkpoint is not changed: a resumed run produces the same weights.
    """
    if checkpoint.path.exists():
        return
    if has_adapters(model):
        tensors, adapters = merge_adapters(model, tensors, precision)
        write_adapter(adapter_path(checkpoint.path), model, adapters)
        model = model_to_save(model)
    add_end_token(model.generation_config, end_token)
    with atomic_directory(checkpoint.path) as folder:
        model.save_pretrained(folder, state_dict=_cast(tensors, precision))
        # transformers writes the precision of the training weights here, not of the saved ones.
        config = json.loads((folder / "config.json").read_text())
        config["dtype"] = str(precision).removeprefix("torch.")
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        tokenizer.save_pretrained(folder)
        record = {name: value for name, value in asdict(checkpoint).items() if name != "path"}
        (folder / MARKER).write_text(marker_text(record, folder))


def add_end_token(generation_config: Any, end_token: int | None) -> None:
    """Have generation stop at this token, and at those it stops at already."""
    known = generation_config.eos_token_id
    ends = [] if known is None else [known] if isinstance(known, int) else list(known)
    if end_token is not None and end_token not in ends:
        ends.append(end_token)
        generation_config.eos_token_id = ends if len(ends) > 1 else ends[0]


def copy_for_export(model: Any, tensors: Mapping[str, torch.Tensor], precision: torch.dtype) -> dict[str, torch.Tensor]:
    """Tensors for `write_checkpoint` that further training does not change; frozen weights are not copied."""
    adapters = has_adapters(model)
    wanted = tensors if adapters else _cast(tensors, precision)
    sources = {tensor.data_ptr() for tensor in tensors.values()}
    copies: dict[int, torch.Tensor] = {}
    copied = {}
    for name, tensor in wanted.items():
        place = tensor.data_ptr()
        if place in sources and (not adapters or ".lora_" in name):
            tensor = copies.setdefault(place, tensor.detach().clone())
        copied[name] = tensor
    return copied


def _cast(tensors: Mapping[str, torch.Tensor], precision: torch.dtype) -> dict[str, torch.Tensor]:
    """The tensors in another precision; tied weights keep sharing memory."""
    cast: dict[int, torch.Tensor] = {}
    return {
        name: cast.setdefault(tensor.data_ptr(), tensor.to(precision) if tensor.is_floating_point() else tensor)
        for name, tensor in tensors.items()
    }
