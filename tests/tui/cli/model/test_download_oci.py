"""`labtop model download docker://…`, from Debian's docker-registry through skopeo."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import paths
from core.models.download.place import Place
from core.models.download.record import RECORD, read_record
from core.models.download.streaming import part_of
from core.models.local import check_model_folder
from tests.core.models.download.hub import write_model
from tests.core.models.download.registry import Registry, docker_registry, dropping_proxy
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


def write_login(host: str, file: Path, password: str) -> None:
    entry = {"auth": base64.b64encode(f"tester:{password}".encode()).decode()}
    file.write_text(json.dumps({"auths": {host: entry}}))


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


def test_lost_connection_is_resumed_at_its_byte(registry: Registry, tmp_path: Path) -> None:
    files = model_files(tmp_path / "first", 4_000_000)
    registry.push(NAME, "latest", files)
    with dropping_proxy(registry, 3_000_000) as (through, proxy):
        error = download(through, status=1)
        assert error["code"] == "network" and "broke off" in error["message"]
        assert not target().exists()
        proxy.drop = None
        proxy.ranges.clear()
        assert download(through)["status"] == "new"
        assert proxy.ranges == ["bytes=3000000-"]
    assert contents() == files


def test_login_of_podman_is_used(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = model_files(tmp_path / "first", 400_000)
    with docker_registry(tmp_path / "private", login=True) as private:
        write_login(private.host, tmp_path / "auth.json", "wrong")
        monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
        assert download(private, status=1)["code"] == "login"
        write_login(private.host, tmp_path / "auth.json", "secret")
        private.push(NAME, "latest", files)
        assert download(private)["status"] == "new"
    assert contents() == files


def test_full_disk_is_one_sentence_and_the_old_version_stays(registry: Registry, tmp_path: Path) -> None:
    files = model_files(tmp_path / "first", 400_000)
    registry.push(NAME, "latest", files)
    download(registry)
    newer = model_files(tmp_path / "second", 800_000)
    registry.push(NAME, "latest", newer)
    place = Place.of(target().parent, "tiny")
    blob = place.layout / "blobs/sha256" / hashlib.sha256(newer["model.safetensors"]).hexdigest()
    blob.parent.mkdir(parents=True)
    part_of(blob).symlink_to("/dev/full")  # every write to it fails as on a full disk
    error = download(registry, status=1)
    assert error["code"] == "disk-full" and error["message"].startswith("The disk is full")
    assert contents() == files
    part_of(blob).unlink()
    assert download(registry)["status"] == "changed"


def layer(*members: tuple[str, bytes | None]) -> bytes:
    """A compressed layer with files, or links where there are no bytes."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, data in members:
            entry = tarfile.TarInfo(name)
            if data is None:
                entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            else:
                entry.size = len(data)
            tar.addfile(entry, None if data is None else io.BytesIO(data))
    return stream.getvalue()


def test_image_with_a_model_is_unpacked(registry: Registry, tmp_path: Path) -> None:
    files = model_files(tmp_path / "first", 400_000)
    base = layer(("bin/sh", None), ("etc/os-release", b"x"))
    model = layer(*((f"models/{name}", data) for name, data in files.items()))
    digest = registry.push_image(NAME, "latest", [base, model])
    assert download(registry)["digest"] == digest
    assert contents() == files
    record = read_record(target())
    assert record is not None and record.files["config.json"][1].startswith("sha256:")
    check_model_folder(target())
    assert download(registry)["status"] == "unchanged"

    registry.push_image(NAME, "link", [layer(("models/config.json", None))])
    assert download(registry, "--release", "link", status=1)["code"] == "unsafe-archive"
    registry.push_image(NAME, "wrong", [model], wrong_content=True)
    assert download(registry, "--release", "wrong", status=1)["code"] == "wrong-digest"
    registry.push_image(NAME, "other", [base])
    assert download(registry, "--release", "other", status=1)["code"] == "not-a-model"
    assert contents() == files


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
