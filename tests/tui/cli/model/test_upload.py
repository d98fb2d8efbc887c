"""`labtop model upload` with real servers on loopback, and what `model download` gets back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import paths
from core.models.download.record import RECORD
from tests.core.models.download.hub import Hub, hub_server, write_model
from tests.core.models.download.registry import Registry, docker_registry
from tests.core.models.test_local import write_weights
from tests.pty_program import LABTOP, Program
from tests.tui.cli.model.test_download_oci import write_login
from tests.tui.cli.running import labtop

pytestmark = pytest.mark.slow

NAME = "myorg/tuned"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HF_HUB_OFFLINE", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_TOKEN", "secret-token")
    with hub_server(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with docker_registry(tmp_path / "registry") as registry:
        yield registry


@pytest.fixture
def model() -> Path:
    """A checkpoint of a training, with weights in two files."""
    folder = paths.current().phased_dir / "phase2/checkpoints/hf_format/samples_40"
    write_model(folder, 400_000)
    (folder / "pytorch_model.bin").unlink()
    (folder / "chat").mkdir()
    (folder / "chat" / "template.jinja").write_text("{{ messages }}")
    return folder


def upload(to: str, *options: str, status: int = 0) -> dict[str, Any]:
    done = labtop("model", "upload", "-m", "samples_40", "-d", to, "--json", *options, status=status)
    document: dict[str, Any] = json.loads(done.stdout)
    return dict(document["result"] if status == 0 else document["error"])


def downloaded(repository: str, name: str) -> dict[str, bytes]:
    """The files of a model after downloading it."""
    labtop("model", "download", "--repository", repository)
    folder = paths.current().models_dir / name
    return {path: data for path, data in contents(folder).items() if path != RECORD}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_hub_upload_comes_back_identical(hub: Hub, model: Path) -> None:
    first = upload(NAME)
    assert (first["status"], first["release"]) == ("new", "main")
    assert downloaded(NAME, NAME) == contents(model)
    again = upload(NAME)
    assert (again["status"], again["digest"]) == ("unchanged", first["digest"])

    write_weights(model / "model.safetensors", 800_000)
    (hub.root / NAME / "model-00001-of-00002.safetensors").write_bytes(b"of an earlier version")
    error = upload(NAME, status=1)
    assert error["code"] == "exists" and "--force" in error["hint"]
    changed = upload(NAME, "--force")
    assert changed["status"] == "changed"
    assert downloaded(NAME, NAME) == contents(model)
    jobs = paths.current().jobs_dir
    assert not [path for path in jobs.rglob("*") if path.is_file() and b"secret-token" in path.read_bytes()]


def test_hub_refuses_or_spoils(hub: Hub, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.fail(refuse=True)
    error = upload(NAME, status=1)
    assert error["code"] == "login" and "write access to myorg" in error["hint"]
    hub.fail(spoil=True)
    assert upload(NAME, status=1)["code"] == "wrong-digest"
    monkeypatch.delenv("HF_TOKEN")
    done = labtop("model", "upload", "-m", str(model), "-d", NAME, status=1)
    assert "needs an access token in HF_TOKEN" in done.stderr


def test_oci_upload_comes_back_identical(registry: Registry, model: Path) -> None:
    to = f"docker://{registry.host}/rhelai1/tuned"
    first = upload(to)
    assert (first["status"], first["release"]) == ("new", "latest")
    assert downloaded(to, "tuned") == contents(model)
    assert upload(f"{registry.host}/rhelai1/tuned", "--dest-type", "oci")["status"] == "unchanged"
    (model / "config.json").write_text('{"model_type": "llama"}')
    assert upload(to, status=1)["code"] == "exists"
    assert upload(to, "--release", "1.1")["status"] == "new"
    changed = upload(to, "--force")
    assert (changed["status"], changed["before"]) == ("changed", first["digest"])
    shutil.rmtree(paths.current().models_dir)
    assert downloaded(to, "tuned") == contents(model)

    command = f"{LABTOP} model upload -m samples_40 -d {to}; echo status $?; sleep 60"
    for answer, words in (("n", "Nothing was uploaded."), ("y", "unchanged")):
        with Program(["sh", "-c", command], size=(140, 24)) as program:
            program.shows("already has the release latest", "Replace it? [y/N]")
            program.send(f"{answer}\n")
            program.shows(words, "status 0")


def test_oci_upload_needs_a_login(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert model.is_dir()
    with docker_registry(tmp_path / "private", login=True) as private:
        to = f"docker://{private.host}/rhelai1/tuned"
        error = upload(to, status=1)
        assert error["code"] == "login" and f"skopeo login {private.host}" in error["hint"]
        write_login(private.host, tmp_path / "auth.json", "secret")
        monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
        assert upload(to)["status"] == "new"
    assert upload(to, status=1)["code"] == "network"  # it has ended


def test_what_cannot_be_uploaded(model: Path) -> None:
    write_model(paths.current().checkpoints_dir / "hf_format" / "samples_40")
    for arguments, words in (
        (("-m", "none", "-d", NAME), "There is no model none"),
        (("-m", "samples_40", "-d", NAME), "the name of 2 checkpoints"),
        (("-m", str(model), "-d", "tuned"), "neither OWNER/NAME"),
        (("-m", str(model), "-d", "bucket/x", "--dest-type", "s3"), "not to S3"),
    ):
        assert words in labtop("model", "upload", *arguments, status=1).stderr
    (model / "tokenizer.json").unlink()
    assert "has no tokenizer" in labtop("model", "upload", "-m", str(model), "-d", NAME, status=1).stderr
