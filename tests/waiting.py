"""Waiting on a condition, with a limit."""

from __future__ import annotations

import time
from collections.abc import Callable

from core.jobs.folder import JobFolder
from core.jobs.observe import ENDED, observe, read_state

LIMIT_SECONDS = 120.0
"""Time limit for failing tests. A loaded machine may be slow, above all where torch is imported."""


def wait_until(condition: Callable[[], object], seconds: float = LIMIT_SECONDS, what: str = "the condition") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true in {seconds} s"
        time.sleep(0.02)


def wait_for(folder: JobFolder, *statuses: str, seconds: float = LIMIT_SECONDS) -> None:
    """Wait until a job has one of these states. Fails at once when it has ended in another one."""
    wait_in_job(folder, lambda: observe(folder).status in statuses, seconds, f"{folder.id} {statuses}")


def wait_for_progress(folder: JobFolder, stage: str = "count") -> None:
    """Wait until a stage of a job has reported progress. Fails at once when the job has ended without it."""

    def reported() -> bool:
        seen = read_state(folder).stages.get(stage)
        return seen is not None and seen.progress is not None

    wait_in_job(folder, reported, what=f"progress of {folder.id}")


def wait_in_job(
    folder: JobFolder, condition: Callable[[], object], seconds: float = LIMIT_SECONDS, what: str = "the condition"
) -> None:
    """Wait on a condition that a job brings about. Fails at once when the job has ended without it."""

    def is_true() -> bool:
        before = observe(folder)
        if condition():
            return True
        log = folder.log.read_text(errors="replace")[-2000:] if folder.log.exists() else ""
        assert before.status not in ENDED, f"{what}: {folder.id} is {before.status}: {before.error}\n{log}"
        return False

    wait_until(is_true, seconds, what)
