from __future__ import annotations

from typing import Any

import pytest

from core.config.options.train import TrainingOptions
from core.training.estimate import (
    MemoryEstimate,
    ModelShape,
    memory_per_device,
    recomputes_activations,
    training_minutes,
)

SEVEN_B = ModelShape(parameters=7_000_000_000, hidden=4096, intermediate=11_008, layers=32)


def state(**options: Any) -> float:
    """Bytes of weights, gradients and optimizer for each parameter."""
    return (
        memory_per_device(SEVEN_B, TrainingOptions(device="cuda", **options), recompute=True).state / SEVEN_B.parameters
    )


def test_time_by_the_documents_formula() -> None:
    assert training_minutes(10_000, 8, 10) == 50.0
    assert training_minutes(250, 1, 1) == 1.0


def test_state_depends_on_sharding_and_offloading() -> None:
    assert state() == 18
    assert state(nproc_per_node=8, distributed_backend="ddp") == 18
    assert state(nproc_per_node=8) == pytest.approx(2)
    assert state(nproc_per_node=8, fsdp_sharding_strategy="SHARD_GRAD_OP") == pytest.approx(4)
    assert state(nproc_per_node=8, fsdp_cpu_offload_optimizer=True) == pytest.approx(0.5)


def test_zero_keeps_a_share_of_gradients_and_optimizer_and_its_buckets() -> None:
    """Of weights in bfloat16 there are two bytes, and DeepSpeed's own estimate adds a share of 18."""
    zero: dict[str, Any] = {"distributed_backend": "deepspeed"}
    buckets = 3 * 2 * 500_000_000 / SEVEN_B.parameters
    for ranks in (2, 8, 64):
        found = state(nproc_per_node=ranks, **zero)
        assert found == pytest.approx(2 + 12 / ranks + max(4 / ranks + buckets, 8 / ranks))
        assert 2 + 18 / ranks <= found <= 2 + 20 / ranks + buckets
    gathered = 2 * 1_000_000_000 / SEVEN_B.parameters
    assert state(nproc_per_node=8, deepspeed_zero_stage="3", **zero) == pytest.approx(20 / 8 + 2 / 8 + gathered)
    assert state(nproc_per_node=8, deepspeed_cpu_offload_optimizer=True) == pytest.approx(2 + buckets)


def test_zero_estimate_is_near_the_measured_memory() -> None:
    """Of two gloo ranks with 80 million parameters in float32: 20.3 bytes a parameter in a step of several passes."""
    options = TrainingOptions(device="cpu", nproc_per_node=2, distributed_backend="deepspeed")
    shape = ModelShape(parameters=79_959_680, hidden=640, intermediate=1728, layers=16)
    memory = memory_per_device(shape, options, recompute=False)
    assert memory.state / shape.parameters == pytest.approx(20.3, rel=0.03)


def test_several_nodes_share_what_is_sharded_between_them() -> None:
    nodes: dict[str, Any] = {"nproc_per_node": 8, "nnodes": 2}
    assert state(**nodes) == pytest.approx(2)  # HYBRID_SHARD: a copy in each node
    assert state(**nodes, fsdp_sharding_strategy="FULL_SHARD") == pytest.approx(1)
    zero = state(**nodes, distributed_backend="deepspeed", deepspeed_zero_stage="3")
    assert zero == pytest.approx(18 / 16 + (2 + 3) / 7)


def test_adapters_have_the_only_optimizer() -> None:
    """Of rank 16 next to 7 billion parameters there are 45 million of adapters."""
    lora = TrainingOptions(lora_rank=16)
    trained = SEVEN_B.adapter_parameters(lora)
    assert trained == 16 * 32 * (4 * 2 * 4096 + 3 * (4096 + 11_008))
    assert SEVEN_B.adapter_parameters(TrainingOptions(lora_rank=16, lora_target_modules=("q_proj",))) == 16 * 32 * 8192
    optimizer = 18 * trained / SEVEN_B.parameters
    assert state(lora_rank=16) == pytest.approx(2 + optimizer)
    assert state(lora_rank=16, nproc_per_node=8) == pytest.approx(2 / 8 + optimizer / 9, rel=0.05)
    assert state(lora_rank=16, nproc_per_node=8, fsdp_sharding_strategy="SHARD_GRAD_OP") > 2
    assert state(lora_rank=16, nproc_per_node=8, distributed_backend="deepspeed") == pytest.approx(2, rel=0.05)
    assert state(lora_rank=16, nproc_per_node=8, fsdp_cpu_offload_optimizer=True) < 0.01


def test_weights_of_four_bits_take_a_quarter_of_bfloat16() -> None:
    assert state(lora_rank=1, lora_quantize_dtype="nf4") == pytest.approx(0.52, rel=0.02)
    shape = ModelShape.from_config({"vocab_size": 100_000, "hidden_size": 1000, "tie_word_embeddings": False}, 10**9)
    assert shape.embeddings == 2 * 10**8
    small = memory_per_device(
        shape, TrainingOptions(device="cuda", lora_rank=1, lora_quantize_dtype="nf4"), recompute=True
    )
    assert small.state == pytest.approx(0.516 * 8 * 10**8 + 2 * 2 * 10**8, rel=0.01)


def test_token_budget_is_what_the_state_leaves() -> None:
    memory = MemoryEstimate(state=1_000_000, fixed=500_000, per_token=1_000)
    assert memory.token_budget(10_000_000) == 7_500
    assert memory.needed(7_500) <= 9_000_000
    assert memory.token_budget(1_500_000) == 0


def test_seven_billion_parameters_fit_eight_large_gpus_only_when_sharded() -> None:
    gpu = 80_000_000_000
    sharded = memory_per_device(SEVEN_B, TrainingOptions(device="cuda", nproc_per_node=8), recompute=True)
    assert sharded.token_budget(gpu) >= 55_000
    assert memory_per_device(SEVEN_B, TrainingOptions(device="cuda"), recompute=True).token_budget(gpu) == 0


@pytest.mark.parametrize(
    ("options", "longest", "available", "expected"),
    [
        ({"nproc_per_node": 8}, 4096, 80_000_000_000, False),  # 5,000 tokens fit
        ({"nproc_per_node": 8, "max_batch_len": 54_000}, 4096, 80_000_000_000, True),
        # Only eight samples of a step are on a GPU, and they are short.
        ({"nproc_per_node": 8, "max_batch_len": 54_000}, 500, 80_000_000_000, False),
        ({"nproc_per_node": 8}, 4096, 20_000_000_000, True),
        ({"nproc_per_node": 8}, 4096, None, True),
        ({"nproc_per_node": 8, "activation_checkpointing": "on"}, 4096, 80_000_000_000, True),
        ({"nproc_per_node": 8, "activation_checkpointing": "off"}, 4096, None, False),
        ({"device": "cpu"}, 4096, None, False),
        ({"device": "cpu"}, 4096, 64_000_000_000, True),
    ],
)
def test_activations_are_recomputed_when_memory_is_short(
    options: dict[str, Any], longest: int, available: int | None, expected: bool
) -> None:
    asked = TrainingOptions(**{"device": "cuda", **options})
    assert recomputes_activations(SEVEN_B, asked, longest, available) == expected


def test_recomputing_needs_less_memory() -> None:
    options = TrainingOptions(device="cuda")
    less, more = (memory_per_device(SEVEN_B, options, recompute=each) for each in (True, False))
    assert less.state == more.state
    assert less.per_token * 5 < more.per_token


def test_shape_of_a_model_with_a_nested_text_config() -> None:
    config = {"text_config": {"hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2}, "hidden_size": 1}
    assert ModelShape.from_config(config, 100) == ModelShape(100, 8, 16, 2)
    assert ModelShape.from_config({"hidden_size": "x"}, 100) == ModelShape(100, 0, 0, 0)
