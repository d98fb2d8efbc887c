"""Packed samples: kept apart by the models that users train, and equal to padded ones in a whole training."""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from transformers import AutoTokenizer

from core.training.arguments import TrainArguments
from core.training.engine.attention import enable_packing, keeps_samples_apart, kernels_to_try, problem_with
from core.training.engine.batches import Packed, collate
from core.training.engine.model import LossModule
from core.training.engine.optimizer import OptimizerSettings
from core.training.engine.ranks import Ranks
from core.training.engine.single import SingleBackend
from core.training.engine.trainer import Trainer
from core.training.masking import Sample
from core.training.samples import load_dataset
from core.training.worker import train
from tests.core.training.conftest import EventRecorder, write_rows

pytestmark = [pytest.mark.slow, pytest.mark.torch]

SHAPE: dict[str, Any] = {
    "vocab_size": 128,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 256,
    "initializer_range": 0.2,
    "pad_token_id": 0,
}

MODELS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "granite": ("GraniteConfig", "GraniteForCausalLM", {}),
    "llama": ("LlamaConfig", "LlamaForCausalLM", {}),
    "mistral": ("MistralConfig", "MistralForCausalLM", {"sliding_window": 8}),
    "qwen2": ("Qwen2Config", "Qwen2ForCausalLM", {}),
    "qwen3": ("Qwen3Config", "Qwen3ForCausalLM", {}),
    "gemma2": ("Gemma2Config", "Gemma2ForCausalLM", {"sliding_window": 8}),
    "gemma3": ("Gemma3TextConfig", "Gemma3ForCausalLM", {"sliding_window": 8}),
}

HYBRID = {
    "num_local_experts": 0,
    "layer_types": ["mamba", "attention"],
    "mamba_n_heads": 8,
    "mamba_d_head": 16,
    "mamba_d_state": 16,
    "mamba_expand": 2,
    "shared_intermediate_size": 96,
}
"""A Granite 4 with a Mamba layer, whose state runs through all samples of a row."""


def make(config: str, model: str, options: dict[str, Any]) -> Any:
    torch.manual_seed(1)
    return getattr(transformers, model)(getattr(transformers, config)(**{**SHAPE, **options})).eval()


def trainer_of(model: Any, samples: tuple[Sample, ...] = ()) -> Trainer:
    return Trainer(SingleBackend(Ranks.alone()), LossModule(model), samples, OptimizerSettings(1e-3, 10))


def arguments_of(**options: Any) -> TrainArguments:
    return TrainArguments(model_path=Path("m"), data_path=(Path("d"),), ckpt_output_dir=Path("o"), **options)


@pytest.mark.parametrize("name", MODELS)
def test_packed_samples_have_the_logits_that_they_have_alone(name: str) -> None:
    model = make(*MODELS[name])
    assert model.config._attn_implementation == "sdpa"
    samples = [torch.randint(1, 128, (length,)) for length in (20, 3, 31, 12)]
    row = Packed.of([len(sample) for sample in samples])
    with torch.no_grad():
        packed = model(input_ids=torch.cat(samples)[None], position_ids=row.position_ids, use_cache=False).logits[0]
        alone = torch.cat([model(input_ids=sample[None], use_cache=False).logits[0] for sample in samples])
    assert (packed - alone).abs().max() < 1e-5 * max(1.0, float(alone.abs().max()))
    assert keeps_samples_apart(trainer_of(model), bfloat16=False)


@pytest.mark.parametrize("name", [name for name in MODELS if name != "gemma2"])
@pytest.mark.parametrize("rows", ["packed", "padded"])
def test_varlen_equals_the_attention_of_transformers(name: str, rows: str) -> None:
    """Rows of one sample each as well: the validation loss has them. Windows are shorter than the samples."""
    trainer = trainer_of(make(*MODELS[name]))
    draw = torch.Generator().manual_seed(2)
    samples = [
        Sample(array("i", torch.randint(1, 128, (length,), generator=draw).tolist()), bytes([0, *[1] * (length - 1)]))
        for length in (20, 3, 31, 12)
    ]
    width = sum(map(len, samples)) if rows == "packed" else 31
    batch = collate(samples, width, packed=rows == "packed")
    expected = trainer.module(*batch.arguments)
    torch.autograd.backward(expected)
    gradients = [parameter.grad for parameter in trainer.model.parameters()]
    trainer.model.zero_grad()
    assert problem_with("varlen", trainer, bfloat16=False) is None
    found = trainer.module(*batch.arguments)
    torch.autograd.backward(found)
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    for parameter, gradient in zip(trainer.model.parameters(), gradients, strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-3, atol=1e-4)


def test_varlen_is_not_used_for_attention_that_is_more_than_causal() -> None:
    trainer = trainer_of(make(*MODELS["gemma2"]))
    assert problem_with("varlen", trainer, bfloat16=False) == "its attention is more than causal"


def test_borders_of_a_packed_row() -> None:
    row = Packed.of([3, 1, 2])
    assert row.position_ids.tolist() == [[0, 1, 2, 0, 0, 1]]
    assert (row.borders.tolist(), row.borders.dtype, row.longest) == ([0, 3, 4, 6], torch.int32, 3)


def test_model_that_mixes_packed_samples_is_padded() -> None:
    trainer = trainer_of(make("GraniteMoeHybridConfig", "GraniteMoeHybridForCausalLM", HYBRID))
    assert not keeps_samples_apart(trainer, bfloat16=False)
    recorder = EventRecorder()
    assert not enable_packing(arguments_of(attention="sdpa"), trainer, recorder.reporter, bfloat16=False)
    assert "sdpa is not used: this model mixes packed samples" in recorder.notes


def test_check_leaves_no_gradients_and_weights_as_they_were() -> None:
    trainer = trainer_of(make(*MODELS["llama"]))
    before = [parameter.detach().clone() for parameter in trainer.model.parameters()]
    recorder = EventRecorder()
    assert enable_packing(arguments_of(attention="sdpa"), trainer, recorder.reporter, bfloat16=False)
    assert "Samples are packed without padding; attention: sdpa." in recorder.notes
    assert all(parameter.grad is None for parameter in trainer.model.parameters())
    assert all(old.equal(new) for old, new in zip(before, trainer.model.parameters(), strict=True))
    assert trainer.model.training


def test_borders_reach_kernels_that_take_them(monkeypatch: pytest.MonkeyPatch, student: Path, tmp_path: Path) -> None:
    """Flash attention itself runs on GPUs only; here a kernel of its name records what it is given."""
    samples = tuple(
        load_dataset([write_rows(tmp_path / "rows.jsonl")], AutoTokenizer.from_pretrained(student), 200).samples
    )
    model = transformers.AutoModelForCausalLM.from_pretrained(student, dtype=torch.float32)
    module = LossModule(model)
    chosen = samples[:3]
    batch = collate(chosen, sum(map(len, chosen)), packed=True)
    expected = module(*batch.arguments)
    seen = []

    def record(*arguments: Any, **options: Any) -> Any:
        seen.append(
            {name: options[name] for name in ("cu_seq_lens_q", "cu_seq_lens_k", "max_length_q", "max_length_k")}
        )
        return attention(*arguments, **options)

    attention = transformers.AttentionInterface._global_mapping["sdpa"]
    monkeypatch.setitem(transformers.AttentionInterface._global_mapping, "recorded", record)
    masks = transformers.AttentionMaskInterface._global_mapping
    monkeypatch.setitem(masks, "recorded", masks["sdpa"])
    monkeypatch.setattr("core.training.engine.model.TAKES_BORDERS", ("recorded",))
    model.set_attn_implementation("recorded")
    assert module(*batch.arguments).item() == pytest.approx(expected.item(), rel=1e-6)
    assert len(seen) == model.config.num_hidden_layers
    lengths = [len(sample) for sample in chosen]
    assert seen[0]["cu_seq_lens_q"].diff().tolist() == lengths
    assert seen[0]["max_length_k"] == max(lengths)


@pytest.mark.parametrize("batch_size", [5, 12])
def test_packed_losses_are_padded_losses(arguments: dict[str, Any], tmp_path: Path, batch_size: int) -> None:
    """A whole training. The samples of a pass differ in order, and so the sums in rounding."""
    losses, padding = {}, {}
    for attention in ("padded", "sdpa", "varlen"):
        recorder = EventRecorder()
        options = {"ckpt_output_dir": str(tmp_path / attention), "precision": "float32", "max_batch_len": 150}
        own = {"attention": attention, "effective_batch_size": batch_size, "learning_rate": 1e-5}
        train({**arguments, **options, **own}, recorder.reporter)
        losses[attention] = list(recorder.losses.values())
        padding[attention] = [data["values"]["padding"] for data in recorder.of("metric")]
        assert ("packed without padding" in recorder.notes) == (attention != "padded")
    for attention in ("sdpa", "varlen"):
        assert losses[attention] == pytest.approx(losses["padded"], rel=1e-5)
        assert set(padding[attention]) == {0.0}
    assert all(0 <= share < 1 for share in padding["padded"]) and any(padding["padded"])


@pytest.mark.parametrize(
    ("options", "capability", "installed", "bfloat16", "expected"),
    [
        ({}, None, True, True, ["varlen"]),
        ({"disable_flash_attn": True}, None, True, True, []),
        ({}, (9, 0), True, True, ["flash", "flex"]),
        ({}, (9, 0), False, True, ["flex"]),
        ({}, (9, 0), True, False, ["flex"]),
        ({}, (7, 5), True, True, ["flex"]),
        ({"disable_flash_attn": True}, (9, 0), True, True, []),
        ({"disable_flash_attn": True, "attention": "flex"}, (9, 0), True, True, ["flex"]),
        ({"attention": "padded"}, (9, 0), True, True, []),
        ({"attention": "sdpa"}, None, False, False, ["sdpa"]),
    ],
)
def test_kernels_to_try(
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    capability: tuple[int, int] | None,
    installed: bool,
    bfloat16: bool,
    expected: list[str],
) -> None:
    monkeypatch.setattr("core.training.engine.attention.find_spec", lambda _name: installed or None)
    assert kernels_to_try(arguments_of(**options), capability, bfloat16=bfloat16) == expected
