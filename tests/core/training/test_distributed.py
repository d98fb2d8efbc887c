"""Training in two real ranks: killed, resumed, stopped, and continued by one."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from core.training.worker import train
from tests.core.training.conftest import EventRecorder
from tests.core.training.ranks import rank_log, run_ranks

pytestmark = [pytest.mark.slow, pytest.mark.torch]

STEPS = 12


def events_of(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def losses(events: list[Any]) -> dict[int, float]:
    return {data["step"]: data["values"]["loss"] for kind, data in events if kind == "metric"}


def attempts(events: list[Any]) -> list[dict[int, float]]:
    """The losses of runs that follow each other."""
    found: list[dict[int, float]] = []
    for kind, data in events:
        if kind == "metric":
            if not found or data["step"] <= max(found[-1]):
                found.append({})
            found[-1][data["step"]] = data["values"]["loss"]
    return found


def train_in_ranks(
    folder: Path, runs: list[dict[str, Any]], kill: str = "", *, in_background: bool = False
) -> tuple[list[int], list[Any]]:
    """The exit statuses of two ranks, and the events of rank 0."""
    folder.mkdir()
    arguments = [json.dumps(run) for run in runs]
    program = ("tests.core.training.ranks", str(folder / "events"), kill, *arguments)
    statuses = run_ranks(2, folder, *program, in_background=in_background)
    return statuses, events_of(folder / "events")


@pytest.mark.parametrize(("backend", "lora_rank"), [("ddp", 0), ("fsdp", 0), ("fsdp", 4)])
def test_killed_ranks_resume_bit_identically(
    arguments: dict[str, Any], tmp_path: Path, backend: str, lora_rank: int
) -> None:
    arguments |= {"lora_rank": lora_rank, "lora_dropout": 0.0}
    run = {**arguments, "distributed_backend": backend, "nproc_per_node": 2, "precision": "float32"}
    whole = {**run, "ckpt_output_dir": str(tmp_path / "whole")}
    killed_rank, step = random.randint(0, 1), random.randint(1, STEPS)
    statuses, before = train_in_ranks(tmp_path / "killed", [run], f"{killed_rank}:{step}")
    assert statuses[killed_rank] == -9
    shutil.copytree(tmp_path / "out", tmp_path / "alone")
    statuses, after = train_in_ranks(tmp_path / "resumed", [whole, run])
    assert statuses == [0, 0], rank_log(tmp_path / "resumed", 0).read_text()[-3000:]
    _, results = after.pop()
    expected, resumed = attempts(after)
    assert list(expected) == list(range(1, STEPS + 1))
    assert min(resumed) == (step - 1) // 4 * 4 + 1, (killed_rank, step)
    assert losses(before) | resumed == expected, (killed_rank, step)
    for mine, theirs in zip(results[1]["checkpoints"], results[0]["checkpoints"], strict=True):
        first, second = (load_file(Path(each["path"]) / "model.safetensors") for each in (mine, theirs))
        assert all(torch.equal(first[name], second[name]) for name in first)
    one_process = EventRecorder()
    train({**arguments, "precision": "float32", "ckpt_output_dir": str(tmp_path / "alone")}, one_process.reporter)
    assert min(one_process.losses) == min(resumed)
    assert one_process.losses == pytest.approx(resumed, rel=1e-3)


def test_ranks_resume_from_a_state_that_was_written_in_the_background(
    arguments: dict[str, Any], tmp_path: Path
) -> None:
    run = {**arguments, "distributed_backend": "fsdp", "nproc_per_node": 2, "precision": "float32"}
    whole = {**run, "ckpt_output_dir": str(tmp_path / "whole")}
    statuses, before = train_in_ranks(tmp_path / "killed", [run], "1:10", in_background=True)
    assert statuses[1] == -9
    statuses, after = train_in_ranks(tmp_path / "resumed", [whole, run], in_background=True)
    assert statuses == [0, 0], rank_log(tmp_path / "resumed", 0).read_text()[-3000:]
    _, results = after.pop()
    expected, resumed = attempts(after)
    assert min(resumed) in (5, 9)  # the state of step 8 may not have been complete
    assert losses(before) | resumed == expected
    for mine, theirs in zip(results[1]["checkpoints"], results[0]["checkpoints"], strict=True):
        first, second = (load_file(Path(each["path"]) / "model.safetensors") for each in (mine, theirs))
        assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.usefixtures("deepspeed")
def test_killed_zero_ranks_resume_and_one_rank_continues(arguments: dict[str, Any], tmp_path: Path) -> None:
    """The states of ZeRO-2 and ZeRO-3."""
    common = {**arguments, "distributed_backend": "deepspeed", "nproc_per_node": 2, "precision": "float32"}
    killed, runs, alone = {}, [], []
    for stage in "23":
        run = {**common, "deepspeed_zero_stage": stage, "ckpt_output_dir": str(tmp_path / f"killed-{stage}")}
        killed_rank, step = random.randint(0, 1), random.randint(5, STEPS)
        logs = tmp_path / f"logs-{stage}"
        statuses, before = train_in_ranks(logs, [run], f"{killed_rank}:{step}")
        assert statuses[killed_rank] == -9, rank_log(logs, killed_rank).read_text()[-3000:]
        killed[stage] = (killed_rank, step, losses(before))
        one = {**run, "nproc_per_node": 1, "ckpt_output_dir": str(tmp_path / f"alone-{stage}")}
        shutil.copytree(run["ckpt_output_dir"], one["ckpt_output_dir"])
        runs += [{**run, "ckpt_output_dir": str(tmp_path / f"whole-{stage}")}, run]
        alone.append(json.dumps(one))
    statuses, after = train_in_ranks(tmp_path / "resumed", runs)
    assert statuses == [0, 0], rank_log(tmp_path / "resumed", 0).read_text()[-3000:]
    _, results = after.pop()
    program = ("tests.core.training.ranks", str(tmp_path / "alone-events"), "", *alone)
    assert run_ranks(1, tmp_path, *program) == [0], rank_log(tmp_path, 0).read_text()[-3000:]
    both, by_one = attempts(after), attempts(events_of(tmp_path / "alone-events"))
    for number, (killed_rank, step, first_losses) in enumerate(killed.values()):
        expected, resumed = both[2 * number : 2 * number + 2]
        assert list(expected) == list(range(1, STEPS + 1))
        assert min(resumed) == (step - 1) // 4 * 4 + 1, (killed_rank, step)
        assert first_losses | resumed == expected, (killed_rank, step)
        for mine, theirs in zip(*(each["checkpoints"] for each in results[2 * number : 2 * number + 2]), strict=True):
            first, second = (load_file(Path(each["path"]) / "model.safetensors") for each in (mine, theirs))
            assert all(torch.equal(first[name], second[name]) for name in first)
        assert list(by_one[number]) == list(resumed)
        assert by_one[number] == pytest.approx(resumed, rel=1e-3)
    assert not list(tmp_path.glob("*/full_state"))
