"""A job's events as a log for people: what happened when, a line each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Literal

from core.events import Data, Event
from core.figures import amount, counted, duration, quantity, size
from core.printable import printable

ENTRIES_KEPT = 5000
"""The most entries in memory; beyond it, older steps and progress are thinned out first."""

STEP_SECONDS = 1.0
"""Of the steps of a training, one in this time is an entry."""

PROGRESS_SECONDS = 10.0
"""Of the progress of a stage without steps, one report in this time is an entry."""

Level = Literal["step", "info", "stage", "good", "warning", "error"]


@dataclass(frozen=True, slots=True)
class LogEntry:
    time: float
    """Seconds since 1970."""
    level: Level
    message: str

    @property
    def text(self) -> str:
        """The message after the local time of day."""
        return f"{time.strftime('%H:%M:%S', time.localtime(self.time))} {self.message}"


@dataclass
class EventLog:
    """The entries of the events added so far. Their number is bounded, however long the job runs."""

    step_seconds: float = STEP_SECONDS
    limit: int = ENTRIES_KEPT
    entries: list[LogEntry] = field(default_factory=list)
    thinned: int = 0
    """How often older entries were dropped: a reader that only appends starts again when it changes."""
    _titles: dict[str, str] = field(default_factory=dict)
    _reported: dict[str | None, float] = field(default_factory=dict)
    """When the last step or progress of a stage became an entry, in seconds since the job's start."""
    _has_steps: set[str | None] = field(default_factory=set)

    def add(self, events: Iterable[Event]) -> list[LogEntry]:
        """Add events; returns their entries."""
        new = [entry for event in events if (entry := self._entry(event)) is not None]
        self.entries += new
        if len(self.entries) > self.limit:
            self._thin()
        return new

    def _entry(self, event: Event) -> LogEntry | None:
        if event.type == "metric":
            self._has_steps.add(event.stage)
        is_step = event.type in ("metric", "progress")
        if is_step and not self._is_due(event):
            return None
        if event.type in ("stage_started", "plan"):
            self._learn_titles(event)
        describe = _DESCRIPTIONS.get(event.type)
        try:
            described = describe(event.data, self._title(event.stage)) if describe is not None else None
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            return None  # an event without a required field
        if described is None:
            return None
        if is_step:
            self._reported[event.stage] = event.t
        return LogEntry(event.time, described[0], printable(described[1]))

    def _is_due(self, event: Event) -> bool:
        if event.type == "progress" and (event.stage in self._has_steps or not event.data.get("done")):
            return False
        pause = self.step_seconds if event.type == "metric" else PROGRESS_SECONDS
        last = self._reported.get(event.stage)
        return last is None or event.t - last >= pause

    def _learn_titles(self, event: Event) -> None:
        if event.type == "stage_started":
            self._titles[str(event.stage)] = str(event.data.get("title") or event.stage)
            self._reported.pop(event.stage, None)

    def _title(self, stage: str | None) -> str:
        return self._titles.get(str(stage), str(stage or ""))

    def _thin(self) -> None:
        """Drop every second step of the older half and, if that is not enough, the oldest entries."""
        half = len(self.entries) // 2
        steps = [number for number in range(half) if self.entries[number].level == "step"]
        dropped = set(steps[::2])
        kept = [entry for number, entry in enumerate(self.entries) if number not in dropped]
        self.entries = kept[-(self.limit - self.limit // 10) :]
        self.thinned += 1


Described = tuple[Level, str] | None


def _job_started(data: Data, _stage: str) -> Described:
    resumes = f", resumes {data['resumes']}" if data.get("resumes") else ""
    return "stage", f"{data['kind']} started: process {data['pid']} on {data['host']}{resumes}"


def _job_finished(data: Data, _stage: str) -> Described:
    status, error = data["status"], data.get("error")
    if not isinstance(error, Mapping):
        return ("good" if status == "succeeded" else "warning"), f"job {status}"
    hint = f" {error['hint']}" if error.get("hint") else ""
    return "error", f"job {status}: {error['message']}{hint}"


def _stage_started(_data: Data, stage: str) -> Described:
    return "stage", f"{stage}: started"


def _stage_finished(data: Data, stage: str) -> Described:
    status = data["status"]
    level: Level = "good" if status == "succeeded" else "warning" if status == "cancelled" else "error"
    word = "done" if status == "succeeded" else status
    return level, f"{stage}: {word} after {duration(data['seconds'])}"


def _metric(data: Data, _stage: str) -> Described:
    values = data["values"]
    parts = [f"step {int(data['step']):,}"]
    for name, value in values.items():
        form = _METRICS.get(name)
        parts.append(form(value) if form is not None else f"{name} {value:.4g}")
    return "step", "  ".join(parts)


_METRICS: Mapping[str, Callable[[float], str]] = {
    "loss": lambda value: f"loss {value:.4g}",
    "validation_loss": lambda value: f"validation loss {value:.4g}",
    "lr": lambda value: f"lr {value:.2e}",
    "grad_norm": lambda value: f"grad norm {value:.3g}",
    "tokens_per_second": lambda value: f"{value:,.0f} tokens/s",
    "samples_per_second": lambda value: f"{value:,.1f} samples/s",
}


def _progress(data: Data, _stage: str) -> Described:
    rate = f"  {quantity(data['rate'])} {data['unit']}/s" if data.get("rate") else ""
    left = f"  {duration(data['seconds_left'])} left" if data.get("seconds_left") else ""
    return "step", f"{amount(data['done'], data.get('total'), data['unit'])}{rate}{left}"


def _score(data: Data, _stage: str) -> Described:
    error = "" if data.get("stderr") is None else f" ± {data['stderr']:.3f}"
    asked = "" if data.get("n") is None else f", {counted(data['n'], 'question')}"
    return "good", f"score of {data['model']} on {data['benchmark']}: {data['score']:.3f}{error}{asked}"


def _choice(data: Data, _stage: str) -> Described:
    if data.get("best") is None:
        return None
    tie = ", a tie" if data.get("tied") else ""
    return "good", f"{PurePath(data['best']).name} is chosen by {data['criterion']}{tie}"


def _note(data: Data, _stage: str) -> Described:
    level: Any = data["level"] if data["level"] in ("warning", "error") else "info"
    hint = f" {data['hint']}" if data.get("hint") else ""
    return level, f"{data['message']}{hint}"


def _artifact(data: Data, _stage: str) -> Described:
    summary = data.get("summary")
    loss = summary.get("loss") if isinstance(summary, Mapping) else None
    bytes_ = data.get("bytes")
    details = [size(bytes_)] if isinstance(bytes_, int) else []
    details += [f"loss {loss:.4g}"] if isinstance(loss, float) else []
    return "good", f"{data['kind']} saved: {', '.join([PurePath(data['path']).name, *details])}"


_DESCRIPTIONS: Mapping[str, Callable[[Data, str], Described]] = {
    "job_started": _job_started,
    "job_finished": _job_finished,
    "stage_started": _stage_started,
    "stage_finished": _stage_finished,
    "metric": _metric,
    "progress": _progress,
    "score": _score,
    "choice": _choice,
    "note": _note,
    "artifact": _artifact,
}
