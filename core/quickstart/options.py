"""The spec of a quickstart job. Imports nothing heavy, for callers that only start one."""

from __future__ import annotations

from pathlib import Path

from core.config.option_table import TABLE
from core.jobs.spec import JobSpec, new_spec
from core.paths import expanded

FOLDER = str(TABLE["quickstart"].default("folder"))
"""The default folder of the sandbox, relative to the current folder."""


def quickstart_spec(
    folder: Path, *, sample: Path | None = None, student: str | None = None, short: bool = False, seed: int = 42
) -> JobSpec:
    """The job that runs the loop in `folder`, which becomes absolute; `student` is a model's folder."""
    from core.quickstart.arguments import QuickstartJob

    job = QuickstartJob(
        folder=expanded(folder).absolute(),
        sample=expanded(sample).absolute() if sample else None,
        student=Path(student) if student else None,
        short=short,
        seed=seed,
    )
    return new_spec("quickstart", "core.quickstart.job:run", job.to_data(), title="Quickstart")
