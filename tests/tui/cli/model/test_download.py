"""`labtop model download` with real servers on loopback: a hub, and an OCI registry through skopeo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import paths
from core.models.download.place import Place
from core.models.download.record import RECORD, read_record
from core.models.local import check_model_folder
from tests.core.models.download.hub import NAME, Hub, hub_server
from tests.core.models.test_local import write_weights
from tests.tui.cli.running import labtop
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HF_HUB_OFFLINE", "HF_TOKEN", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    with hub_server(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


def target() -> Path:
    return paths.current().models_dir / NAME


def download(*options: str, name: str = NAME, status: int = 0) -> dict[str, Any]:
    done = labtop("model", "download", "--repository", name, "--json", *options, status=status)
    document: dict[str, Any] = json.loads(done.stdout)
    if status == 0:
        return dict(document["result"]["models"][0])
    return dict(document["error"])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != RECORD}


def test_hub_model_is_verified_recorded_and_replaced_only_by_a_new_version(hub: Hub) -> None:
    first = download()
    assert first["status"] == "new"
    expected = contents(hub.model)
    del expected["pytorch_model.bin"]  # a format that labtop does not read
    assert contents(target()) == expected
    record = read_record(target())
    assert record is not None and record.digest == first["digest"]
    assert record.files["model.safetensors"][1].startswith("sha256:")
    assert record.files["config.json"][1].startswith("git:")
    check_model_folder(target())

    assert download("--release", "latest")["status"] == "unchanged"

    write_weights(hub.model / "model.safetensors", 800_000)
    changed = download()
    assert (changed["status"], changed["before"]) == ("changed", first["digest"])
    assert contents(target())["model.safetensors"] == (hub.model / "model.safetensors").read_bytes()
    assert not any(target().parents[1].joinpath(".downloads").iterdir())


def test_dropped_connection_is_resumed_and_the_old_version_stays(hub: Hub) -> None:
    download()
    old = contents(target())
    write_weights(hub.model / "model.safetensors", 16_000_000)
    hub.fail(drop=12_000_000)
    error = download(status=1)
    assert error["code"] == "network" and "broke off" in error["message"]
    assert contents(target()) == old
    before = len(hub.requests())
    hub.fail()
    assert download()["status"] == "changed"
    resumed = [line for line in hub.requests()[before:] if line.startswith("GET") and "model.safetensors" in line]
    assert len(resumed) == 1 and "bytes=12000000-" in resumed[0]
    assert contents(target())["model.safetensors"] == (hub.model / "model.safetensors").read_bytes()


def test_wrong_digest_is_an_error_and_nothing_is_put_in_place(hub: Hub) -> None:
    hub.fail(flip="model.safetensors")
    error = download(status=1)
    assert error["code"] == "wrong-digest" and "model.safetensors" in error["message"]
    assert not target().exists()
    hub.fail()
    assert download()["status"] == "new"


def test_what_a_hub_may_answer(hub: Hub) -> None:
    (hub.root / "granite" / "quantized").mkdir()
    (hub.root / "granite" / "quantized" / "tiny-Q4.gguf").write_bytes(b"GGUF")
    error = download(name="granite/quantized", status=1)
    assert error["code"] == "no-safetensors" and "GGUF files such as tiny-Q4.gguf" in error["message"]
    assert download(name="granite/none", status=1)["code"] == "no-repository"
    assert download("--release", "v9", status=1)["code"] == "no-release"


def test_gated_model_needs_a_token_from_the_environment(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.fail(token="secret-token")
    error = download(status=1)
    assert error["code"] == "gated" and "set HF_TOKEN" in error["hint"]
    monkeypatch.setenv("HF_TOKEN", "secret-token")
    assert download()["status"] == "new"
    jobs = paths.current().jobs_dir
    assert not [path for path in jobs.rglob("*") if path.is_file() and b"secret-token" in path.read_bytes()]


def test_stopped_download_is_resumed_at_its_byte(hub: Hub) -> None:
    write_weights(hub.model / "model.safetensors", 16_000_000)
    hub.fail(slow=0.2)
    job = labtop("model", "download", "--repository", NAME, "--detached").stdout.strip()
    part = Place.of(paths.current().models_dir, NAME).files / ".model.safetensors.part"
    wait_until(lambda: part.exists() and part.stat().st_size >= 1_000_000, what="a part of the file")
    assert "in use by job" in labtop("model", "remove", "-f", NAME, status=1).stderr
    labtop("process", "cancel", job)
    there = part.stat().st_size
    assert there < 16_000_000 and not target().exists()
    hub.fail()
    resumed = json.loads(labtop("process", "resume", job, "--json").stdout)
    assert resumed["result"]["models"][0]["status"] == "new"
    assert any(f"bytes={there}-" in line for line in hub.requests())
    assert contents(target())["model.safetensors"] == (hub.model / "model.safetensors").read_bytes()
