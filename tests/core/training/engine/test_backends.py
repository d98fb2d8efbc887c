"""All back ends, on one and on two ranks, compute what one process computes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.training.engine.ranks import Ranks
from tests.core.training.engine.golden import STEPS, run
from tests.core.training.ranks import rank_log, run_ranks

pytestmark = [pytest.mark.slow, pytest.mark.torch]

TORCH = ("ddp", "fsdp", "ddp-packed", "fsdp-packed", "ddp-lora", "fsdp-lora")
DEEPSPEED = ("deepspeed-2", "deepspeed-3", "deepspeed-2-packed", "deepspeed-3-packed", "deepspeed-2-lora")


@pytest.fixture(scope="module")
def expected(student: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("single")
    for name in ("single", "single-lora"):
        run(name, student, folder, Ranks.alone())
    return folder


@pytest.mark.parametrize("world_size", [1, 2])
@pytest.mark.parametrize("names", [TORCH, DEEPSPEED], ids=["torch", "deepspeed"])
def test_backends_agree_with_one_process(
    request: pytest.FixtureRequest,
    student: Path,
    tmp_path: Path,
    expected: Path,
    names: tuple[str, ...],
    world_size: int,
) -> None:
    if names == DEEPSPEED:
        request.getfixturevalue("deepspeed")
    statuses = run_ranks(world_size, tmp_path, "tests.core.training.engine.golden", str(student), str(tmp_path), *names)
    assert statuses == [0] * world_size, rank_log(tmp_path, 0).read_text()[-3000:]
    for name in names:
        single = "single-lora" if name.endswith("-lora") else "single"
        right = json.loads((expected / f"{single}.json").read_text())
        weights = load_file(expected / f"{single}.safetensors")
        assert len(right["losses"]) == STEPS
        found = json.loads((tmp_path / f"{name}.json").read_text())
        assert found["losses"] == pytest.approx(right["losses"], rel=1e-5)
        assert found["validation"] == pytest.approx(right["validation"], rel=1e-5)
        assert found["norms"] == pytest.approx(right["norms"], rel=1e-4)
        mine = load_file(tmp_path / f"{name}.safetensors")
        assert set(mine) == set(weights)
        for key, tensor in weights.items():
            torch.testing.assert_close(mine[key], tensor, rtol=0, atol=1e-4)
