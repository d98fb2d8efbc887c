from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.models.download.record import RECORD, RemoteFile, RemoteModel, record_text
from core.models.download.source import Source
from core.models.local import POINTER, LocalModel, check_model_folder, list_models
from core.models.state import list_adapters, model_state
from tests.core.models.download.hub import write_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    write_model(tmp_path / "org" / "tiny", 100)
    return tmp_path / "org" / "tiny"


def listed(model: Path) -> LocalModel:
    (found,) = list_models(model.parents[1])
    return found


def test_complete_model(model: Path) -> None:
    assert model_state(listed(model)).state == "complete"


def test_truncated_weights_and_missing_config_are_damaged(model: Path) -> None:
    os.truncate(model / "model.safetensors", 60)
    finding = model_state(listed(model))
    assert finding.state == "damaged" and "truncated" in finding.reason
    (model / "config.json").unlink()
    finding = model_state(listed(model))
    assert finding.state == "damaged" and "config.json" in finding.reason


def test_lfs_pointers_are_named(model: Path) -> None:
    (model / "model.safetensors").write_bytes(POINTER + b"\noid sha256:00\nsize 5\n")
    finding = model_state(listed(model))
    assert finding.state == "pointers" and "model.safetensors is a pointer of git LFS" in finding.reason
    assert finding.hint is not None and "lfs pull" in finding.hint
    with pytest.raises(LabtopError, match="is a pointer of git LFS"):
        check_model_folder(model)


def test_change_since_the_download_is_found(model: Path) -> None:
    source = Source("oci", "h.example/tiny", "latest", "tiny")
    files = (RemoteFile("config.json", (model / "config.json").stat().st_size, "sha256:0"),)
    (model / RECORD).write_text(record_text(RemoteModel(source, "sha256:1", files), "now"))
    assert model_state(listed(model)).state == "complete"
    (model / "config.json").write_text("{}")
    finding = model_state(listed(model))
    assert (finding.state, finding.hint) == ("damaged", "labtop model download --repository docker://h.example/tiny")


def test_adapters_are_no_models(model: Path) -> None:
    adapter = model.parents[1] / "skills-adapter-v3"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text("{}")
    (adapter / "adapter_model.safetensors").write_bytes(b"")
    assert [each.name for each in list_models(model.parents[1])] == ["org/tiny"]
    assert list_adapters(model.parents[1]) == [adapter]


@pytest.mark.parametrize("name", [RECORD, "model.safetensors.index.json", "config.json"])
def test_pipe_in_a_models_folder_is_never_waited_for(model: Path, name: str) -> None:
    (model / name).unlink(missing_ok=True)
    os.mkfifo(model / name)
    finding = model_state(listed(model))
    assert finding.state == ("complete" if name == RECORD else "damaged")


def test_configuration_of_any_size_is_not_read(model: Path) -> None:
    os.truncate(model / "config.json", 2**40)
    assert "config.json" in model_state(listed(model)).reason


def test_link_to_the_models_folder_lists_nothing_twice(model: Path) -> None:
    (model.parents[1] / "again").symlink_to(model.parents[1])
    assert listed(model).path == model
