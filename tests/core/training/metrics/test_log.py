"""The metrics of a training in files: JSON Lines with InstructLab's names, and TensorBoard."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from core.errors import LabtopError
from core.training.metrics.log import METRICS_FILE, MetricsLog
from core.training.worker import train
from tests.core.training.checkpoint.test_state import stop_at
from tests.core.training.conftest import EventRecorder

pytestmark = [pytest.mark.slow, pytest.mark.torch]

STEP_FIELDS = {
    "epoch",
    "step",
    "rank",
    "overall_throughput",
    "lr",
    "cuda_mem_allocated",
    "cuda_malloc_retries",
    "num_loss_counted_tokens",
    "num_tokens_rank0",
    "batch_size",
    "num_minibatches",
    "avg_loss",
    "samples_seen",
    "gradnorm",
    "total_samples",
    "num_epoch_steps",
    "timestamp",
}
"""Those of instructlab-training's `training_params_and_metrics_global0.jsonl`."""


def rows_of(arguments: dict[str, Any]) -> list[dict[str, Any]]:
    lines = (Path(arguments["ckpt_output_dir"]) / METRICS_FILE).read_text().splitlines()
    return [json.loads(line) for line in lines]


def without_times(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: each[key] for key in each if key not in ("timestamp", "overall_throughput")} for each in rows]


def test_metrics_have_the_names_of_the_reference(arguments: dict[str, Any]) -> None:
    recorder = EventRecorder()
    arguments = {**arguments, "validation_split": 0.25}
    train(arguments, recorder.reporter)
    settings, plan, *rows = rows_of(arguments)
    assert (settings["learning_rate"], settings["num_epochs"]) == (4e-3, 3)
    assert plan["num_gpus"] == 1 and plan["num_batches"] == 3 and plan["total_samples"] == 9
    steps = [each for each in rows if "avg_loss" in each]
    assert all(set(each) == STEP_FIELDS for each in steps)
    assert {each["step"]: each["avg_loss"] for each in steps} == recorder.losses
    assert [each["samples_seen"] for each in steps] == list(range(3, 28, 3))
    assert [each["epoch"] for each in steps] == [0] * 3 + [1] * 3 + [2] * 3
    assert sum(each["num_tokens_rank0"] for each in steps) == pytest.approx(3 * 9 * plan["avg_sample_len"], abs=1)
    assert all(datetime.fromisoformat(each["timestamp"]).tzinfo for each in steps)
    validation = {each["step"]: each["val_loss"] for each in rows if "val_loss" in each}
    assert validation == {
        data["step"]: data["values"]["validation_loss"]
        for data in recorder.of("metric")
        if "validation_loss" in data["values"]
    }
    assert {each["val_num_tokens"] for each in rows if "val_loss" in each} != {0}


def test_resumed_run_continues_the_file(arguments: dict[str, Any], tmp_path: Path) -> None:
    whole = {**arguments, "ckpt_output_dir": str(tmp_path / "whole")}
    train(whole, EventRecorder().reporter)
    stop_at(arguments, 7)
    with (Path(arguments["ckpt_output_dir"]) / METRICS_FILE).open("a") as stream:
        stream.write(
            '{"step": 1e999, "avg_loss": 9.0}\n{"step": 8, "avg_loss": 99.0}\n{"step": 3, "avg_lo'
        )  # after the state, and a line that was cut
    train(arguments, EventRecorder().reporter)
    rows = rows_of(arguments)
    assert [each["step"] for each in rows[2:]] == list(range(1, 13))
    assert without_times(rows[1:]) == without_times(rows_of(whole)[1:])


def test_metrics_of_another_run_are_put_back(arguments: dict[str, Any]) -> None:
    stop_at(arguments, 7)
    before = without_times(rows_of(arguments))
    other = {**arguments, "learning_rate": 1e-3}
    stop_at(other, 3)
    assert rows_of(other)[0]["learning_rate"] == 1e-3 and len(rows_of(other)) == 5
    train(arguments, EventRecorder().reporter)
    assert without_times(rows_of(arguments))[: len(before)] == before


def test_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LabtopError, match="while writing"):
        MetricsLog(tmp_path / "file" / METRICS_FILE, [], 0)


def test_tensorboard_reads_one_curve_of_both_attempts(arguments: dict[str, Any], tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    arguments = {**arguments, "tensorboard_log_dir": str(tmp_path / "board"), "validation_split": 0.25}
    first, second = EventRecorder(), EventRecorder()

    def interrupt(step: int) -> None:
        if step == 6:
            raise KeyboardInterrupt

    first.on_metric = interrupt
    with pytest.raises(KeyboardInterrupt):
        train(arguments, first.reporter)
    train(arguments, second.reporter)
    curves = accumulator.EventAccumulator(str(tmp_path / "board"))
    curves.Reload()
    assert {"loss", "validation_loss", "lr", "grad_norm", "tokens_per_second"} <= set(curves.Tags()["scalars"])
    losses = {each.step: each.value for each in curves.Scalars("loss")}
    assert len(curves.Scalars("loss")) == 9
    assert min(second.losses) == 4
    assert losses == pytest.approx({**first.losses, **second.losses}, rel=1e-6)
