"""What a quickstart is asked for. Costs nothing to import, for those who only start one."""

from __future__ import annotations

from pathlib import Path

from core.config.option_table import TABLE
from core.jobs.spec import JobSpec, new_spec
from core.paths import expanded

FOLDER = str(TABLE["quickstart"].default("folder"))
"""Where the sandbox goes unless another folder is named, seen from where the user is."""


def quickstart_spec(
    folder: Path, *, sample: Path | None = None, student: str | None = None, short: bool = False, seed: int = 42
) -> JobSpec:
    """The job that walks the loop in `folder`, which becomes absolute; `student` is a model's folder."""
    options = {
        "dir": str(expanded(folder).absolute()),
        "sample": str(expanded(sample).absolute()) if sample else None,
        "student": student,
        "short": short,
        "seed": seed,
    }
    return new_spec("quickstart", "core.quickstart.job:run", options, title="Quickstart")
