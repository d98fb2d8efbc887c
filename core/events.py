"""The events that a job reports, one JSON line each, and the reporter that writes them.

    {"v": 1, "seq": 12, "time": 1790000000.1, "t": 73.2, "type": "metric", "stage": "train.phase1", "data": {…}}

`time` is seconds since 1970, `t` seconds since the job's start on the monotonic clock. Readers ignore types and
fields that they do not know.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from core.errors import LabtopError
from core.printable import printable_lines

VERSION = 1
"""Version of the event format; readers skip lines of a higher one."""

SAMPLE_BYTES = 2048
"""The largest sample in an event; its file has the rest."""

SAMPLES_PER_SECOND = 3.0
"""The most samples; more would scroll past unread."""

QUIET_SECONDS = 60.0
"""A stage without events for this long is stalled, unless it sets another limit."""

MAX_SECONDS = 1e11
"""A larger time or duration is invalid."""

HUGE = 1e18
"""A larger amount is a mistake, and would overflow somewhere."""

Status = Literal["succeeded", "failed", "cancelled"]
Data = dict[str, Any]


@dataclass(frozen=True)
class Event:
    """One line of a job's `events.jsonl`."""

    seq: int
    time: float
    t: float
    type: str
    stage: str | None = None
    data: Data = field(default_factory=dict)

    def encode(self) -> str:
        return json.dumps(
            {
                "v": VERSION,
                "seq": self.seq,
                "time": round(self.time, 3),
                "t": round(self.t, 3),
                "type": self.type,
                "stage": self.stage,
                "data": self.data,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )


def decode(line: str | bytes) -> Event | None:
    """The event of a line; None when the line is not one that this version understands."""
    try:
        record = json.loads(line)
        if record["v"] > VERSION or not isinstance(record["data"], dict):
            return None
        stage = record.get("stage")
        event = Event(
            seq=int(record["seq"]),
            time=float(record["time"]),
            t=float(record["t"]),
            type=str(record["type"]),
            stage=None if stage is None else str(stage),
            data=record["data"],
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return event if 0 <= event.time < MAX_SECONDS and 0 <= event.t < MAX_SECONDS else None


@dataclass(frozen=True)
class StagePlan:
    """One stage of what a job will do."""

    id: str
    title: str
    amount: float | None = None
    """The amount of work in `unit`; None while unknown."""
    unit: str = ""
    expected_seconds: float | None = None
    purpose: str = ""
    """One sentence on the purpose of the stage."""


Write = Callable[[str, str | None, Data], None]
"""Takes an event's type, stage and data."""


class Reporter:
    """Reports events. Work gets a reporter and does not know where its events are written."""

    def __init__(
        self, write: Write, stage: str | None = None, stop_requested: Callable[[], bool] = lambda: False
    ) -> None:
        self._write = write
        self._stage = stage
        self.stop_requested = stop_requested
        """Whether the job was asked to stop. In a stage with `stop_seconds` the work calls it at safe points (end of a
        step, arrival of a reply); when it is true, the work saves its state and raises KeyboardInterrupt."""
        self._progress_started: tuple[str, float, float] | None = None
        self._sample_allowance = SAMPLES_PER_SECOND
        self._sample_time = time.monotonic()

    @classmethod
    def silent(cls) -> Reporter:
        """A reporter that discards its events."""
        return cls(lambda _type, _stage, _data: None)

    def at(self, stage: str) -> Reporter:
        """A reporter for the events of a stage."""
        return Reporter(self._write, stage, self.stop_requested)

    def plan(self, stages: Sequence[StagePlan]) -> None:
        """Report the planned stages, in order. Called again when more is known."""
        self._write("plan", None, {"stages": [vars(stage) for stage in stages]})

    @contextmanager
    def stage(
        self,
        stage_id: str,
        title: str,
        *,
        quiet_seconds: float = QUIET_SECONDS,
        stop_seconds: float | None = None,
    ) -> Iterator[Reporter]:
        """Report that a stage starts and, in every case, how it ends.

        A stage whose work checks `stop_requested` sets `stop_seconds`: the longest time that it needs to end by
        itself. Without it, a request to stop interrupts the work immediately.
        """
        inner = self.at(stage_id)
        started = time.monotonic()
        limits = {"quiet_seconds": quiet_seconds, "stop_seconds": stop_seconds}
        inner._write("stage_started", stage_id, {"title": title, **limits})
        status: Status = "failed"
        try:
            yield inner
            status = "succeeded"
        except (KeyboardInterrupt, GeneratorExit):
            status = "cancelled"
            raise
        finally:
            seconds = round(time.monotonic() - started, 3)
            inner._write("stage_finished", stage_id, {"status": status, "seconds": seconds})

    def progress(self, done: float, total: float | None, unit: str, *, tokens_per_second: float | None = None) -> None:
        """Report the progress of the stage. Rate and time left are computed since the first call."""
        now = time.monotonic()
        if self._progress_started is None or self._progress_started[0] != unit or done < self._progress_started[2]:
            self._progress_started = (unit, now, done)
        _, start, first = self._progress_started
        rate = (done - first) / (now - start) if now > start and done > first else None
        left = None if rate is None or total is None else max(0.0, total - done) / rate
        tokens = {} if tokens_per_second is None else {"tokens_per_second": float(f"{tokens_per_second:.4g}")}
        self._write(
            "progress",
            self._stage,
            {
                "done": done,
                "total": total,
                "unit": unit,
                "rate": None if rate is None else float(f"{rate:.4g}"),
                "seconds_left": None if left is None else round(left, 1),
                **tokens,
            },
        )

    def amount(self, amount: float, unit: str) -> None:
        """Report how much work a stage has, as soon as that is known; the stage need not have started."""
        self._write("amount", self._stage, {"amount": amount, "unit": unit})

    def count(
        self,
        key: Mapping[str, str],
        *,
        produced: int,
        parsed: int,
        kept: int,
        rejected: Mapping[str, int] | None = None,
    ) -> None:
        """Report running totals of a generation block on a leaf; `key` holds `leaf` and `block`."""
        self._write(
            "count",
            self._stage,
            {"key": dict(key), "produced": produced, "parsed": parsed, "kept": kept, "rejected": dict(rejected or {})},
        )

    def metric(self, step: int, **values: float) -> None:
        """Report metrics of a training step; a step reported again replaces the earlier values."""
        self._write("metric", self._stage, {"step": step, "values": values})

    def score(
        self, benchmark: str, model: str, score: float, *, stderr: float | None = None, n: int | None = None
    ) -> None:
        """Report a model's score on a benchmark with `n` questions, 0 to 1 unless the benchmark has another scale."""
        self._write(
            "score", self._stage, {"benchmark": benchmark, "model": model, "score": score, "stderr": stderr, "n": n}
        )

    def task_scores(
        self, benchmark: str, model: str, tasks: Mapping[str, tuple[float, float, int]], *, total: int
    ) -> None:
        """Report score, standard error and questions of tasks of a benchmark, of whose `total` tasks some are missing.

        Each task is reported once; the `score` of the benchmark follows when all are finished.
        """
        rows = {
            name: {"score": round(score, 4), "stderr": round(stderr, 4), "n": n}
            for name, (score, stderr, n) in tasks.items()
        }
        self._write("task_scores", self._stage, {"benchmark": benchmark, "model": model, "total": total, "tasks": rows})

    def choice(
        self, criterion: str, best: str | None = None, *, score: float | None = None, tied: Sequence[str] = ()
    ) -> None:
        """Report what the stage chooses a checkpoint by, and, once that is known, the path of the chosen one.

        `tied` are the paths of those that are as good within the uncertainty, with the chosen one.
        """
        self._write("choice", self._stage, {"criterion": criterion, "best": best, "score": score, "tied": list(tied)})

    def sample(self, kind: Literal["qa", "answer", "judgement"], data: Data, *, file: str | None = None) -> None:
        """Report a sample to read. Only a few per second are written, and long texts are truncated."""
        now = time.monotonic()
        self._sample_allowance = min(
            SAMPLES_PER_SECOND, self._sample_allowance + (now - self._sample_time) * SAMPLES_PER_SECOND
        )
        self._sample_time = now
        if self._sample_allowance < 1:
            return
        self._sample_allowance -= 1
        limit = SAMPLE_BYTES // max(1, len(data))
        cut = {
            name: value.encode(errors="replace")[:limit].decode(errors="ignore") if isinstance(value, str) else value
            for name, value in data.items()
        }
        self._write("sample", self._stage, {"kind": kind, **cut, "file": file})

    def note(self, level: Literal["info", "warning", "error"], message: str, *, hint: str | None = None) -> None:
        """Report a message for the user."""
        self._write("note", self._stage, {"level": level, "message": message, "hint": hint})

    def artifact(
        self,
        kind: Literal["dataset", "checkpoint", "report", "log"],
        path: str,
        *,
        size: int | None = None,
        **summary: Any,
    ) -> None:
        """Report a file or folder that is complete; `size` in bytes."""
        self._write("artifact", self._stage, {"kind": kind, "path": path, "bytes": size, "summary": summary})


def error_data(error: BaseException) -> Data:
    """The `error` field of an event for any error; the traceback of an unexpected one belongs in the log."""
    if isinstance(error, LabtopError):
        return dict(error.to_data())
    return {
        "message": printable_lines(f"Unexpected error: {type(error).__name__}: {error}"),
        "hint": None,
        "code": "unexpected",
        "job_command": "logs",
    }
