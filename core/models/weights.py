"""The size of a model, from the headers of its weights: no weights are read."""

from __future__ import annotations

import json
import struct
from collections import Counter
from dataclasses import dataclass
from math import prod
from pathlib import Path

from core.models.local import MAX_HEADER_BYTES

COPIED = (".safetensors", ".json", ".model", ".txt", ".jinja")
"""Files that a checkpoint of a model has, too: weights, config, tokenizer and chat template."""


@dataclass(frozen=True)
class ModelSize:
    parameters: int
    bytes: int
    """Of the files that a checkpoint of it consists of."""
    data_type: str
    """Of most parameters, as the safetensors format names it: F32, F16, BF16, …"""


def model_size(folder: Path) -> ModelSize | None:
    """The size of the model in a folder; None if it has no complete safetensors weights."""
    try:
        files = [file for file in folder.iterdir() if file.suffix in COPIED and file.is_file()]
        weights = [file for file in files if file.suffix == ".safetensors"]
        counts: Counter[str] = Counter()
        for file in weights:
            counts.update(_parameters(file))
        size = sum(file.stat().st_size for file in files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error):
        return None
    parameters = counts.total()
    return ModelSize(parameters, size, counts.most_common(1)[0][0]) if parameters else None


def _parameters(file: Path) -> Counter[str]:
    """The number of values of each data type in a weights file, from its header."""
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        if length > MAX_HEADER_BYTES:
            raise ValueError("the header is too long")
        tensors = json.loads(stream.read(length))
    counts: Counter[str] = Counter()
    for name, tensor in tensors.items():
        if name != "__metadata__":
            counts[tensor["dtype"]] += prod(tensor["shape"])
    return counts
