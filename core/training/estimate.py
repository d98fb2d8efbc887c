"""What a training will take: time by the documents' formula, and memory per device. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.config.options.train import TrainingOptions

SAMPLES_PER_GPU_MINUTE = 250
"""The documents' figure for one GPU: 10,000 samples, 8 GPUs and 10 epochs take 50 minutes."""

CACHED_LOGITS_BYTES = 200_000_000
"""The loss is computed in pieces of at most 16 million logits, in float32: the logits, their gradient and a copy."""

GPU_CONTEXT_BYTES = 1_500_000_000
"""What CUDA, its libraries and the communication buffers take on a GPU."""

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""The linear layers of a block that get LoRA adapters by default."""

MLP = ("gate_", "up_", "down_")
"""The beginnings of the names of those between the sizes `hidden` and `intermediate`; others have `hidden` twice."""

USABLE = 0.9
"""The share of the free memory that is planned with: the allocator cannot use all of it."""

FOUR_BITS = 0.516
"""Bytes of a weight of 4 bits with its share of the quantized scales (QLoRA: 4.127 bits)."""

BUCKET_VALUES = 500_000_000
"""DeepSpeed sends gradients in buckets of so many values (`reduce_bucket_size`), or of all where there are fewer."""

LIVE_VALUES = 1_000_000_000
"""ZeRO-3 keeps up to so many gathered weights (`stage3_max_live_parameters`)."""

BUDGET_STEP = 500
"""A suggested token budget is a multiple of this."""


def training_minutes(samples: int, gpus: int, epochs: int) -> float:
    """The time of a training on GPUs, by the documents' formula."""
    return samples / SAMPLES_PER_GPU_MINUTE / gpus * epochs


@dataclass(frozen=True)
class ModelShape:
    """The sizes of a model that its memory depends on."""

    parameters: int
    hidden: int
    intermediate: int
    layers: int
    embeddings: int = 0
    """Parameters of the embeddings and of an output layer of its own, which are never of 4 bits."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any], parameters: int) -> ModelShape:
        """The shape by a model's config.json; sizes that it does not have count as 0."""
        text = config.get("text_config")
        config = text if isinstance(text, dict) else config

        def size(name: str) -> int:
            value = config.get(name)
            return value if isinstance(value, int) else 0

        hidden = size("hidden_size")
        tables = 2 if config.get("tie_word_embeddings") is False else 1
        embeddings = tables * hidden * size("vocab_size")
        return cls(parameters, hidden, size("intermediate_size"), size("num_hidden_layers"), embeddings)

    def adapter_parameters(self, options: TrainingOptions) -> int:
        """Of LoRA adapters; those of attention as if all heads had keys and values of their own."""
        names = ",".join(options.lora_target_modules).split(",") if options.lora_target_modules else PROJECTIONS
        mlp = sum(name.startswith(MLP) for name in names)
        sides = mlp * (self.hidden + self.intermediate) + (len(names) - mlp) * 2 * self.hidden
        return options.lora_rank * self.layers * sides


@dataclass(frozen=True)
class MemoryEstimate:
    """The memory of one device, in bytes."""

    state: int
    """Weights, gradients and optimizer."""
    fixed: int
    """The loss, and what the libraries take."""
    per_token: int
    """Activations for each token of a pass, padding included."""

    def needed(self, tokens: int) -> int:
        """For passes of up to so many tokens."""
        return self.state + self.fixed + self.per_token * tokens

    def token_budget(self, free: int) -> int:
        """The most tokens of a pass that fit into so much free memory; 0 if the model itself does not fit."""
        left = int(free * USABLE) - self.state - self.fixed
        return max(0, left // max(1, self.per_token) // BUDGET_STEP * BUDGET_STEP)


def memory_per_device(shape: ModelShape, options: TrainingOptions, *, recompute: bool) -> MemoryEstimate:
    """The memory of each process of a training, on a GPU or in its share of the main memory.

    With `recompute` the activations of a layer are computed again in the backward pass, and only its input is kept.
    Measured on a processor with 18 million parameters in 6 layers: 0.119 MB a token, and 0.243 without; estimated are
    0.135 and 0.246.
    """
    gpu = options.device == "cuda"
    if options.lora_rank:
        state = _frozen_bytes(shape, options) + _state_bytes(options, shape.adapter_parameters(options))
    else:
        state = _state_bytes(options, shape.parameters)
    block = 12 * shape.hidden + 4 * shape.intermediate
    """Values for each token that a transformer block keeps for its backward pass."""
    values = shape.layers * shape.hidden + 3 * block if recompute else shape.layers * block
    per_token = (2 if gpu else 4) * values  # bfloat16 on GPUs, float32
    return MemoryEstimate(state, CACHED_LOGITS_BYTES + (GPU_CONTEXT_BYTES if gpu else 0), per_token)


def largest_pass(options: TrainingOptions, longest: int) -> int:
    """Tokens of the largest pass on one device, with samples of up to `longest` tokens."""
    of_a_step = longest * -(-options.effective_batch_size // options.world_size)
    return min(options.max_batch_len, of_a_step)


def recomputes_activations(shape: ModelShape, options: TrainingOptions, longest: int, available: int | None) -> bool:
    """Whether activations are computed again: as asked, or if they do not fit into a device's memory otherwise.

    `available` is in bytes; if it is not known, a GPU's memory counts as short.
    """
    if options.activation_checkpointing != "auto":
        return options.activation_checkpointing == "on"
    if available is None:
        return options.device == "cuda"
    kept = memory_per_device(shape, options, recompute=False)
    return kept.needed(largest_pass(options, longest)) > available * USABLE


def _frozen_bytes(shape: ModelShape, options: TrainingOptions) -> int:
    """Bytes of a model's frozen weights on one device, in the precision of the computation or in 4 bits."""
    each = 2 if options.device == "cuda" else 4
    if options.lora_quantize_dtype is not None:
        return int(FOUR_BITS * (shape.parameters - shape.embeddings)) + each * shape.embeddings
    if options.backend != "fsdp":
        return each * shape.parameters
    if options.fsdp_cpu_offload_optimizer:
        return 0
    whole = 1 if options.fsdp_sharding_strategy == "SHARD_GRAD_OP" else 1 / _shards(options)
    return int(each * whole * shape.parameters)


def _shards(options: TrainingOptions) -> int:
    """Into how many parts FSDP shards: HYBRID_SHARD has a copy in each node."""
    return options.nproc_per_node if options.fsdp_sharding_strategy == "HYBRID_SHARD" else options.world_size


def _state_bytes(options: TrainingOptions, trained: int) -> int:
    """Bytes of so many trained parameters on one device, with gradients and optimizer, whose states are float32.

    Of float32 weights, gradients and AdamW's two moments there are 16 for each parameter.
    """
    gpu = options.device == "cuda"
    if options.backend == "deepspeed":
        return _deepspeed_bytes(options, trained)
    if options.backend in ("none", "ddp"):
        return (18 if gpu else 16) * trained  # autocast caches the weights in bfloat16
    if options.fsdp_cpu_offload_optimizer and gpu:
        return 4 * trained // _shards(options)
    whole = 2 * trained if options.fsdp_sharding_strategy == "SHARD_GRAD_OP" else 0
    return 16 * trained // _shards(options) + whole


def _deepspeed_bytes(options: TrainingOptions, trained: int) -> int:
    """What ZeRO keeps, as DeepSpeed 0.19.8 does (deepspeed/runtime/zero/stage_1_and_2.py).

    Each process has the weights in the precision of the computation, and a share of the float32 weights and the two
    moments. Its gradients are most in a backward pass or in the step. In a pass there are the share of their sum and,
    once a bucket has been reduced, of the present pass; the bucket, with the whole gradients of up to 500 million
    weights (`setup_buckets`; on GPUs a second one, while the first is sent); and the copy that is sent
    (`allreduce_bucket`). In the step there are the share, flattened, and in float32 (`step`). DeepSpeed's own
    `estimate_zero2_model_states_mem_needs` counts 2 bytes and a share of 18, without the buckets. ZeRO-3 has a share of
    the weights, too, and those that are gathered at a time.

    Measured with ZeRO-2, 80 million parameters, two processes on a processor and three passes a step: 20.3 bytes for
    each parameter in float32, where 20 are estimated, and 13.4 in bfloat16, where the same with one bucket is 13.
    """
    gpu = options.device == "cuda"
    each = 2 if gpu else 4
    share = trained / options.world_size
    offloaded = options.deepspeed_cpu_offload_optimizer and gpu  # on a processor it is the same memory
    kept = share * (1 - options.deepspeed_cpu_offload_optimizer_ratio if offloaded else 1)
    buckets = (3 if gpu else 2) * each * min(trained, BUCKET_VALUES)
    in_a_pass = each * kept * (2 if trained > BUCKET_VALUES else 1) + buckets
    in_the_step = 2 * each * kept + (4 * kept if gpu else 0)
    weights: float = each * trained
    if options.deepspeed_zero_stage == "3":
        weights = each * share + each * min(trained, LIVE_VALUES)
    return int(weights + 12 * kept + max(in_a_pass, in_the_step))
