"""All back ends, on one and on two ranks, compute what one process computes."""

from __future__ import annotations

import json
import os
import pwd
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.training.engine.ranks import Ranks
from core.training.launch import missing_for_deepspeed
from tests.core.training.engine.golden import STEPS, run

pytestmark = [pytest.mark.slow, pytest.mark.torch]

CACHE = Path(pwd.getpwuid(os.getuid()).pw_dir, ".cache")
"""Where DeepSpeed's compiled modules are kept between test runs, which have home folders of their own."""

SECONDS = 420.0
"""DeepSpeed compiles a module on a machine's first start, which takes minutes."""


def spawn(world_size: int, folder: Path, *arguments: str) -> None:
    """Run the golden program in so many ranks, whose output goes to files in a folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    common = {
        **os.environ,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "WORLD_SIZE": str(world_size),
        "OMP_NUM_THREADS": "1",
        "XDG_CACHE_HOME": str(CACHE),
    }
    argv = [sys.executable, "-m", "tests.core.training.engine.golden", *arguments]
    logs = [folder / f"rank-{rank}.log" for rank in range(world_size)]
    processes = []
    for rank, log in enumerate(logs):
        with log.open("wb") as stream:
            environment = {**common, "RANK": str(rank), "LOCAL_RANK": str(rank)}
            processes.append(subprocess.Popen(argv, env=environment, stdout=stream, stderr=subprocess.STDOUT))
    try:
        for process, log in zip(processes, logs, strict=True):
            assert process.wait(SECONDS) == 0, log.read_text()[-3000:]
    finally:
        for process in processes:
            process.kill()


@pytest.fixture(scope="module")
def expected(student: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("single")
    run("single", student, folder, Ranks.alone())
    return folder / "single"


@pytest.mark.parametrize("world_size", [1, 2])
@pytest.mark.parametrize("names", [("ddp", "fsdp"), ("deepspeed-2", "deepspeed-3")], ids=["torch", "deepspeed"])
def test_backends_agree_with_one_process(
    student: Path, tmp_path: Path, expected: Path, names: tuple[str, ...], world_size: int
) -> None:
    if names[0].startswith("deepspeed") and (reason := missing_for_deepspeed()):
        pytest.skip(reason)
    spawn(world_size, tmp_path, str(student), str(tmp_path), *names)
    right = json.loads(expected.with_suffix(".json").read_text())
    weights = load_file(expected.with_suffix(".safetensors"))
    assert len(right["losses"]) == STEPS
    for name in names:
        found = json.loads((tmp_path / f"{name}.json").read_text())
        assert found["losses"] == pytest.approx(right["losses"], rel=1e-5)
        assert found["norms"] == pytest.approx(right["norms"], rel=1e-4)
        mine = load_file(tmp_path / f"{name}.safetensors")
        assert set(mine) == set(weights)
        for key, tensor in weights.items():
            torch.testing.assert_close(mine[key], tensor, rtol=0, atol=1e-4)
