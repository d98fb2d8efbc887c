"""Each training profile is a plan that its GPUs can start, as far as a simulated driver can show."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from core.config.profiles import MENU
from core.training.launch import missing_for_deepspeed
from tests.core.system.fake_nvml import GIB, FakeNvml, gpu
from tests.core.training.conftest import ROWS, write_rows
from tui.cli.model.train import train

MEMORY = {"A100_H100": 80, "L40": 48, "L4": 24}
"""GiB of each GPU."""

BACKENDS = {"A100_H100_x2": "deepspeed", "L40_x4": "deepspeed", "L4_x8": "deepspeed"}
"""Those that keep the optimizer in host memory; the others shard with fsdp."""


@pytest.mark.parametrize("name", MENU)
def test_profile_is_a_plan_that_its_gpus_can_start(
    name: str, student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, _, count = name.removesuffix(".yaml").rpartition("_x")
    backend = BACKENDS.get(f"{kind}_x{count}", "fsdp")
    if backend == "deepspeed" and (reason := missing_for_deepspeed()):
        pytest.skip(reason)
    memory = SimpleNamespace(total=MEMORY[kind] * GIB, used=0)
    gpus = [
        gpu(nvmlDeviceGetUUID=f"GPU-{index}", nvmlDeviceGetMemoryInfo=memory, nvmlDeviceGetComputeRunningProcesses=[])
        for index in range(int(count))
    ]
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml(*gpus))
    monkeypatch.setenv("LABTOP_TRAIN_PROFILE", name)
    data = write_rows(tmp_path / "data.jsonl")
    arguments = ["--dry-run", "--json", "--model-path", str(student), "--data-path", str(data)]
    done = CliRunner().invoke(train, arguments)
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    found = {key: result["memory"][key] for key in ("device", "backend", "processes", "fits")}
    assert found == {"device": "cuda", "backend": backend, "processes": int(count), "fits": True}
    assert 0 < result["memory"]["needed"] <= result["memory"]["available"] <= MEMORY[kind] * GIB
    assert result["minutes"] == pytest.approx(len(ROWS) / 250 / int(count) * 8)
    fewer = CliRunner().invoke(train, [*arguments, "--gpus", str(int(count) + 1)])
    assert f"needs {int(count) + 1} GPUs, and this machine has {count} of them" in str(fewer.exception)
