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
    """What to train, on what, and where the results go."""

    profile: Annotated[str | None, setting()] = None
    """Training profile that sets what this section does not, for example A100_H100_x8.yaml."""
    model_path: Annotated[str | None, option("--model-path", "--model-name")] = None
    """The student to train: its folder, or the name of a model on this machine."""
    data_path: Annotated[AnyPath | None, once()] = None
    """File of chat samples, or a folder whose newest are taken; without one, labtop's datasets."""
    ckpt_output_dir: AnyPath | None = None
    """Where checkpoints are written; without one, `checkpoints` among labtop's data."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where to train; this version trains on cpu only."""
    nproc_per_node: Annotated[Positive, setting(unused=GPU_TRAINING)] = 1
    """GPUs to train on; not used yet."""
    deepspeed_cpu_offload_optimizer: Annotated[bool, setting(unused=GPU_TRAINING)] = False
    """Keep the optimizer's state in the host's memory; not used yet."""


class TrainingOptions(Options):
    """What decides how a training goes: these reach the training loop as they are."""

    num_epochs: Positive = 10
    """Times that every sample is seen."""
    effective_batch_size: Annotated[Positive, option(unit="samples")] = 64
    """Samples of one optimizer step, exactly; the last step of an epoch may have fewer."""
    max_seq_len: Annotated[Positive, option(unit="tokens")] = 4096
    """Longest sample; longer ones are left out and reported, never cut."""
    max_batch_len: Annotated[Positive, option(unit="tokens")] = 5000
    """The most tokens, padding included, of one forward pass on one device; bounds the memory, changes no result."""
    learning_rate: Rate = 2e-5
    """At its peak, after the warm-up."""
    warmup_steps: Annotated[Natural, option(unit="steps")] = 25
    """Optimizer steps in which the learning rate rises."""
    save_samples: Annotated[Natural, option(unit="samples")] = 0
    """Write a checkpoint each time so many more samples were seen; 0 writes them only at the end of epochs."""
    checkpoint_at_epoch: bool = True
    """Write a checkpoint at the end of each epoch."""
    random_seed: Annotated[Seed, option("--seed")] = 42
    """Decides the order of samples."""
    system_message: SystemMessage = "auto"
    """Whether to keep a sample's system message, merge it into the first user message, or drop it. With auto
    it is kept unless the model's chat template refuses it, and then merged."""
    max_checkpoints: Annotated[Positive | None, internal()] = None
    """Keep at most so many, evenly spaced, the last among them."""
    adamw_weight_decay: Annotated[float, internal()] = 0.0
    adamw_betas: Annotated[tuple[float, float], internal()] = (0.9, 0.95)
    adamw_eps: Annotated[float, internal()] = 1e-8
    precision: Annotated[Precision, internal()] = "auto"
    threads: Annotated[Positive | None, internal()] = None
    """None chooses for the machine and the model's size."""


class PhasedOptions(Options):
    """Training in LAB's two phases."""

    strategy: Annotated[Literal["lab-multiphase"] | None, once()] = None
    """Train on knowledge first, then on skills; the best checkpoint of the first phase continues."""
    phased_base_dir: AnyPath | None = None
    """Where the phases and their journal are written; without one, `phased` among labtop's data."""
    phased_phase1_data: Annotated[AnyPath | None, once()] = None
    """Knowledge samples; without a file, the newest."""
    phased_phase1_num_epochs: Positive = 7
    """Epochs of phase 1, the knowledge."""
    phased_phase1_effective_batch_size: Annotated[Positive, option(unit="samples")] = 128
    """Samples of one optimizer step in phase 1."""
    phased_phase1_learning_rate: Rate = 2e-5
    """Learning rate of phase 1 at its peak."""
    phased_phase1_samples_per_save: Annotated[Natural, option(unit="samples")] = 0
    """Like save_samples, in phase 1."""
    phased_phase2_data: Annotated[AnyPath | None, once()] = None
    """Skills samples; without a file, the newest."""
    phased_phase2_num_epochs: Positive = 10
    """Epochs of phase 2, the skills."""
    phased_phase2_effective_batch_size: Annotated[Positive, option(unit="samples")] = 3840
    """Samples of one optimizer step in phase 2."""
    phased_phase2_learning_rate: Rate = 6e-6
    """Learning rate of phase 2 at its peak."""
    phased_phase2_samples_per_save: Annotated[Natural, option(unit="samples")] = 0
    """Like save_samples, in phase 2."""
    tasks_dir: Annotated[AnyPath | None, once()] = None
    """Tasks to choose the best checkpoint by; without a folder, those of the newest run."""
    skip_user_confirm: Annotated[bool, once("-y", "--skip-user-confirm")] = False
    """Continue an unfinished training without asking."""


class TrainOptions(RunOptions, TrainingOptions, PhasedOptions, JobOptions):
    """The whole command."""

    section: ClassVar[str | None] = "train"

    def training(self) -> dict[str, Any]:
        """The fields of TrainingOptions."""
        return {name: getattr(self, name) for name in TrainingOptions.model_fields}

    def phase_training(self, number: Literal[1, 2]) -> dict[str, Any]:
        """The same with what phase `number` has numbers of its own for."""
        prefix = f"phased_phase{number}_"
        own = ("num_epochs", "effective_batch_size", "learning_rate")
        return {
            **self.training(),
            **{name: getattr(self, prefix + name) for name in own},
            "save_samples": getattr(self, f"{prefix}samples_per_save"),
        }
