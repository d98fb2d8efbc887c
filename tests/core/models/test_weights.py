"""The size of a model from the headers of its weights."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from core.models.weights import ModelSize, model_size


def shard(file: Path, shapes: dict[str, list[int]], data: bytes) -> int:
    header = json.dumps({name: {"dtype": "F32", "shape": shape} for name, shape in shapes.items()}).encode()
    file.write_bytes(struct.pack("<Q", len(header)) + header + data)
    return file.stat().st_size


def test_model_size_adds_up_all_shards_and_what_a_checkpoint_copies(tmp_path: Path) -> None:
    size = shard(tmp_path / "model-1-of-2.safetensors", {"a": [2, 3], "scalar": []}, b"x" * 28)
    size += shard(tmp_path / "model-2-of-2.safetensors", {"b": [4]}, b"x" * 16)
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "original.bin").write_bytes(b"x" * 1000)
    assert model_size(tmp_path) == ModelSize(11, size + 2, "F32")


def test_model_size_is_unknown_for_damaged_or_missing_weights(tmp_path: Path) -> None:
    assert model_size(tmp_path / "none") is None
    assert model_size(tmp_path) is None
    for damaged in (b"", b"\xff" * 8, struct.pack("<Q", 4) + b"[1, ", struct.pack("<Q", 2) + b"[]"):
        (tmp_path / "model.safetensors").write_bytes(damaged)
        assert model_size(tmp_path) is None
