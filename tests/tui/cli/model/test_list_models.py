"""`labtop model list`, and what the commands say to a GGUF file that it shows."""

from __future__ import annotations

import json

import pytest

from core import paths
from core.models.download.place import Place
from core.models.here import read_here
from tests.core.models.download.hub import write_model
from tests.tui.cli.running import labtop


@pytest.fixture
def gguf() -> str:
    folder = paths.current().models_dir / "org"
    folder.mkdir(parents=True)
    (folder / "tiny-Q4.gguf").write_bytes(b"GGUF")
    return str(folder / "tiny-Q4.gguf")


def test_model_list_marks_gguf(gguf: str) -> None:
    listed = labtop("model", "list")
    assert "GGUF" in listed.stdout and "* org/tiny-Q4.gguf: GGUF files cannot be served" in listed.stdout
    record = json.loads(labtop("model", "list", "--json").stdout)[0]
    assert (record["format"], record["state"]) == ("gguf", "not-servable")


def test_checkpoints_have_their_phase_and_adapters_are_apart() -> None:
    roots = paths.current()
    for phase in ("phase1", "phase2"):
        write_model(roots.phased_dir / phase / "checkpoints" / "hf_format" / "samples_4", 100)
    (roots.models_dir / "skills-adapter-v3").mkdir(parents=True)
    (roots.models_dir / "skills-adapter-v3" / "adapter_config.json").write_text("{}")
    trained = roots.phased_dir / "phase1" / "checkpoints" / "adapters" / "samples_4"
    trained.mkdir(parents=True)
    (trained / "adapter_config.json").write_text("{}")
    listed = labtop("model", "list", "--checkpoints").stdout
    assert f"LoRA adapters: {roots.models_dir / 'skills-adapter-v3'}, {trained}" in listed
    assert "phase1/hf_format/samples_4" in listed and "phase2/hf_format/samples_4" in listed
    assert [each.name for each in read_here(roots) if each.kind == "adapter"] == [
        "skills-adapter-v3",
        "phase1/checkpoints/adapters/samples_4",
    ]
    assert "phase1" not in labtop("model", "list").stdout


def test_unfinished_download_is_marked() -> None:
    begun = Place.of(paths.current().models_dir, "org/tiny").files
    begun.mkdir(parents=True)
    (begun / ".model.safetensors.part").write_bytes(bytes(1_000))
    assert "* org/tiny: Its download is not complete." in labtop("model", "list").stdout
    (record,) = json.loads(labtop("model", "list", "--json").stdout)
    assert (record["name"], record["state"], record["bytes"]) == ("org/tiny", "unfinished", 1_000)


@pytest.mark.parametrize(
    "command",
    [
        ("model", "serve", "--model-path"),
        ("model", "train", "--device", "cpu", "--model-path"),
        ("model", "evaluate", "--benchmark", "mmlu_branch", "--model"),
        ("model", "chat", "--model-path"),
    ],
)
def test_gguf_is_one_error(command: tuple[str, ...], gguf: str) -> None:
    by_name, by_path = (labtop(*command, given, status=1) for given in ("org/tiny-Q4.gguf", gguf))
    assert by_name.stderr == by_path.stderr
    assert f"{gguf} is a GGUF file" in by_path.stderr
