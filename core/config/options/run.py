"""The options of `run` itself; those of its stages are declared with the stages' own commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from core.config.options.base import Folder, JobOptions, PathKind, Seed, once

StageName = Literal["generate", "train", "evaluate", "serve"]


class RunOptions(JobOptions):
    """The options that only `run` has."""

    first: Annotated[StageName, once("--from")] = "generate"
    """First stage to run; it uses the latest results of the stages before it."""
    last: Annotated[StageName, once("--until")] = "serve"
    """Last stage to run. Serving starts a separate job, which keeps running."""
    folder: Annotated[Folder | None, once("--dir")] = None
    """Folder for all results; stages that are up to date in it are skipped. Default: `run` in labtop's data folder."""
    questions: Annotated[tuple[Path, ...], PathKind("file"), once()] = ()
    """File of held-out questions to compare base and tuned model on; they are kept out of the training data. May be
    given several times. Default: the generated multiple-choice questions."""
    seed: Annotated[Seed | None, once()] = None
    """Random seed of sampling, mixing and sample order. Default: the seeds in the settings."""
