"""Checkpoints, written atomically: a killed write never looks like a complete checkpoint.

    <output>/hf_format/samples_<n>/   a model that transformers loads, with checkpoint.json written last
    <output>/full_state/step_<n>/     the newest state to resume from, exactly; removed when training is done

Runs in a worker process: the module imports torch.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from core.files import atomic_directory
from core.training.loop import Trainer

HF_FORMAT = "hf_format"
FULL_STATE = "full_state"
MARKER = "checkpoint.json"
STATE_TENSORS = "state.safetensors"
STATE_RECORD = "state.json"


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


def save_checkpoint(output: Path, model: Any, tokenizer: Any, checkpoint: Checkpoint, precision: torch.dtype) -> None:
    """Write a checkpoint for transformers, its weights in `precision`, the source model's.

    An existing one is not changed: a resumed run produces the same weights.
    """
    if checkpoint.path.exists():
        return
    with atomic_directory(checkpoint.path) as folder:
        model.save_pretrained(folder, state_dict=_cast(model.state_dict(), precision))
        # transformers writes the precision of the training weights here, not of the saved ones.
        config = json.loads((folder / "config.json").read_text())
        config["dtype"] = str(precision).removeprefix("torch.")
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        tokenizer.save_pretrained(folder)
        record = {name: value for name, value in asdict(checkpoint).items() if name != "path"}
        (folder / MARKER).write_text(json.dumps(record, indent=1))


def _cast(tensors: dict[str, torch.Tensor], precision: torch.dtype) -> dict[str, torch.Tensor]:
    """The tensors in another precision; tied weights keep sharing memory."""
    cast: dict[int, torch.Tensor] = {}
    return {name: cast.setdefault(tensor.data_ptr(), tensor.to(precision)) for name, tensor in tensors.items()}


def list_checkpoints(output: Path) -> list[Checkpoint]:
    """The complete checkpoints of a training output, ordered by samples."""
    found = []
    for marker in (output / HF_FORMAT).glob(f"samples_*/{MARKER}"):
        record = json.loads(marker.read_text())
        known = {name: record[name] for name in Checkpoint.__dataclass_fields__ if name in record}
        found.append(Checkpoint(**{**known, "path": marker.parent}))
    return sorted(found, key=lambda checkpoint: checkpoint.samples)


def save_state(output: Path, trainer: Trainer, loss: RunningLoss, identity: str) -> None:
    """Write the full state to resume from, and remove the previous one."""
    tensors = {"rng": torch.get_rng_state()}
    for name, parameter in trainer.parameters.items():
        tensors[f"model.{name}"] = parameter.detach()
        for key, value in trainer.optimizer.state[parameter].items():
            tensors[f"optimizer.{key}.{name}"] = value
    final = output / FULL_STATE / f"step_{trainer.steps_done}"
    if final.exists():
        return
    with atomic_directory(final) as folder:
        save_file(tensors, folder / STATE_TENSORS)
        record = {
            "identity": identity,
            "step": trainer.steps_done,
            "loss_total": loss.total,
            "loss_tokens": loss.tokens,
        }
        (folder / STATE_RECORD).write_text(json.dumps(record))
    for older in final.parent.iterdir():
        if older != final:
            shutil.rmtree(older, ignore_errors=True)


def load_state(output: Path, trainer: Trainer, identity: str) -> RunningLoss | None:
    """Restore a trainer from the newest state of the same run; without one, returns None and changes nothing."""
    states = sorted((output / FULL_STATE).glob("step_*"), key=lambda path: int(path.name.removeprefix("step_")))
    if not states:
        return None
    record = json.loads((states[-1] / STATE_RECORD).read_text())
    if record["identity"] != identity:
        return None
    with safe_open(states[-1] / STATE_TENSORS, framework="pt") as tensors, torch.no_grad():
        for name, parameter in trainer.parameters.items():
            parameter.copy_(tensors.get_tensor(f"model.{name}"))
        for key in tensors.keys():  # noqa: SIM118, not a mapping
            kind, _, rest = key.partition(".")
            if kind == "optimizer":
                field, _, name = rest.partition(".")
                trainer.optimizer.state[trainer.parameters[name]][field] = tensors.get_tensor(key)
        torch.set_rng_state(tensors.get_tensor("rng"))
    trainer.steps_done = record["step"]
    return RunningLoss(record["loss_total"], record["loss_tokens"])


def remove_state(output: Path) -> None:
    shutil.rmtree(output / FULL_STATE, ignore_errors=True)
