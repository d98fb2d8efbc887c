"""`labtop model download docker://…`, from Debian's docker-registry through skopeo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import paths
from core.models.download.record import RECORD, read_record
from core.models.local import check_model_folder
from tests.core.models.download.hub import write_model
from tests.core.models.download.registry import Registry, docker_registry
from tests.tui.cli.running import labtop

pytestmark = pytest.mark.slow

NAME = "rhelai1/tiny"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with docker_registry(tmp_path / "registry") as registry:
        yield registry


def model_files(folder: Path, weights: int) -> dict[str, bytes]:
    write_model(folder, weights)
    (folder / "pytorch_model.bin").unlink()
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def download(registry: Registry, *options: str, name: str = NAME, status: int = 0) -> dict[str, Any]:
    done = labtop(
        "model", "download", "--repository", f"docker://{registry.host}/{name}", "--json", *options, status=status
    )
    document: dict[str, Any] = json.loads(done.stdout)
    return dict(document["result"]["models"][0] if status == 0 else document["error"])


def target() -> Path:
    return paths.current().models_dir / "tiny"


def contents() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in target().iterdir() if path.name != RECORD}


def test_release_is_verified_recorded_and_upgraded(registry: Registry, tmp_path: Path) -> None:
    files = model_files(tmp_path / "first", 400_000)
    digest = registry.push(NAME, "latest", files)
    first = download(registry)
    assert (first["status"], first["digest"]) == ("new", digest)
    assert contents() == files
    record = read_record(target())
    assert record is not None and (record.digest, record.release) == (digest, "latest")
    check_model_folder(target())
    assert download(registry, "--release", "latest")["status"] == "unchanged"

    newer = model_files(tmp_path / "second", 800_000)
    registry.push(NAME, "latest", newer)
    registry.push(NAME, "1.1", files)
    assert download(registry)["status"] == "changed"
    assert contents() == newer

    assert download(registry, "--release", "1.1")["status"] == "changed"
    assert contents() == files


def test_damaged_layer_leaves_the_old_version(registry: Registry, tmp_path: Path) -> None:
    files = model_files(tmp_path / "first", 400_000)
    registry.push(NAME, "latest", files)
    download(registry)
    newer = model_files(tmp_path / "second", 800_000)
    registry.push(NAME, "latest", newer)
    blob = registry.stored(newer["model.safetensors"])
    blob.write_bytes(bytes(len(newer["model.safetensors"])))
    error = download(registry, status=1)
    assert error["code"] == "wrong-digest"
    assert contents() == files
    blob.write_bytes(newer["model.safetensors"])
    assert download(registry)["status"] == "changed"


def test_what_a_registry_may_answer(registry: Registry, tmp_path: Path) -> None:
    registry.push(NAME, "latest", {"a": b"1"}, titles=False)
    assert download(registry, status=1)["code"] == "not-a-model"
    registry.push(NAME, "bad", {"../../evil": b"1"})
    assert download(registry, "--release", "bad", status=1)["code"] == "unsafe-name"
    error = download(registry, "--release", "1.9", status=1)
    assert error["code"] == "no-release" and "has no release 1.9" in error["message"]
    with docker_registry(tmp_path / "private", login=True) as private:
        error = download(private, status=1)
    assert error["code"] == "login" and f"skopeo login {private.host}" in error["hint"]
    error = download(private, status=1)  # it has ended
    assert error["code"] == "network" and "connection refused" in error["message"]
