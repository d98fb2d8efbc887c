"""The options of `model train`. Names are InstructLab's, and defaults those of its documents."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from core.config.options.base import (
    AnyPath,
    JobOptions,
    Natural,
    Options,
    Positive,
    Rate,
    Seed,
    internal,
    once,
    option,
    setting,
)

GPU_TRAINING = "training on GPUs"

Precision = Literal["auto", "float32", "bfloat16"]
"""`auto` computes in bfloat16 where the processor does so natively; the weights are always float32."""

SystemMessage = Literal["auto", "keep", "merge", "drop"]
"""`auto` keeps system messages where the chat template takes them, and merges those that it refuses."""


class RunOptions(Options):
    """Which model to train, on which data, and where results are written."""

    profile: Annotated[str | None, setting()] = None
    """Training profile that provides values for settings not set in this section, for example A100_H100_x8.yaml."""
    model_path: Annotated[str | None, option("--model-path", "--model-name")] = None
    """Student model to train: its folder, or the name of a model on this machine."""
    data_path: Annotated[AnyPath | None, once()] = None
    """Training data: a file of chat samples, or a folder, whose newest datasets are used.
    Default: labtop's datasets."""
    ckpt_output_dir: AnyPath | None = None
    """Folder for checkpoints. Default: `checkpoints` in labtop's data folder."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Device to train on; this version supports cpu only."""
    nproc_per_node: Annotated[Positive, setting(unused=GPU_TRAINING)] = 1
    """Number of GPUs to train on; not used yet."""
    deepspeed_cpu_offload_optimizer: Annotated[bool, setting(unused=GPU_TRAINING)] = False
    """Keep the optimizer state in host memory; not used yet."""


class TrainingOptions(Options):
    """Hyperparameters of a training. These fields are passed to the training loop unchanged."""

    num_epochs: Positive = 10
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
    warmup_steps: Annotated[Natural, option(unit="steps")] = 25
    """Number of optimizer steps over which the learning rate rises to its peak."""
    save_samples: Annotated[Natural, option(unit="samples")] = 0
    """Write a checkpoint after each this many samples; 0 writes checkpoints only at the end of epochs."""
    checkpoint_at_epoch: bool = True
    """Write a checkpoint at the end of each epoch."""
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


class PhasedOptions(Options):
    """Training in LAB's two phases."""

    strategy: Annotated[Literal["lab-multiphase"] | None, once()] = None
    """Train in two phases: first on knowledge, then, from the best checkpoint, on skills."""
    phased_base_dir: AnyPath | None = None
    """Folder for the checkpoints and the journal of both phases. Default: `phased` in labtop's data folder."""
    phased_phase1_data: Annotated[AnyPath | None, once()] = None
    """Knowledge samples for phase 1. Default: the newest dataset."""
    phased_phase1_num_epochs: Positive = 7
    """Number of epochs in phase 1 (knowledge)."""
    phased_phase1_effective_batch_size: Annotated[Positive, option(unit="samples")] = 128
    """Number of samples in each optimizer step of phase 1."""
    phased_phase1_learning_rate: Rate = 2e-5
    """Peak learning rate of phase 1."""
    phased_phase1_samples_per_save: Annotated[Natural, option(unit="samples")] = 0
    """Like save_samples, for phase 1."""
    phased_phase2_data: Annotated[AnyPath | None, once()] = None
    """Skills samples for phase 2. Default: the newest dataset."""
    phased_phase2_num_epochs: Positive = 10
    """Number of epochs in phase 2 (skills)."""
    phased_phase2_effective_batch_size: Annotated[Positive, option(unit="samples")] = 3840
    """Number of samples in each optimizer step of phase 2."""
    phased_phase2_learning_rate: Rate = 6e-6
    """Peak learning rate of phase 2."""
    phased_phase2_samples_per_save: Annotated[Natural, option(unit="samples")] = 0
    """Like save_samples, for phase 2."""
    tasks_dir: Annotated[AnyPath | None, once()] = None
    """Folder with the tasks that choose the best checkpoint. Default: those of the newest data generation."""
    skip_user_confirm: Annotated[bool, once("-y", "--skip-user-confirm")] = False
    """Resume an unfinished training without asking."""


class RoomOptions(Options):
    """What is ended to make room for a training."""

    stop_servers: Annotated[bool, once("--stop-servers")] = False
    """Stop labtop's servers that use what the training needs: its GPUs, or without GPUs the processor."""


class TrainOptions(RunOptions, TrainingOptions, PhasedOptions, RoomOptions, JobOptions):
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
