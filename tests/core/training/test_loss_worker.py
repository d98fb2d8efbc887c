from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from core.training.loss_worker import loss_result, measure
from core.training.samples import load_dataset
from tests.core.training.conftest import EventRecorder

pytestmark = [pytest.mark.slow, pytest.mark.torch]


@pytest.fixture
def request_of(arguments: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    training = {name: value for name, value in arguments.items() if name not in ("model_path", "ckpt_output_dir")}
    models = {"models": [arguments["model_path"]], "names": ["base"], "output_dir": str(tmp_path / "out")}
    return {**models, "training": training, "benchmark": "replay_loss"}


def test_loss_is_that_of_transformers(request_of: dict[str, Any], arguments: dict[str, Any]) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    recorder = EventRecorder()
    (result,) = measure(request_of, recorder.reporter)["results"]
    model = AutoModelForCausalLM.from_pretrained(arguments["model_path"], dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(arguments["model_path"])
    samples = load_dataset([Path(arguments["data_path"])], tokenizer, 128).samples
    losses, tokens = 0.0, 0
    for sample in samples:
        ids = torch.tensor([list(memoryview(sample.ids).cast("B").cast("i"))])
        labels = torch.where(torch.tensor([list(memoryview(sample.loss_mask))]) > 0, ids, -100)
        with torch.no_grad():
            count = int((labels[:, 1:] >= 0).sum())
            losses += float(model(input_ids=ids, labels=labels).loss) * count
        tokens += count
    assert result["score"] == pytest.approx(losses / tokens, rel=1e-5)
    assert result["n"] == len(samples)
    assert 0 < result["stderr"] < result["score"]
    parts = json.loads(Path(result["file"]).read_text())["tasks"]["replay_loss"]["ratings"]
    assert sum(parts) / len(parts) == pytest.approx(result["score"])
    assert recorder.of("score")[0]["benchmark"] == "replay_loss"


def test_stored_loss_is_reused(request_of: dict[str, Any]) -> None:
    first = measure(request_of, EventRecorder().reporter)["results"][0]
    Path(first["file"]).write_text(Path(first["file"]).read_text().replace('"score": ', '"score": 1'))
    assert measure(request_of, EventRecorder().reporter)["results"][0]["score"] != first["score"]


def test_standard_error_is_that_of_a_ratio() -> None:
    result = loss_result("base", "loss", [2.0, 4.0, 6.0], [1, 2, 3])
    assert (result.score, result.stderr) == (2.0, 0.0)  # the same loss per token in each sample
    assert loss_result("base", "loss", [1.0, 3.0], [1, 1]).stderr == pytest.approx(1.0)
