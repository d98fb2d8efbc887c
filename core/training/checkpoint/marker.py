"""The checkpoints and adapters of a training on disk, and which of them are complete. Needs no torch.

<output>/hf_format/samples_<n>/   a model that transformers loads, with checkpoint.json written last
<output>/adapters/samples_<n>/    its LoRA adapter, in peft's layout, with a checkpoint.json, too
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from core.events import Reporter
from core.files import back_up
from core.models.contents import MARKER, find_damage

HF_FORMAT = "hf_format"
ADAPTERS = "adapters"


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


def checkpoint_path(output: Path, samples: int) -> Path:
    return output / HF_FORMAT / f"samples_{samples}"


def adapter_path(checkpoint: Path) -> Path:
    """Where the adapter is that a checkpoint has merged."""
    return checkpoint.parents[1] / ADAPTERS / checkpoint.name


def list_checkpoints(output: Path) -> list[Checkpoint]:
    """The complete checkpoints of a training output, ordered by samples; without those whose marker is damaged."""
    found = [read_checkpoint(folder / MARKER) for folder in _folders(output, HF_FORMAT)]
    return sorted((each for each in found if each is not None), key=lambda checkpoint: checkpoint.samples)


def back_up_damaged(output: Path, reporter: Reporter) -> None:
    """Move checkpoints and adapters with damaged or missing files out of the way, so that they are not used."""
    for folder in _folders(output, HF_FORMAT):
        is_complete = read_checkpoint(folder / MARKER) is not None
        back_up_if_damaged(folder, reporter, "" if is_complete else f"{MARKER} is missing or damaged")
    for folder in _folders(output, ADAPTERS):
        back_up_if_damaged(folder, reporter)


def back_up_if_damaged(folder: Path, reporter: Reporter, damage: str = "") -> bool:
    """Move a checkpoint or adapter out of the way if it has a damaged file, or the `damage` given. Returns whether."""
    damage = damage or find_damage(folder, contents=True)
    target = back_up(folder) if damage else None
    if target is not None:
        kind = "adapter" if folder.parent.name == ADAPTERS else "checkpoint"
        reporter.note("warning", f"The {kind} {folder} is damaged: {damage}. It was moved to {target}.")
    return target is not None


def read_checkpoint(marker: Path) -> Checkpoint | None:
    """The checkpoint of a marker; None if it is damaged."""
    try:
        record = json.loads(marker.read_text())
        known = {name: record[name] for name in Checkpoint.__dataclass_fields__ if name in record}
        checkpoint = Checkpoint(**{**known, "path": marker.parent})
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return checkpoint if checkpoint_path(marker.parents[2], checkpoint.samples) == marker.parent else None


def _folders(output: Path, name: str) -> list[Path]:
    """The folders of checkpoints or adapters."""
    found = (output / name).glob("samples_*/")
    return sorted(folder for folder in found if folder.name.removeprefix("samples_").isdecimal())
