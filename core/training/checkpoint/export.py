"""Checkpoints, written atomically: a killed write never looks like a complete checkpoint.

    <output>/hf_format/samples_<n>/   a model that transformers loads, with checkpoint.json written last
    <output>/adapters/samples_<n>/    its LoRA adapter, in peft's layout; the model has it merged in

Runs in a worker process: the module imports torch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from core.events import Reporter
from core.files import atomic_directory, back_up
from core.training.engine.lora import has_adapters, merge_adapters, model_to_save, write_adapter

HF_FORMAT = "hf_format"
ADAPTERS = "adapters"
MARKER = "checkpoint.json"


@dataclass(frozen=True)
class Checkpoint:
    """A complete model on disk."""

    path: Path
    samples: int
    """Seen in training before it was written."""
    step: int
    epoch: float
    """Epochs done, with a fraction."""
    loss: float
    """Mean over the loss tokens since the previous checkpoint."""
    validation_loss: float | None = None
    """Mean over the loss tokens of the held-out samples, if there are any."""


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


def checkpoint_path(output: Path, samples: int) -> Path:
    return output / HF_FORMAT / f"samples_{samples}"


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
        write_adapter(checkpoint.path.parents[1] / ADAPTERS / checkpoint.path.name, model, adapters)
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
        record["files"] = sorted([MARKER, *(str(each.relative_to(folder)) for each in folder.rglob("*"))])
        (folder / MARKER).write_text(json.dumps(record, indent=1))


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


def list_checkpoints(output: Path) -> list[Checkpoint]:
    """The complete checkpoints of a training output, ordered by samples; without those whose marker is damaged."""
    found = [read_checkpoint(marker) for marker in _markers(output)]
    return sorted((each for each in found if each is not None), key=lambda checkpoint: checkpoint.samples)


def back_up_damaged(output: Path, reporter: Reporter) -> None:
    """Move checkpoints whose marker is damaged out of the way, so that they are not taken for complete ones."""
    for marker in _markers(output):
        if read_checkpoint(marker) is None:
            target = back_up(marker.parent)
            reporter.note("warning", f"The checkpoint {marker.parent} is damaged; it was moved to {target}.")


def read_checkpoint(marker: Path) -> Checkpoint | None:
    """The checkpoint of a marker; None if it is damaged."""
    try:
        record = json.loads(marker.read_text())
        known = {name: record[name] for name in Checkpoint.__dataclass_fields__ if name in record}
        checkpoint = Checkpoint(**{**known, "path": marker.parent})
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return checkpoint if checkpoint_path(marker.parents[2], checkpoint.samples) == marker.parent else None


def _markers(output: Path) -> list[Path]:
    found = (output / HF_FORMAT).glob(f"samples_*/{MARKER}")
    return sorted(marker for marker in found if marker.parent.name.removeprefix("samples_").isdecimal())
