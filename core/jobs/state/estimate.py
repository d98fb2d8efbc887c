"""How long a job and its stages take: from its plan, corrected by the speed that its earlier stages have shown.

Everything that shows a percentage or a time left uses this one estimate. A stage's plan is a guess for one machine; a
busy or small one takes ten times as long. So the plan of the coming stages is scaled by measured / expected seconds of
those before, most of all of stages of the same kind (`train.phase1` for `train.phase2`). As long as too little is
measured there is no estimate: none is better than one that is wrong by a factor of five.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log

from core.jobs.state.stages import StageState

MEASURED_SHARE = 0.12
"""The share of the planned seconds that must be measured before the coming stages are estimated."""

ELSEWHERE = ("teacher", "generate")
"""Kinds whose speed depends on a teacher, which may run on another machine: it says nothing about other kinds."""

SETTLING_SECONDS = 3.0
"""A measured rate counts as much as the forecast after this time; the first steps of a training are slower."""

TRUSTED_SECONDS = 2.0
"""Without a forecast, a rate is used after this time."""

PRIOR_SECONDS = 4.0
"""Planned seconds with which the speed of all stages counts in that of one kind, and 1 in that of all stages."""

OVERDUE = 2.0
"""A stage that reports no progress and takes longer than this multiple of its forecast has an unknown end."""

OVERTIME = 0.25
"""What a stage that exceeds its forecast is expected to need on top, as a share of its time so far."""

SAME_IN_EACH_PHASE = "questions"
"""The unit of stages that have about the same amount of work in each phase."""

SKIPPED_SECONDS, SKIPPED_SHARE = 1.0, 0.1
"""A stage that took less than both, the second of its plan, reused an earlier result and says nothing about speed."""


@dataclass(frozen=True)
class StageEstimate:
    seconds: float
    """The expected duration of the whole stage."""
    left: float


@dataclass(frozen=True)
class Estimate:
    seconds: float = 0.0
    """Since the start of the job."""
    seconds_left: float | None = None
    fraction: float | None = None
    """The share of the job's expected duration that has passed, 0 to 1; None while it is unknown."""
    stages: Mapping[str, StageEstimate] = field(default_factory=dict)
    """Stages that run or wait, as far as their duration can be estimated."""


@dataclass(frozen=True)
class _Measured:
    """The speed of a stage."""

    kind: str
    expected: float
    """Planned seconds, reduced if the measurement is of a part or still settling."""
    seconds: float


@dataclass(frozen=True)
class _Running:
    """A stage that runs, or was running when the job ended."""

    elapsed: float
    left: float | None
    confidence: float
    """0 to 1: how much of `left` is measured by the stage itself."""

    @property
    def seconds(self) -> float:
        return self.elapsed + (self.left or 0.0)


def estimate(status: str, stages: Mapping[str, StageState], now: float) -> Estimate:
    """The estimate at `now`, in seconds since the job's start."""
    if status == "succeeded":
        return Estimate(now, None, 1.0)
    ended = [stage for stage in stages.values() if stage.status == "succeeded"]
    active = [stage for stage in stages.values() if stage.status in ("running", "failed", "cancelled")]
    waiting = [stage for stage in stages.values() if stage.status == "waiting"]
    measured = [_of_ended(stage) for stage in ended if not _is_skipped(stage)]
    running: dict[str, _Running] = {}
    for stage in active:
        part = running[stage.id] = _of_running(stage, ended, measured, now)
        if stage.expected_seconds and part.confidence and part.left is not None:
            full = part.seconds / _own_share(stage)
            measured.append(_Measured(kind_of(stage), stage.expected_seconds * part.confidence, full * part.confidence))
    known = {key: StageEstimate(part.seconds, part.left) for key, part in running.items() if part.left is not None}
    for stage in waiting:
        seconds = _forecast(stage, ended, measured)
        if seconds is not None:
            known[stage.id] = StageEstimate(seconds, seconds)
    trusted = _measured_share(stages.values(), measured) >= MEASURED_SHARE
    complete = trusted and all(stage.id in known for stage in (*active, *waiting)) and bool(known)
    if not complete:
        own = active[0].progress if len(stages) == 1 and active else None
        return Estimate(now, None, own.fraction if own is not None else None, known if trusted else _own(known, active))
    left = max((known[stage.id].left for stage in active), default=0.0) + sum(known[s.id].left for s in waiting)
    fraction = now / (now + left) if now + left > 0 else 0.0
    return Estimate(now, left if status == "running" else None, fraction, known)


def kind_of(stage: StageState) -> str:
    """What stages of similar work share: the first part of their ids."""
    return stage.id.partition(".")[0]


def _series_of(stage: StageState) -> str:
    """What the phases of one work share, whose units cost the same: the id without its number."""
    return stage.id.rstrip("0123456789")


def _own(known: Mapping[str, StageEstimate], active: Sequence[StageState]) -> dict[str, StageEstimate]:
    return {stage.id: known[stage.id] for stage in active if stage.id in known}


def _is_skipped(stage: StageState) -> bool:
    limit = min(SKIPPED_SECONDS, SKIPPED_SHARE * (stage.expected_seconds or 0.0))
    return stage.expected_seconds is None or (stage.seconds or 0.0) < limit


def _own_share(stage: StageState) -> float:
    """The share of a stage's work that was not already done when it started: less than 1 in a resumed job."""
    return max(0.05, 1 - stage.first_report[1]) if stage.first_report is not None else 1.0


def _of_ended(stage: StageState) -> _Measured:
    return _Measured(kind_of(stage), stage.expected_seconds or 0.0, (stage.seconds or 0.0) / _own_share(stage))


def _of_running(stage: StageState, ended: Sequence[StageState], measured: Sequence[_Measured], now: float) -> _Running:
    elapsed = max(
        0.0, (now if stage.seconds is None else (stage.started or 0.0) + stage.seconds) - (stage.started or 0.0)
    )
    forecast = _forecast(stage, ended, measured)
    expected = None
    if forecast is not None:
        # The longer a stage takes beyond its forecast, the less is known about its end.
        expected = max(forecast * _own_share(stage) - elapsed, OVERTIME * elapsed if elapsed > forecast else 0.0)
    own, confidence = _own_left(stage, now)
    if own is None or (expected is None and confidence < TRUSTED_SECONDS / (TRUSTED_SECONDS + SETTLING_SECONDS)):
        late = forecast is not None and elapsed > OVERDUE * forecast
        return _Running(elapsed, None if late else expected, 0.0)
    left = own if expected is None else confidence * own + (1 - confidence) * expected
    return _Running(elapsed, left, confidence)


def _own_left(stage: StageState, now: float) -> tuple[float | None, float]:
    """The time left by a stage's own rate, and how far that is to be trusted."""
    progress = stage.progress
    if progress is None or progress.seconds_left is None or progress.total is None:
        return None, 0.0
    reported = progress.history[-1][0] if progress.history else now
    span = progress.measured_seconds
    confidence = span / (span + SETTLING_SECONDS) if len(progress.history) > 1 else 1.0
    return max(0.0, progress.seconds_left - max(0.0, now - reported)), confidence


def _forecast(stage: StageState, ended: Sequence[StageState], measured: Sequence[_Measured]) -> float | None:
    """The duration of a whole stage, before it has shown its own speed."""
    progress = stage.progress
    amount, unit = (stage.amount, stage.unit) if progress is None else (progress.total, progress.unit)
    before = [other for other in reversed(ended) if _series_of(other) == _series_of(stage)]
    for other in before:
        rate = _seconds_per_unit(other, unit)
        if amount and rate is not None:
            return rate[0] + amount * rate[1]
    if stage.expected_seconds is not None:
        return stage.expected_seconds * _speed(kind_of(stage), measured)
    # Without an amount and a plan: each phase's checkpoints are asked the same questions.
    alike = [other for other in before if unit == SAME_IN_EACH_PHASE and other.first_report is not None]
    return alike[0].seconds if alike else None


def _seconds_per_unit(stage: StageState, unit: str) -> tuple[float, float] | None:
    """What an ended stage needed until its first report, and then for each unit of its work."""
    progress = stage.progress
    if progress is None or progress.unit != unit or progress.first is None or stage.first_report is None:
        return None
    start = stage.first_report[0] - (stage.started or 0.0)
    done = progress.done - progress.first[1]
    work = (stage.seconds or 0.0) - start
    return (start, work / done) if done > 0 and work > 0 else None


def _speed(kind: str, measured: Sequence[_Measured]) -> float:
    """Measured / expected seconds of a kind of stage: the more of it is measured, the less the others count."""
    typical = _typical_ratio([one for one in measured if one.kind not in ELSEWHERE])
    return _ratio([one for one in measured if one.kind == kind], typical)


def _typical_ratio(measured: Sequence[_Measured]) -> float:
    """The geometric mean, in which one kind that is eight times as slow as planned does not outweigh all others."""
    logs = sum(one.expected * log(one.seconds / one.expected) for one in measured if one.seconds > 0 < one.expected)
    return exp(logs / (sum(one.expected for one in measured) + PRIOR_SECONDS))


def _ratio(measured: Sequence[_Measured], prior: float) -> float:
    seconds, expected = sum(one.seconds for one in measured), sum(one.expected for one in measured)
    return (seconds + PRIOR_SECONDS * prior) / (expected + PRIOR_SECONDS)


def _measured_share(stages: Iterable[StageState], measured: Sequence[_Measured]) -> float:
    """How much of the plan has shown its speed; of it, only what depends on this machine."""
    here = [stage for stage in stages if kind_of(stage) not in ELSEWHERE]
    planned = sum(
        stage.expected_seconds or 0.0 for stage in here if not (stage.status == "succeeded" and _is_skipped(stage))
    )
    return sum(one.expected for one in measured if one.kind not in ELSEWHERE) / planned if planned else 1.0
