from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.models.local import check_model_folder, list_models


def write_weights(path: Path, size: int = 16) -> Path:
    header = json.dumps({"w": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(size))
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "org" / "tiny"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "granite"}')
    (folder / "tokenizer.json").write_text("{}")
    write_weights(folder / "model.safetensors")
    return folder


def test_complete_model_is_accepted(model: Path) -> None:
    found = check_model_folder(model)
    assert found.config == {"model_type": "granite"}
    assert [file.name for file in found.weights] == ["model.safetensors"]


def test_a_sharded_model_is_accepted_and_a_missing_shard_named(model: Path) -> None:
    (model / "model.safetensors").unlink()
    names = [f"model-0000{part}-of-00002.safetensors" for part in (1, 2)]
    index = {"weight_map": {"a": names[0], "b": names[1], "c": names[0]}}
    (model / "model.safetensors.index.json").write_text(json.dumps(index))
    for name in names:
        write_weights(model / name)
    assert [file.name for file in check_model_folder(model).weights] == names
    (model / names[1]).unlink()
    with pytest.raises(LabtopError, match=f"1 of 2 weights files are missing, such as {names[1]}"):
        check_model_folder(model)


def without(name: str) -> Callable[[Path], object]:
    return lambda model: (model / name).unlink()


def cut_short(model: Path) -> None:
    os.truncate(model / "model.safetensors", (model / "model.safetensors").stat().st_size - 1)


def huge_header(model: Path) -> None:
    (model / "model.safetensors").write_bytes(b"\xff" * 64)


def older_format(model: Path) -> None:
    (model / "model.safetensors").rename(model / "pytorch_model.bin")


def odd_header(model: Path) -> None:
    (model / "model.safetensors").write_bytes(struct.pack("<Q", 2) + b"[]" + bytes(10))


def outside_shard(model: Path) -> None:
    index = {"weight_map": {"a": "../../../etc/hostname"}}
    (model / "model.safetensors.index.json").write_text(json.dumps(index))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without("config.json"), "no readable config.json"),
        (lambda model: (model / "config.json").write_text("[" * 100_000), "no readable config.json"),
        (without("tokenizer.json"), "has no tokenizer"),
        (without("model.safetensors"), "has no weights"),
        (older_format, "are in pytorch_model.bin"),
        (cut_short, "damaged or truncated"),
        (huge_header, "damaged or truncated"),
        (odd_header, "damaged or truncated"),
        (lambda model: (model / "model.safetensors").write_bytes(b""), "damaged or truncated"),
        (lambda model: (model / "model.safetensors.index.json").write_text("{}"), "does not list the weights"),
        (outside_shard, "1 of 1 weights files are missing, such as hostname"),
    ],
)
def test_problem_is_named(model: Path, spoil: Callable[[Path], object], message: str) -> None:
    spoil(model)
    with pytest.raises(LabtopError, match=message) as caught:
        check_model_folder(model)
    assert caught.value.hint


def test_missing_folder_and_file_differ(model: Path) -> None:
    with pytest.raises(LabtopError, match="does not exist"):
        check_model_folder(model / "none")
    with pytest.raises(LabtopError, match="is a file"):
        check_model_folder(model / "config.json")


def test_models_are_listed_by_name_with_their_size(model: Path) -> None:
    root = model.parent.parent
    (root / "a.gguf").write_bytes(b"GGUF")
    (root / ".partial").mkdir()
    (root / ".partial" / "config.json").write_text("{}")
    (root / "notes").mkdir()
    found = list_models(root)
    assert [each.name for each in found] == ["a.gguf", "org/tiny"]
    assert found[1].size == sum(file.stat().st_size for file in model.iterdir())
    assert found[1].modified == max(file.stat().st_mtime for file in model.iterdir())
    assert list_models(root / "none") == []
