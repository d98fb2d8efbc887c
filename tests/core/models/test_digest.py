import os
from pathlib import Path

import pytest

from core.models import digest
from core.models.digest import known_model_digest, model_digest


def test_digest_is_of_names_and_contents(tmp_path: Path) -> None:
    folder, copy = tmp_path / "a", tmp_path / "b"
    for each in (folder, copy):
        each.mkdir()
        (each / "config.json").write_text("{}")
        (each / ".hidden").write_text(each.name)
    assert model_digest(folder) == model_digest(copy)
    (copy / "config.json").write_text("[]")
    assert model_digest(folder) != model_digest(copy)


def test_only_changed_files_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, memory = tmp_path / "model", tmp_path / "memory.json"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"12345678")
    read: list[str] = []
    original = digest.file_digest

    def counted(path: Path) -> bytes:
        read.append(path.name)
        return original(path)

    monkeypatch.setattr(digest, "file_digest", counted)
    assert known_model_digest(folder, memory) == model_digest(folder)
    read.clear()
    assert known_model_digest(folder, memory) == known_model_digest(folder, memory)
    assert read == []
    (folder / "model.safetensors").write_bytes(b"87654321")
    os.utime(folder / "model.safetensors", ns=(1, 1))
    assert known_model_digest(folder, memory) == model_digest(folder)
    assert read[0] == "model.safetensors"
    memory.write_text("{damaged")
    assert known_model_digest(folder, memory) == model_digest(folder)
