"""Checkpoints and states that are written while training continues."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from core.errors import LabtopError
from core.training import saving
from core.training.checkpoint.background import BackgroundWrite
from core.training.checkpoint.export import write_checkpoint
from core.training.checkpoint.state import list_states
from core.training.worker import train
from tests.core.training.conftest import EventRecorder

pytestmark = [pytest.mark.slow, pytest.mark.torch]

KILLED = """
import json, os, pathlib, signal, sys, threading
from core.events import Reporter
from core.training import saving
from core.training.worker import train

saving.SMALL_BYTES = 0
rename = pathlib.Path.rename

def die_in_the_writer(path, target):
    if target.name == sys.argv[2]:
        assert threading.current_thread() is not threading.main_thread()
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(path, target)

pathlib.Path.rename = die_in_the_writer
train(json.loads(sys.argv[1]), Reporter.silent())
"""


@pytest.fixture(autouse=True)
def in_background(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even small states are written in the background."""
    monkeypatch.setattr(saving, "SMALL_BYTES", 0)


def weights(path: str) -> dict[str, torch.Tensor]:
    return dict(load_file(Path(path) / "model.safetensors"))


@pytest.mark.parametrize("lora_rank", [0, 2])
def test_background_writes_what_is_written_at_once(
    arguments: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lora_rank: int
) -> None:
    arguments = {**arguments, "lora_rank": lora_rank}
    threads = []
    write = write_checkpoint

    def recorded(*values: Any) -> None:
        threads.append(threading.current_thread() is threading.main_thread())
        write(*values)

    monkeypatch.setattr(saving, "write_checkpoint", recorded)
    recorder = EventRecorder()
    first = train(arguments, recorder.reporter)
    monkeypatch.setattr(saving, "SMALL_BYTES", 1 << 40)
    second = train({**arguments, "ckpt_output_dir": str(tmp_path / "at once")}, EventRecorder().reporter)
    assert threads == [False] * 3 + [True] * 3
    assert [data["summary"]["samples"] for data in recorder.of("artifact")] == [12, 24, 36]
    for mine, theirs in zip(first["checkpoints"], second["checkpoints"], strict=True):
        assert mine["loss"] == theirs["loss"]
        one, other = weights(mine["path"]), weights(theirs["path"])
        assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(("publishing", "resumes_after"), [("step_8", 4), ("samples_24", 4), ("step_4", 0)])
def test_killed_background_write_leaves_the_older_state(
    arguments: dict[str, Any], tmp_path: Path, publishing: str, resumes_after: int
) -> None:
    whole = EventRecorder()
    expected = train({**arguments, "ckpt_output_dir": str(tmp_path / "whole")}, whole.reporter)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, json.dumps(arguments), publishing], cwd=Path.cwd(), check=False
    )
    assert killed.returncode == -signal.SIGKILL
    resumed = EventRecorder()
    result = train(arguments, resumed.reporter)
    assert min(resumed.losses) == resumes_after + 1
    assert resumed.losses == {step: loss for step, loss in whole.losses.items() if step > resumes_after}
    for mine, theirs in zip(result["checkpoints"], expected["checkpoints"], strict=True):
        one, other = weights(mine["path"]), weights(theirs["path"])
        assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(("limit", "what"), [(100_000, "samples_12"), (700_000, "step_4")])
def test_error_of_the_writer_is_that_of_a_write_at_once(
    arguments: dict[str, Any], limit: int, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))  # bytes; between those of a model and of a state
    messages = []
    try:
        for small in (0, 1 << 40):
            monkeypatch.setattr(saving, "SMALL_BYTES", small)
            with pytest.raises(LabtopError, match=f"File too large while writing .*{what}") as raised:
                train(arguments, EventRecorder().reporter)
            messages.append(str(raised.value))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert messages[0] == messages[1]
    assert list_states(Path(arguments["ckpt_output_dir"])) == []
    recorder = EventRecorder()
    assert len(train(arguments, recorder.reporter)["checkpoints"]) == 3


def test_without_memory_for_a_copy_it_is_written_at_once(
    arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "MEMORY_SHARE", 0.0)
    monkeypatch.setattr(saving, "BackgroundWrite", lambda _write: pytest.fail("a copy was made"))
    assert len(train(arguments, EventRecorder().reporter)["checkpoints"]) == 3


def test_stop_completes_the_write(arguments: dict[str, Any]) -> None:
    def interrupt(step: int) -> None:
        if step == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(arguments, EventRecorder(interrupt).reporter)
    assert [state.name for state in list_states(Path(arguments["ckpt_output_dir"]))] == ["step_4"]


def test_background_write_raises_what_its_thread_raised() -> None:
    def fail() -> None:
        raise LabtopError("The disk is full.")

    with pytest.raises(LabtopError, match="The disk is full"):
        BackgroundWrite(fail).wait()
