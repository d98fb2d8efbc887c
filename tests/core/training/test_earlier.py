"""The speed of earlier trainings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core import paths
from core.config.options.train import TrainingOptions
from core.training.earlier import KEPT, MIN_STEPS, earlier_speed, record_speed
from core.training.worker import train
from tests.core.training.conftest import EventRecorder
from tests.with_torch import call_with_torch


@pytest.fixture
def speeds() -> Path:
    return paths.current().training_speeds_file


def recorded(model: Path, tokens: int, steps: int = MIN_STEPS, **options: Any) -> None:
    record_speed(model, TrainingOptions(**options), tokens=tokens, seconds=10.0, steps=steps)


def speed_of(model: Path, **options: Any) -> float | None:
    found = earlier_speed(model, TrainingOptions(**options))
    return None if found is None else found.tokens_per_second


def test_last_speed_under_the_same_conditions_is_found(student: Path) -> None:
    assert speed_of(student) is None
    recorded(student, 100)
    recorded(student, 500, nproc_per_node=2)
    recorded(student, 300)
    assert speed_of(student) == 30.0
    assert speed_of(student, num_epochs=3, learning_rate=1e-3) == 30.0
    assert speed_of(student, nproc_per_node=2) == 50.0
    for other in ({"device": "cuda"}, {"lora_rank": 8}, {"attention": "padded"}, {"distributed_backend": "ddp"}):
        assert speed_of(student, **other) is None


def test_too_few_steps_are_no_measurement(student: Path) -> None:
    recorded(student, 100, steps=MIN_STEPS - 1)
    assert speed_of(student) is None


def test_damaged_records_are_ignored(student: Path, speeds: Path) -> None:
    recorded(student, 100)
    (row,) = json.loads(speeds.read_text())
    speeds.write_text(json.dumps([7, row, {"conditions": row["conditions"]}, None]))
    assert speed_of(student) == 10.0
    speeds.write_text("[{")
    assert speed_of(student) is None
    recorded(student, 200)
    assert speed_of(student) == 20.0


def test_only_the_newest_records_are_kept(student: Path, speeds: Path) -> None:
    for processes in range(1, KEPT + 6):
        recorded(student, 100, nproc_per_node=processes)
    assert len(json.loads(speeds.read_text())) == KEPT
    assert (speed_of(student, nproc_per_node=5), speed_of(student, nproc_per_node=6)) == (None, 10.0)


def run_and_stop(arguments: dict[str, Any], stop_after: int) -> float:
    """Tokens/s that a training reports, if it is not stopped before."""

    def stop(step: int) -> None:
        if step == stop_after:
            raise KeyboardInterrupt

    try:
        return float(train(arguments, EventRecorder(stop).reporter)["tokens_per_second"])
    except KeyboardInterrupt:
        return 0.0


@pytest.mark.slow
@pytest.mark.torch
def test_trainings_record_their_speed_also_when_stopped(arguments: dict[str, Any], student: Path) -> None:
    reported = call_with_torch(run_and_stop, arguments, 0)
    assert speed_of(student) == pytest.approx(reported, rel=0.2)
    found = earlier_speed(student, TrainingOptions())
    assert found is not None and found.tokens_per_sample is not None and found.tokens_per_sample > 1
    stopped = {**arguments, "attention": "padded", "ckpt_output_dir": arguments["ckpt_output_dir"] + "-stopped"}
    call_with_torch(run_and_stop, stopped, MIN_STEPS + 1)
    assert speed_of(student, attention="padded")
