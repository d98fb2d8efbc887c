"""One process, killed again and again at random places."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.core.training.ranks import rank_log, run_ranks
from tests.core.training.test_distributed import STEPS, events_of

pytestmark = [pytest.mark.slow, pytest.mark.torch]


def test_training_killed_again_and_again_is_bit_identical(arguments: dict[str, Any], tmp_path: Path) -> None:
    seed = str(random.randrange(1000))
    whole = {**arguments, "ckpt_output_dir": str(tmp_path / "whole")}
    for run, file, given in ((whole, "whole-events", ""), (arguments, "events", seed)):
        program = ("tests.core.training.kills", str(tmp_path / file), given, json.dumps(run))
        assert run_ranks(1, tmp_path, *program) == [0], (seed, rank_log(tmp_path, 0).read_text()[-3000:])
    expected, found = events_of(tmp_path / "whole-events"), events_of(tmp_path / "events")
    assert sum(kind == "killed" for kind, _ in found) >= 2
    steps = {data["step"]: data["values"] for kind, data in expected if kind == "metric"}
    assert list(steps) == list(range(1, STEPS + 1))
    for kind, data in found:
        if kind == "metric":
            exact = {name: data["values"][name] for name in ("loss", "lr", "grad_norm")}
            assert exact == {name: steps[data["step"]][name] for name in exact}, (seed, data["step"])
    checkpoints = sorted((tmp_path / "whole" / "hf_format").iterdir())
    assert len(checkpoints) == 3
    for checkpoint in checkpoints:
        mine = tmp_path / "out" / "hf_format" / checkpoint.name
        first, second = (load_file(folder / "model.safetensors") for folder in (mine, checkpoint))
        assert all(torch.equal(first[name], second[name]) for name in second), (seed, checkpoint.name)
        losses = [json.loads((folder / "checkpoint.json").read_text())["loss"] for folder in (mine, checkpoint)]
        assert losses[0] == losses[1], (seed, checkpoint.name)
