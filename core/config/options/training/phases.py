"""The options of `model train` for LAB's two phases."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from annotated_types import Gt, Le

from core.config.options.base import (
    AnyPath,
    Epochs,
    ExistingFile,
    File,
    Natural,
    Options,
    Positive,
    Rate,
    Texts,
    once,
    option,
)

Criterion = Literal["auto", "mmlu", "mmlu_branch", "mt_bench", "validation_loss", "asked", "newest"]
"""What a phase's checkpoint is chosen by."""


ReplayShare = Annotated[float, Gt(0), Le(0.9)]


class ForgettingOptions(Options):
    """The user's own instruction data against forgetting."""

    heading: ClassVar[str] = "Replay data"

    replay_data: File | None = None
    """File of instruction data of your own, JSON lines with messages, of which a share is mixed into the training data
    against forgetting. A part of it is held out, to compare the trained model with its base on it."""
    replay_share: ReplayShare = 0.1
    """Share of the mixed data that is from replay_data; never more than it holds."""


class PhasedOptions(Options):
    """Training in LAB's two phases."""

    heading: ClassVar[str] = "Two phases"

    strategy: Annotated[Literal["lab-multiphase", "lab-skills-only"] | None, once()] = None
    """Train in two phases: first on knowledge, then, from the best checkpoint, on skills; or only on skills."""
    phased_base_dir: AnyPath | None = None
    """Folder for the checkpoints and the journal of both phases. Default: `phased` in labtop's data folder."""
    phased_phase1_data: Annotated[AnyPath | None, once()] = None
    """Knowledge samples for phase 1. Default: the newest dataset."""
    phased_phase1_num_epochs: Epochs = 7
    """Number of epochs in phase 1 (knowledge)."""
    phased_phase1_effective_batch_size: Annotated[Positive, option(unit="samples")] = 128
    """Number of samples in each optimizer step of phase 1."""
    phased_phase1_learning_rate: Rate = 2e-5
    """Peak learning rate of phase 1."""
    phased_phase1_samples_per_save: Annotated[Natural, option(unit="samples")] = 0
    """Like save_samples, for phase 1."""
    phased_phase2_data: Annotated[AnyPath | None, once()] = None
    """Skills samples for phase 2. Default: the newest dataset."""
    phased_phase2_num_epochs: Epochs = 10
    """Number of epochs in phase 2 (skills)."""
    phased_phase2_effective_batch_size: Annotated[Positive, option(unit="samples")] = 3840
    """Number of samples in each optimizer step of phase 2."""
    phased_phase2_learning_rate: Rate = 6e-6
    """Peak learning rate of phase 2."""
    phased_phase2_samples_per_save: Annotated[Natural, option(unit="samples")] = 0
    """Like save_samples, for phase 2."""
    phase1_criterion: Criterion = "auto"
    """What the checkpoint of phase 1 is chosen by. With auto it is the first of mmlu, mmlu_branch and validation_loss
    whose questions or data are present, else newest; asked reads free answers to questions about the data."""
    phase2_criterion: Criterion = "auto"
    """What the checkpoint of phase 2 is chosen by. With auto it is the first of mt_bench, mmlu_branch and
    validation_loss whose judge, questions or data are present, else newest."""
    tasks_dir: Annotated[AnyPath | None, once()] = None
    """Folder with the tasks that choose the best checkpoint. Default: those of the newest data generation."""
    asked_questions: Annotated[ExistingFile | None, once()] = None
    """YAML file of questions, answers and required terms for the criterion asked (docs/facts.md). Default: the tasks'
    questions whose answers state a number or a name."""
    phased_mt_bench_judge: Annotated[str | None, once()] = None
    """Judge of the criterion mt_bench: a model's folder or name, or with --judge-endpoint-url its name there. Default:
    evaluate.judge_model."""
    judge_endpoint_url: Annotated[Texts, once()] = ()
    """Base URL of an OpenAI-compatible server with the judge. May be given several times."""
    force_clear_phased_cache: Annotated[bool, once()] = False
    """Start from the beginning; an earlier training in phased_base_dir is kept as a backup."""


class StartOptions(Options):
    """What is printed or asked before a training starts."""

    heading: ClassVar[str] = "Before it starts"

    journal: Annotated[Literal["show"] | None, once()] = None
    """show: print the journal of the training in phased_base_dir, and start nothing."""
    dry_run: Annotated[bool, once("--dry-run")] = False
    """Print what the training would do and need, without starting it."""
    measure: Annotated[bool, once("--measure")] = False
    """With --dry-run: run a few steps with the real model, and compute the time from their speed."""
    skip_user_confirm: Annotated[bool, once("-y", "--skip-user-confirm")] = False
    """Resume an unfinished training without asking."""
