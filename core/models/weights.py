"""The size of a model, from the headers of its weights: no weights are read."""

from __future__ import annotations

import json
import struct
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


def model_size(folder: Path) -> ModelSize | None:
    """The size of the model in a folder; None if it has no complete safetensors weights."""
    try:
        files = [file for file in folder.iterdir() if file.suffix in COPIED and file.is_file()]
        weights = [file for file in files if file.suffix == ".safetensors"]
        parameters = sum(map(_parameters, weights))
        size = sum(file.stat().st_size for file in files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error):
        return None
    return ModelSize(parameters, size) if parameters else None


def _parameters(file: Path) -> int:
    """The number of values in a weights file, from the shapes in its header."""
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        if length > MAX_HEADER_BYTES:
            raise ValueError("the header is too long")
        tensors = json.loads(stream.read(length))
    return sum(prod(tensor["shape"]) for name, tensor in tensors.items() if name != "__metadata__")
