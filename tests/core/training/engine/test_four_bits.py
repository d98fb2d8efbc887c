"""Adapters next to weights of 4 bits (QLoRA), where bitsandbytes is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from core.training.engine.lora import four_bit_options
from core.training.worker import train
from tests.core.training.checkpoint.test_state import stop_at
from tests.core.training.conftest import EventRecorder
from tests.core.training.engine.test_lora import adapter_of, checkpoint, logits
from tests.core.training.test_distributed import losses, train_in_ranks

pytest.importorskip("bitsandbytes")

pytestmark = [pytest.mark.slow, pytest.mark.torch]


@pytest.fixture
def nf4(arguments: dict[str, Any]) -> dict[str, Any]:
    lora = {"lora_rank": 4, "lora_dropout": 0.0, "lora_target_modules": ["q_proj", "v_proj", "up_proj"]}
    return {**arguments, **lora, "precision": "float32", "lora_quantize_dtype": "nf4", "learning_rate": 0.02}


def test_checkpoint_has_the_rounded_weights_and_the_adapter(nf4: dict[str, Any], student: Path) -> None:
    recorder = EventRecorder()
    path = checkpoint(train(nf4, recorder.reporter))
    values = list(recorder.losses.values())
    assert values[-1] < values[0] * 0.8
    options = four_bit_options(torch.device("cpu"), bfloat16=False)
    rounded = AutoModelForCausalLM.from_pretrained(student, **options).train()
    trained = PeftModel.from_pretrained(rounded, adapter_of(path)).train()  # evaluation would reorder the weights
    merged = AutoModelForCausalLM.from_pretrained(path)
    assert getattr(merged.config, "quantization_config", None) is None
    ids = torch.arange(40).reshape(2, 20)
    torch.testing.assert_close(trained(input_ids=ids).logits, logits(merged), rtol=1e-3, atol=1e-3)
    ours, theirs = load_file(path / "model.safetensors"), load_file(student / "model.safetensors")
    assert {name: each.shape for name, each in ours.items()} == {name: each.shape for name, each in theirs.items()}


def test_stopped_run_resumes_bit_identically(nf4: dict[str, Any], tmp_path: Path) -> None:
    whole = EventRecorder()
    train({**nf4, "ckpt_output_dir": str(tmp_path / "whole")}, whole.reporter)
    stop_at(nf4, 7)
    resumed = EventRecorder()
    train(nf4, resumed.reporter)
    assert resumed.losses == {step: loss for step, loss in whole.losses.items() if step > 7}


def test_two_ranks_agree_with_one(nf4: dict[str, Any], tmp_path: Path) -> None:
    alone = EventRecorder()
    train({**nf4, "ckpt_output_dir": str(tmp_path / "alone")}, alone.reporter)
    run = {**nf4, "distributed_backend": "ddp", "nproc_per_node": 2}
    statuses, events = train_in_ranks(tmp_path / "ranks", [run])
    assert statuses == [0, 0]
    assert losses(events) == pytest.approx(alone.losses, rel=1e-3)
