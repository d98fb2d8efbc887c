"""The options of `model train`. Names are InstructLab's, and defaults those of its documents."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Le

from core.config.options.base import (
    AnyPath,
    Epochs,
    JobOptions,
    Natural,
    Options,
    Positive,
    Rate,
    Seed,
    Share,
    internal,
    once,
    option,
    setting,
)
from core.config.options.training.adapters import AdapterOptions, QuantizeOptions
from core.config.options.training.instructlab import InstructLabOptions
from core.config.options.training.nodes import NodeOptions
from core.config.options.training.phases import ForgettingOptions, PhasedOptions, StartOptions

DistributedBackend = Literal["none", "ddp", "fsdp", "deepspeed"]
"""How a training is spread over processes."""

Precision = Literal["auto", "float32", "bfloat16"]
"""`auto` computes in bfloat16 where the processor does so natively; the weights are always float32."""

SystemMessage = Literal["auto", "keep", "merge", "drop"]
"""`auto` keeps system messages where the chat template takes them, and merges those that it refuses."""


WARMUP_STEPS = 25
"""The default warm-up of a long training, …"""

WARMUP_DIVISOR = 10
"""… and of a shorter one this part of its steps: one over ten, so that the peak is reached and kept for a while."""

Switch = Literal["auto", "on", "off"]

Attention = Literal["auto", "flash", "flex", "varlen", "sdpa", "padded"]
"""The kernel of attention, all but the last with packed samples. `sdpa` has a mask of tokens times tokens."""


class RunOptions(Options):
    """Which model to train, on which data, and where results are written."""

    heading: ClassVar[str] = "Model, data and folders"

    profile: Annotated[str | None, setting()] = None
    """Training profile that provides values for settings not set in this section, for example A100_H100_x8.yaml."""
    model_path: Annotated[str | None, option("--model-path", "--model-name")] = None
    """Student model to train: its folder, or the name of a model on this machine."""
    data_path: Annotated[AnyPath | None, once("--data-path", "--input-dir")] = None
    """Training data: a file of chat samples, or a folder, whose newest datasets are used.
    Default: labtop's datasets."""
    ckpt_output_dir: AnyPath | None = None
    """Folder for checkpoints. Default: `checkpoints` in labtop's data folder."""
    data_output_dir: AnyPath | None = None
    """Folder for the tokenised training data, which later runs reuse. Default: `prepared` in labtop's cache."""
    tensorboard_log_dir: AnyPath | None = None
    """Folder for the metrics as TensorBoard's event files; requires the package tensorboard. Default: none."""


class DeviceOptions(NodeOptions):
    """What a training runs on, and how it is spread over processes. None of it changes which samples a step has."""

    heading: ClassVar[str] = "Devices, processes and memory"

    device: Literal["cpu", "cuda"] = "cpu"
    """Device to train on: the processor, or NVIDIA GPUs."""
    nproc_per_node: Annotated[Positive, option("--nproc-per-node", "--gpus", words=("gpu",))] = 1
    """Number of processes to train with on each node: one for each GPU (`gpu`: as many as there are), or with
    --device cpu on this machine's processor."""
    distributed_backend: DistributedBackend | None = None
    """How to spread the training over processes: none is one process, ddp copies the model, fsdp and deepspeed shard
    it. Default: none for one process, fsdp for several GPUs, ddp for several processes on a processor."""
    fsdp_sharding_strategy: Annotated[
        Literal["HYBRID_SHARD", "FULL_SHARD", "SHARD_GRAD_OP"],
        option(refused_values={"NO_SHARD": "it copies the model to every process: --distributed-backend ddp"}),
    ] = "HYBRID_SHARD"
    """What fsdp shards: everything (FULL_SHARD), everything inside a node (HYBRID_SHARD), or gradients and optimizer
    only (SHARD_GRAD_OP), which needs more memory and less communication."""
    fsdp_cpu_offload_optimizer: Annotated[bool, option(value=True)] = False
    """Keep the shards of weights and optimizer in host memory with fsdp: slower, for models that do not fit."""
    deepspeed_zero_stage: Literal["2", "3"] = "2"
    """ZeRO stage of deepspeed: 2 shards gradients and optimizer, 3 the weights, too."""
    deepspeed_cpu_offload_optimizer: Annotated[bool, option(value=True)] = False
    """Keep the optimizer in host memory and update the weights on the processor; selects deepspeed."""
    deepspeed_cpu_offload_optimizer_ratio: Share = 1.0
    """Share of the optimizer that is kept in host memory; less than 1 requires ZeRO stage 3."""
    deepspeed_cpu_offload_optimizer_pin_memory: Annotated[bool, option(value=True)] = False
    """Lock the optimizer's host memory, for faster copies."""
    attention: Attention = "auto"
    """Kernel of attention: flash (the package flash-attn), flex, varlen and sdpa (all torch's) pack the samples of a
    pass into one row without padding; padded gives each sample a row. auto is flash or flex on GPUs, varlen on a
    processor, and padded where they cannot be used."""
    disable_flash_attn: bool = False
    """Do not use the package flash-attn; unless --attention says otherwise, samples are padded."""
    activation_checkpointing: Switch = "auto"
    """Compute each layer's activations again in the backward pass instead of keeping them: less memory, a third more
    time. auto does so where memory is short by the estimate. The result is the same."""
    use_liger: Switch = "auto"
    """Kernels of the package liger-kernel, on GPUs: auto computes the loss with them where it is installed, on also
    the model's layers."""

    @property
    def world_size(self) -> int:
        """The number of processes on all nodes."""
        return self.nnodes * self.nproc_per_node

    @property
    def backend(self) -> DistributedBackend:
        """The back end asked for, or the default for the device and the number of processes."""
        if self.distributed_backend is not None:
            return self.distributed_backend
        if self.deepspeed_cpu_offload_optimizer:
            return "deepspeed"
        if self.world_size == 1:
            return "none"
        return "fsdp" if self.device == "cuda" else "ddp"


class CheckpointOptions(Options):
    """When a training writes checkpoints and computes the validation loss."""

    heading: ClassVar[str] = "Checkpoints and validation"

    save_samples: Annotated[Natural, option("--save-samples", "--num-samples", unit="samples")] = 0
    """Write a checkpoint after each this many samples; 0 writes checkpoints only at the end of epochs."""
    checkpoint_at_epoch: bool = True
    """Write a checkpoint at the end of each epoch."""
    keep_checkpoints: Positive | None = None
    """Keep only so many of the newest checkpoints, and the one with the lowest validation loss; older ones are removed
    while training. Default: all are kept."""
    validation_split: Annotated[float, Ge(0), Le(0.5)] = 0.0
    """Share of the samples that is held out of training, to report the loss on them; equal samples stay together."""
    validation_frequency: Annotated[Positive | None, option(unit="steps")] = None
    """Compute the validation loss after each this many steps, and at checkpoints. Default: only at checkpoints."""
    export_precision: Precision = "auto"
    """Precision of the weights in checkpoints. auto: bfloat16 if the training computes in it, as on GPUs, else that of
    the model that is trained."""


class OptimizationOptions(Options):
    """The samples of a step, and the learning rate."""

    heading: ClassVar[str] = "Epochs, steps and learning rate"

    num_epochs: Epochs = 10
    """Number of passes over the data."""
    effective_batch_size: Annotated[Positive, option(unit="samples")] = 64
    """Number of samples in each optimizer step; the last step of an epoch may have fewer."""
    max_seq_len: Annotated[Positive, option(unit="tokens")] = 4096
    """Maximum length of a sample; longer samples are left out and reported, never truncated."""
    max_batch_len: Annotated[Positive, option(unit="tokens")] = 5000
    """Maximum number of tokens, including padding, in one forward pass on one device. It limits memory and does not
    change results."""
    learning_rate: Rate = 2e-5
    """Peak learning rate, reached after the warm-up."""
    lr_scheduler: Literal["cosine", "linear", "constant"] = "cosine"
    """Learning rate after the warm-up: it falls to zero along a cosine or a line, or stays constant."""
    warmup_steps: Annotated[Natural | None, option(unit="steps")] = None
    """Number of optimizer steps over which the learning rate rises to its peak. Default: 25, or a tenth of all steps if
    that is less."""
    random_seed: Annotated[Seed, option("--seed")] = 42
    """Random seed of the sample order."""
    system_message: SystemMessage = "auto"
    """What to do with a sample's system message: keep it, merge it into the first user message, or drop it. With auto
    it is kept, or merged if the model's chat template rejects it."""
    max_checkpoints: Annotated[Positive | None, internal()] = None
    """Maximum number of checkpoints to keep, evenly spaced; the last one is always kept."""
    adamw_weight_decay: Annotated[float, internal()] = 0.0
    adamw_betas: Annotated[tuple[float, float], internal()] = (0.9, 0.95)
    adamw_eps: Annotated[float, internal()] = 1e-8
    precision: Annotated[Precision, internal()] = "auto"
    threads: Annotated[Positive | None, internal()] = None
    """None chooses for the machine and the model's size."""

    def warmup(self, total_steps: int) -> int:
        """The warm-up steps of a training with so many steps."""
        if self.warmup_steps is not None:
            return self.warmup_steps
        return min(WARMUP_STEPS, total_steps // WARMUP_DIVISOR)


class TrainingOptions(OptimizationOptions, CheckpointOptions, DeviceOptions, AdapterOptions):
    """Everything about a training that is passed to its processes unchanged."""


class RoomOptions(Options):
    """What is ended to make room for a training."""

    heading: ClassVar[str] = "Before it starts"

    stop_servers: Annotated[bool, once("--stop-servers")] = False
    """Stop labtop's servers that use what the training needs: its GPUs, or without GPUs the processor."""


class TrainOptions(
    RunOptions,
    TrainingOptions,
    PhasedOptions,
    ForgettingOptions,
    QuantizeOptions,
    StartOptions,
    RoomOptions,
    JobOptions,
    InstructLabOptions,
):
    """All options of the command."""

    section: ClassVar[str | None] = "train"

    def training(self) -> dict[str, Any]:
        """The fields of TrainingOptions."""
        return {name: getattr(self, name) for name in TrainingOptions.model_fields}

    def phase_training(self, number: Literal[1, 2]) -> dict[str, Any]:
        """The same, with the values that phase `number` sets for itself."""
        prefix = f"phased_phase{number}_"
        own = ("num_epochs", "effective_batch_size", "learning_rate")
        return {
            **self.training(),
            **{name: getattr(self, prefix + name) for name in own},
            "save_samples": getattr(self, f"{prefix}samples_per_save"),
        }
