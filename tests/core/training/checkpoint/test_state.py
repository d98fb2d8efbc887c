"""Stopping, and resuming from states that were kept, damaged, or belong to another run."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer

from core.errors import LabtopError
from core.events import Data, Reporter
from core.training.arguments import TrainArguments
from core.training.checkpoint.state import STATE_RECORD, list_states
from core.training.engine.memory import explain_failures
from core.training.metrics.log import METRICS_FILE
from core.training.worker import train
from tests.core.training.conftest import EventRecorder

pytestmark = [pytest.mark.slow, pytest.mark.torch]


def stop_at(arguments: dict[str, Any], step: int, *, by_signal: bool = False) -> None:
    """Train until a step, then ask to stop."""
    requested = False

    def write(kind: str, _stage: str | None, data: Data) -> None:
        nonlocal requested
        if kind == "metric" and data["step"] == step - 1:
            if by_signal:
                os.kill(os.getpid(), signal.SIGTERM)
            requested = not by_signal

    with pytest.raises(KeyboardInterrupt):
        train(arguments, Reporter(write, stop_requested=lambda: requested))


def first_step(arguments: dict[str, Any]) -> int:
    """The first step that a training does."""
    recorder = EventRecorder()
    train(arguments, recorder.reporter)
    return min(recorder.losses)


def names(arguments: dict[str, Any]) -> list[str]:
    return [state.name for state in list_states(Path(arguments["ckpt_output_dir"]))]


@pytest.mark.parametrize("by_signal", [False, True])
def test_stop_saves_at_the_end_of_the_step(arguments: dict[str, Any], by_signal: bool) -> None:
    before = signal.getsignal(signal.SIGTERM)
    stop_at(arguments, 7, by_signal=by_signal)
    assert signal.getsignal(signal.SIGTERM) is before
    assert names(arguments) == ["step_4", "step_7"]
    assert first_step(arguments) == 8
    assert names(arguments) == []


@pytest.mark.parametrize("change", [{"max_batch_len": 256}, {"save_samples": 24}, {"max_checkpoints": 1}])
def test_changed_execution_settings_resume(arguments: dict[str, Any], change: dict[str, Any]) -> None:
    stop_at(arguments, 7)
    assert first_step({**arguments, **change}) == 8


def test_states_of_another_run_are_put_back(arguments: dict[str, Any]) -> None:
    stop_at(arguments, 7)
    stop_at({**arguments, "learning_rate": 1e-3}, 3)
    output = Path(arguments["ckpt_output_dir"])
    moved = ["full_state.earlier-1", "hf_format.earlier-1", f"{METRICS_FILE}.earlier-1"]
    assert sorted(path.name for path in output.glob("*.earlier-*")) == moved
    recorder = EventRecorder()
    result = train(arguments, recorder.reporter)
    assert min(recorder.losses) == 8
    assert [Path(each["path"]).name for each in result["checkpoints"]] == ["samples_12", "samples_24", "samples_36"]
    assert first_step({**arguments, "learning_rate": 1e-3}) == 4


def cut_in_half(state: Path) -> None:
    largest = max((file for file in state.rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)
    os.truncate(largest, largest.stat().st_size // 2)


def flip_a_bit(state: Path) -> None:
    largest = max((file for file in state.rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)


def remove_record(state: Path) -> None:
    (state / STATE_RECORD).unlink()


def spoil_record(state: Path) -> None:
    (state / STATE_RECORD).write_text("{}")


def other_types(state: Path) -> None:
    record = state / STATE_RECORD
    record.write_text(json.dumps({**json.loads(record.read_text()), "step": "seven", "files": []}))


@pytest.mark.parametrize("damage", [cut_in_half, flip_a_bit, remove_record, spoil_record, other_types])
def test_damaged_state_is_backed_up(arguments: dict[str, Any], damage: Callable[[Path], None]) -> None:
    stop_at(arguments, 7)
    output = Path(arguments["ckpt_output_dir"])
    state = output / "full_state" / "step_7"
    largest = max((file for file in state.rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)
    damage(state)
    recorder = EventRecorder()
    train(arguments, recorder.reporter)
    assert min(recorder.losses) == 5
    assert (output / "full_state" / "step_7.earlier-1").is_dir()
    named = largest.relative_to(state) if damage in (cut_in_half, flip_a_bit) else STATE_RECORD
    assert f"The state in {state} is damaged: {named} is missing" in recorder.notes
    assert f"It was moved to {state}.earlier-1." in recorder.notes


def test_state_of_another_back_end_is_an_error(arguments: dict[str, Any]) -> None:
    stop_at(arguments, 7)
    record = Path(arguments["ckpt_output_dir"]) / "full_state" / "step_7" / STATE_RECORD
    record.write_text(json.dumps({**json.loads(record.read_text()), "format": "deepspeed-2"}))
    with pytest.raises(LabtopError, match="written with DeepSpeed ZeRO-2, and not with torch") as raised:
        train(arguments, EventRecorder().reporter)
    assert raised.value.code == "other-state"
    assert names(arguments) == ["step_4", "step_7"]


def test_generation_stops_at_the_trained_end_token(arguments: dict[str, Any], student: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(student, model)
    (model / "generation_config.json").write_text(json.dumps({"eos_token_id": 5}))
    result = train({**arguments, "model_path": str(model), "num_epochs": 1}, EventRecorder().reporter)
    folder = Path(result["checkpoints"][-1]["path"])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ends = json.loads((folder / "generation_config.json").read_text())["eos_token_id"]
    assert ends == [5, tokenizer.eos_token_id]


def test_failed_allocation_names_the_setting(arguments: dict[str, Any]) -> None:
    settings = TrainArguments.from_data({**arguments, "max_batch_len": 6000})
    with pytest.raises(LabtopError) as raised, explain_failures(settings):
        torch.empty(1 << 60)
    assert raised.value.code == "out-of-memory"
    assert "--max-batch-len from 6000" in str(raised.value.hint)
    with pytest.raises(RuntimeError, match="unrelated"), explain_failures(settings):
        raise RuntimeError("unrelated")


def test_stopped_run_ends_with_the_same_weights(arguments: dict[str, Any]) -> None:
    stop_at(arguments, 7)
    resumed = train(arguments, EventRecorder().reporter)
    path = Path(resumed["checkpoints"][-1]["path"])
    whole = train({**arguments, "ckpt_output_dir": str(path.parents[2] / "whole")}, EventRecorder().reporter)
    first, second = (
        load_file(Path(each["checkpoints"][-1]["path"]) / "model.safetensors") for each in (resumed, whole)
    )
    assert all(torch.equal(first[name], second[name]) for name in first)
