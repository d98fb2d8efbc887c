"""Training with LoRA adapters: what is trained, saved and merged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from torch.distributed.checkpoint.filesystem import FileSystemReader
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
)

from core.errors import LabtopError
from core.models.state import list_adapters
from core.serving.vllm.adapters import read_adapters
from core.training.checkpoint.state import list_states
from core.training.engine.lora import target_modules
from core.training.worker import train
from tests.core.training.checkpoint.test_state import stop_at
from tests.core.training.conftest import EventRecorder
from tests.core.training.ranks import rank_log
from tests.core.training.test_distributed import attempts, train_in_ranks

pytestmark = [pytest.mark.slow, pytest.mark.torch]

PROJECTIONS = ["down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj"]


@pytest.fixture
def lora(arguments: dict[str, Any]) -> dict[str, Any]:
    return {**arguments, "precision": "float32", "lora_rank": 4, "lora_alpha": 8, "learning_rate": 0.02}


def checkpoint(result: dict[str, Any]) -> Path:
    return Path(result["checkpoints"][-1]["path"])


def adapter_of(path: Path) -> Path:
    return path.parents[1] / "adapters" / path.name


@torch.no_grad()
def logits(model: Any) -> torch.Tensor:
    found: torch.Tensor = model.eval()(input_ids=torch.arange(40).reshape(2, 20)).logits
    return found


def test_checkpoint_is_the_base_with_its_adapter(lora: dict[str, Any], student: Path) -> None:
    recorder = EventRecorder()
    path = checkpoint(train(lora, recorder.reporter))
    losses = list(recorder.losses.values())
    assert losses[-1] < losses[0] * 0.8
    adapter = adapter_of(path)
    config = json.loads((adapter / "adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"], config["target_modules"]) == (4, 8, PROJECTIONS)
    assert config["inference_mode"] is True
    tensors = load_file(adapter / "adapter_model.safetensors")
    assert len(tensors) == 2 * 2 * len(PROJECTIONS)
    merged = AutoModelForCausalLM.from_pretrained(path)
    base = AutoModelForCausalLM.from_pretrained(student)
    trained, untrained = logits(merged), logits(base)
    assert (trained - untrained).abs().max() > 0.1
    torch.testing.assert_close(logits(PeftModel.from_pretrained(base, adapter)), trained, rtol=1e-4, atol=1e-4)
    assert set(load_file(path / "model.safetensors")) == set(load_file(student / "model.safetensors"))


def test_adapter_is_listed_and_can_be_served(lora: dict[str, Any]) -> None:
    adapter = adapter_of(checkpoint(train({**lora, "num_epochs": 1}, EventRecorder().reporter)))
    assert list_adapters(Path(lora["ckpt_output_dir"])) == [adapter]
    (served,) = read_adapters([f"tuned={adapter}"], Path("/nowhere"))
    assert (served.path, served.rank) == (adapter, 4)


def test_merged_model_ends_its_turns(lora: dict[str, Any], student: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(student, model)
    (model / "generation_config.json").write_text(json.dumps({"eos_token_id": 5}))
    path = checkpoint(train({**lora, "model_path": str(model), "num_epochs": 1}, EventRecorder().reporter))
    ends = json.loads((path / "generation_config.json").read_text())["eos_token_id"]
    assert ends == [5, AutoTokenizer.from_pretrained(path).eos_token_id]


def test_stopped_run_resumes_bit_identically(lora: dict[str, Any], student: Path, tmp_path: Path) -> None:
    """Dropout draws random numbers in each step, which continue as well."""
    whole = EventRecorder()
    expected = checkpoint(train({**lora, "ckpt_output_dir": str(tmp_path / "whole")}, whole.reporter))
    stop_at(lora, 7)
    state = list_states(Path(lora["ckpt_output_dir"]))[-1]
    weights = [
        name for name in FileSystemReader(state).read_metadata().state_dict_metadata if name.startswith("model.")
    ]
    assert len(weights) == 2 * 2 * len(PROJECTIONS) and all(".lora_" in name for name in weights)
    resumed = EventRecorder()
    found = checkpoint(train(lora, resumed.reporter))
    assert resumed.losses == {step: loss for step, loss in whole.losses.items() if step > 7}
    for mine, theirs in ((found, expected), (adapter_of(found), adapter_of(expected))):
        (name,) = [file.name for file in mine.glob("*.safetensors")]
        first, second = load_file(mine / name), load_file(theirs / name)
        assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.usefixtures("deepspeed")
def test_zero_2_trains_adapters(lora: dict[str, Any], student: Path, tmp_path: Path) -> None:
    """The loss falls, the base stays as it was, and the checkpoint is the base with the adapter."""
    run = {**lora, "distributed_backend": "deepspeed", "nproc_per_node": 2}
    statuses, events = train_in_ranks(tmp_path / "logs", [run])
    assert statuses == [0, 0], rank_log(tmp_path / "logs", 0).read_text()[-3000:]
    _, (result,) = events.pop()
    (losses,) = attempts(events)
    assert losses[12] < losses[1] * 0.8
    base = load_file(student / "model.safetensors")
    merged = load_file(checkpoint(result) / "model.safetensors")
    adapter = load_file(adapter_of(checkpoint(result)) / "adapter_model.safetensors")
    assert set(merged) == set(base) and len(adapter) == 2 * 2 * len(PROJECTIONS)
    for name, tensor in base.items():
        layer = f"base_model.model.{name.removesuffix('.weight')}"
        if f"{layer}.lora_A.weight" not in adapter:
            assert torch.equal(merged[name], tensor), name
            continue
        added = 2.0 * adapter[f"{layer}.lora_B.weight"] @ adapter[f"{layer}.lora_A.weight"]
        assert added.abs().max() > 1e-3, name
        torch.testing.assert_close(merged[name], tensor + added, rtol=0, atol=1e-6)


def test_full_training_does_not_depend_on_settings_of_adapters(arguments: dict[str, Any]) -> None:
    first = train({**arguments, "num_epochs": 1}, EventRecorder().reporter)
    assert train({**arguments, "num_epochs": 1, "lora_alpha": 8}, EventRecorder().reporter) == first
    recorder = EventRecorder()
    train({**arguments, "num_epochs": 1, "lora_rank": 2}, recorder.reporter)
    assert "were moved to" in recorder.notes


@pytest.mark.parametrize(("precision", "expected"), [("bfloat16", torch.bfloat16), ("float32", torch.float32)])
def test_export_precision_is_that_asked_for(lora: dict[str, Any], precision: str, expected: torch.dtype) -> None:
    run = {**lora, "num_epochs": 1, "precision": "bfloat16", "export_precision": precision}
    path = checkpoint(train(run, EventRecorder().reporter))
    assert {tensor.dtype for tensor in load_file(path / "model.safetensors").values()} == {expected}
    assert AutoModelForCausalLM.from_pretrained(path).dtype == expected


@pytest.mark.parametrize("name", ["q_prj", "lm_head"])
def test_unknown_target_module_is_an_error(lora: dict[str, Any], name: str) -> None:
    with pytest.raises(LabtopError, match=f"no linear layer {name}") as raised:
        train({**lora, "lora_target_modules": ["q_proj", name]}, EventRecorder().reporter)
    assert "down_proj, gate_proj" in str(raised.value.hint)


def test_layers_of_other_names_must_be_given() -> None:
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 20}
    neox = GPTNeoXForCausalLM(GPTNeoXConfig(**sizes, intermediate_size=16))
    with pytest.raises(LabtopError, match="whose names end with _proj") as raised:
        target_modules(neox, ())
    assert "query_key_value" in str(raised.value.hint)
    assert target_modules(neox, ("query_key_value", "dense")) == ["dense", "query_key_value"]
    with pytest.raises(LabtopError, match="no linear layers that can have"):
        target_modules(GPT2LMHeadModel(GPT2Config(n_embd=8, n_head=2, n_layer=1, vocab_size=20)), ())


def test_only_given_modules_get_adapters(lora: dict[str, Any]) -> None:
    run = {**lora, "num_epochs": 1, "lora_target_modules": ["q_proj,v_proj"]}
    path = adapter_of(checkpoint(train(run, EventRecorder().reporter)))
    names = {name.split(".")[-3] for name in load_file(path / "adapter_model.safetensors")}
    assert names == {"q_proj", "v_proj"}
