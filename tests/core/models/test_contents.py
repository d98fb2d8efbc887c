"""Checkpoints whose files were damaged after they were written."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.config.options.serve import BackendOptions
from core.errors import LabtopError
from core.models.contents import MARKER, check_written, find_damage, marker_text
from core.models.local import LocalModel, check_model_folder
from core.models.state import model_state
from core.serving.backends import model_server
from tests.core.models.test_local import write_weights


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = tmp_path / "hf_format" / "samples_8"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "granite", "vocab_size": 10}')
    (folder / "tokenizer.json").write_text("{}")
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    write_weights(folder / "model.safetensors")
    (folder / MARKER).write_text(marker_text({"samples": 8}, folder))
    return folder


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "name", "message"),
    [
        (cut, "model.safetensors", "has 85 bytes instead of 86"),
        (flip, "model.safetensors", "has other contents than were written"),
        (Path.unlink, "tokenizer.json", "is missing"),
        (cut, "tokenizer.json", "is no longer JSON, and has 1 bytes instead of 2"),
        (cut, "chat_template.jinja", "has 13 bytes instead of 14"),
    ],
)
def test_damaged_checkpoint_is_not_served(
    checkpoint: Path, damage: Callable[[Path], None], name: str, message: str
) -> None:
    check_model_folder(checkpoint, contents=True)
    damage(checkpoint / name)
    with pytest.raises(LabtopError, match=f"{checkpoint} is damaged: {name} {message}") as raised:
        model_server(str(checkpoint), BackendOptions(backend="embedded"))
    assert raised.value.code == "damaged-checkpoint"


def test_listing_compares_sizes_only(checkpoint: Path) -> None:
    listed = LocalModel("samples_8", checkpoint, 1, 1.0, "safetensors")
    flip(checkpoint / "model.safetensors")
    assert model_state(listed).state == "complete"
    cut(checkpoint / "model.safetensors")
    found = model_state(listed)
    assert found.state == "damaged" and "model.safetensors has 85 bytes" in found.reason


def test_copy_and_edited_json_are_accepted(checkpoint: Path) -> None:
    copy = checkpoint.with_name("copy")
    shutil.copytree(checkpoint, copy, copy_function=shutil.copyfile)  # with other times
    (copy / "config.json").write_text('{"model_type": "granite", "vocab_size": 10, "dtype": "bfloat16"}')
    assert find_damage(copy, contents=True) == ""


@pytest.mark.parametrize("marker", ["{", "[]", '{"files": ["a"]}', '{"files": {"a": [1]}}', '{"files": {"a": 1}}'])
def test_marker_without_records_says_nothing(checkpoint: Path, marker: str) -> None:
    (checkpoint / MARKER).write_text(marker)
    flip(checkpoint / "model.safetensors")
    check_written(checkpoint, contents=True)


def test_records_are_of_all_files(checkpoint: Path) -> None:
    files = json.loads((checkpoint / MARKER).read_text())["files"]
    assert sorted(files) == ["chat_template.jinja", "config.json", "model.safetensors", "tokenizer.json"]
    state = (checkpoint / "tokenizer.json").stat()
    assert files["tokenizer.json"] == [2, 2745614147, state.st_mtime_ns]  # CRC-32 of {}
