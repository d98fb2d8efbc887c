"""The options of `run` itself; what its stages can be asked are the options of their own commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from core.config.options.base import Folder, JobOptions, PathKind, Seed, once

StageName = Literal["generate", "train", "evaluate", "serve"]


class RunOptions(JobOptions):
    """What the other commands do not have."""

    first: Annotated[StageName, once("--from")] = "generate"
    """Start with this stage, on the last results of those before it."""
    last: Annotated[StageName, once("--until")] = "serve"
    """End after this stage. Serving starts a job of its own, which keeps running."""
    folder: Annotated[Folder | None, once("--dir")] = None
    """Folder for everything that is made; what is done there is not done again. Without one, `run` among labtop's
    data."""
    questions: Annotated[tuple[Path, ...], PathKind("file"), once()] = ()
    """File of held-out questions for base and tuned model, kept out of the training data; may be given several times.
    Without one, they are asked the generated tasks."""
    seed: Annotated[Seed | None, once()] = None
    """Of sampling, mixing and the order of samples; without a number, what the settings say."""
