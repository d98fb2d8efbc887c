"""A job whose workers run in the test's own process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from core.jobs.outcome import resolve
from tests.core.training.conftest import EventRecorder


class InProcess:
    """Like a JobContext. `stop_before` names a worker's stage at which the job is stopped."""

    def __init__(self, stop_before: str | None = None) -> None:
        self.recorder = EventRecorder()
        self.reporter = self.recorder.reporter
        self.stop_before = stop_before
        self.stages: list[str] = []

    def work(
        self,
        target: str,
        arguments: Mapping[str, Any],
        stage: str | None = None,
        *,
        check: object = None,
        launcher: object = None,
    ) -> dict[str, Any]:
        assert stage is not None
        if stage == self.stop_before:
            raise KeyboardInterrupt
        self.stages.append(stage)
        result: dict[str, Any] = resolve(target)(json.loads(json.dumps(dict(arguments))), self.reporter.at(stage))
        return result
