"""The validation loss of a training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.training.checkpoint.choice import best_checkpoint
from core.training.checkpoint.marker import Checkpoint
from core.training.samples import load_dataset
from core.training.worker import train
from tests.core.training.checkpoint.test_state import stop_at
from tests.core.training.conftest import EventRecorder

pytestmark = [pytest.mark.slow, pytest.mark.torch]


def loss_of(checkpoint: str, arguments: dict[str, Any]) -> float:
    """The mean loss of a checkpoint on the held-out samples, computed with transformers alone, one by one."""
    model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32).eval()
    dataset = load_dataset([Path(arguments["data_path"])], AutoTokenizer.from_pretrained(checkpoint), 128)
    _, held_out = dataset.split(arguments["validation_split"], 42)
    assert held_out is not None
    total = tokens = 0.0
    for sample in held_out:
        ids = torch.tensor([list(sample.ids)])
        counted = torch.tensor(list(sample.loss_mask), dtype=torch.bool)[1:]
        with torch.no_grad():
            logits = model(ids).logits[0, :-1]
        total += float(functional.cross_entropy(logits[counted], ids[0, 1:][counted], reduction="sum"))
        tokens += int(counted.sum())
    return total / tokens


def test_validation_loss_of_each_checkpoint(arguments: dict[str, Any]) -> None:
    recorder = EventRecorder()
    arguments = {**arguments, "validation_split": 0.25, "validation_frequency": 2, "precision": "float32"}
    result = train(arguments, recorder.reporter)
    assert "3 of 12 samples are held out for the validation loss." in recorder.notes
    assert [each["samples"] for each in result["checkpoints"]] == [9, 18, 27]
    for each in result["checkpoints"]:
        assert each["validation_loss"] == pytest.approx(loss_of(each["path"], arguments), rel=1e-4)
        assert each["scores"] == {"validation_loss": each["validation_loss"]}
    reported = {
        data["step"]: data["values"]["validation_loss"]
        for data in recorder.of("metric")
        if "validation_loss" in data["values"]
    }
    assert list(reported) == [2, 3, 4, 6, 8, 9]
    assert [reported[step] for step in (3, 6, 9)] == [each["validation_loss"] for each in result["checkpoints"]]
    lowest = min(result["checkpoints"], key=lambda each: each["validation_loss"])
    assert result["best"] == lowest["path"]
    summaries = [data["summary"]["validation_loss"] for data in recorder.of("artifact")]
    assert summaries == [each["validation_loss"] for each in result["checkpoints"]]


def test_resumed_run_has_the_same_validation_losses(arguments: dict[str, Any], tmp_path: Path) -> None:
    arguments = {**arguments, "validation_split": 0.25}
    whole = train({**arguments, "ckpt_output_dir": str(tmp_path / "whole")}, EventRecorder().reporter)
    stop_at(arguments, 5)
    resumed = train({**arguments, "validation_frequency": 1}, EventRecorder().reporter)
    first, second = ([each["validation_loss"] for each in run["checkpoints"]] for run in (whole, resumed))
    assert first == second


def test_without_a_split_the_last_checkpoint_is_the_best(arguments: dict[str, Any]) -> None:
    result = train(arguments, EventRecorder().reporter)
    assert result["best"] == result["checkpoints"][-1]["path"]
    assert {each["validation_loss"] for each in result["checkpoints"]} == {None}
    assert [each["scores"] for each in result["checkpoints"]] == [{}] * 3
    assert result["phases"] == []


@pytest.mark.parametrize(
    ("losses", "best"), [([0.3, 0.2, 0.4], 2), ([0.2, 0.3, 0.2], 3), ([None, None], 2), ([None, 0.5, None], 2)]
)
def test_best_checkpoint(losses: list[float | None], best: int) -> None:
    checkpoints = [Checkpoint(Path(f"{n}"), n, n, 1.0, 0.1, loss) for n, loss in enumerate(losses, 1)]
    found = best_checkpoint(checkpoints)
    assert found is not None and found.samples == best
    assert best_checkpoint([]) is None
