"""The state of a job as a pure function of its events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, get_args

from core.events import HUGE, QUIET_SECONDS, Data, Event, Status
from core.jobs.state.curves import Curve
from core.jobs.state.job_state import Choice, Count, JobState, Score, TaskScores
from core.jobs.state.stages import Progress, StageState
from core.printable import printable, printable_lines

SAMPLES_KEPT = 20
"""The number of newest samples in the state; older ones are in the files."""

NOTES_KEPT = 200
"""The number of newest notes in the state."""

HISTORY_KEPT = 60
"""The number of newest progress reports of a stage in the state."""


def reduce(state: JobState, events: Iterable[Event]) -> JobState:
    """The state after more events. Unknown types and fields are ignored."""
    metrics: list[Event] = []
    stages: dict[str, StageState] | None = None
    """Changed by progress; many reports in a row are put into the state at once, as metrics are."""
    seconds, reported, count = state.seconds, state.last_reported, state.events
    for event in events:
        handle = _HANDLERS.get(event.type)
        try:
            if event.type == "metric":
                metrics.append(event)
            elif event.type == "progress":
                stages = dict(state.stages) if stages is None else stages
                stages[str(event.stage)] = _progress(stages.get(str(event.stage)), event)
            elif handle is not None:
                state = state if stages is None else replace(state, stages=stages)
                stages = None
                state = handle(state, event)
        except _MALFORMED:
            pass  # an event without a required field is ignored like an unknown type
        count += 1
        seconds = max(seconds, event.t)
        reported = reported if event.type == "heartbeat" else event.t
    state = _with_metrics(state, metrics) if metrics else state
    return replace(
        state,
        events=count,
        seconds=seconds,
        last_reported=reported,
        stages=state.stages if stages is None else stages,
    )


def without_metrics(event: Event) -> Event:
    """The same event without its metric values, for readers that show no curves; its time still counts."""
    return replace(event, type="") if event.type == "metric" else event


_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


def _number(value: Any) -> float:
    """A finite number of a usable size; raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < HUGE:
        raise ValueError
    return value


def _amount(value: Any) -> float | None:
    """A non-negative amount; None when it is missing or unusable."""
    try:
        return max(0, _number(value))
    except ValueError:
        return None


def _text(value: Any) -> str:
    """A printable line of text; empty when it is missing."""
    return "" if value is None else printable(str(value))


def _lines(value: Any) -> str:
    """A printable text of several lines; empty when it is missing."""
    return "" if value is None else printable_lines(str(value))


def _job_started(state: JobState, event: Event) -> JobState:
    data = event.data
    return replace(
        state,
        status="running",
        kind=_text(data["kind"]),
        pid=int(data["pid"]),
        host=_text(data["host"]),
        resumes=_text(data.get("resumes")) or None,
        started=event.time,
    )


def _job_finished(state: JobState, event: Event) -> JobState:
    status = _status(event)
    error, result = event.data.get("error"), event.data.get("result")
    stages = {
        key: replace(stage, status=status if stage.status == "running" else stage.status)
        for key, stage in state.stages.items()
    }
    return replace(
        state,
        status=status,
        pid=None,
        current=None,
        stages=stages,
        error={**_printable_data(error), "message": _lines(error.get("message"))} if isinstance(error, dict) else None,
        result=result if isinstance(result, dict) else None,
    )


def _printable_data(data: Data) -> Data:
    """Data for display. Exact file names and paths are in the artifacts and the result."""
    return {name: _lines(value) if isinstance(value, str) else value for name, value in data.items()}


def _status(event: Event) -> Status:
    status: Status = event.data["status"]
    if status not in get_args(Status):
        raise ValueError(status)
    return status


def _plan(state: JobState, event: Event) -> JobState:
    stages: dict[str, StageState] = {}
    for planned in event.data["stages"]:
        stage_id = str(planned["id"])
        known = state.stages.get(stage_id) or StageState(stage_id, _text(planned["title"]))
        stages[known.id] = replace(
            known,
            title=_text(planned["title"]),
            amount=_amount(planned.get("amount")),
            unit=_text(planned.get("unit")),
            purpose=_text(planned.get("purpose")),
            expected_seconds=_amount(planned.get("expected_seconds")),
        )
    # A stage that has started but is no longer planned is kept: it happened.
    return replace(state, stages={**stages, **{k: v for k, v in state.stages.items() if k not in stages}})


def _with_stage(state: JobState, stage: StageState) -> JobState:
    return replace(state, stages={**state.stages, stage.id: stage})


def _stage_started(state: JobState, event: Event) -> JobState:
    stage_id = str(event.stage)
    known = state.stages.get(stage_id) or StageState(stage_id, _text(event.data["title"]))
    stage = replace(
        known,
        status="running",
        title=_text(event.data["title"]),
        quiet_seconds=_number(event.data.get("quiet_seconds", QUIET_SECONDS)),
        stop_seconds=_amount(event.data.get("stop_seconds")),
        started=event.t,
        seconds=None,
        progress=None,
        first_report=None,
    )
    return replace(_with_stage(state, stage), current=stage_id)


def _stage_finished(state: JobState, event: Event) -> JobState:
    stage = state.stages[str(event.stage)]
    done = replace(stage, status=_status(event), seconds=_number(event.data["seconds"]))
    running = [key for key, other in state.stages.items() if other.status == "running" and key != stage.id]
    return replace(_with_stage(state, done), current=running[-1] if running else None)


def _progress(known: StageState | None, event: Event) -> StageState:
    data = event.data
    known = known or StageState(str(event.stage), _text(event.stage), status="running")
    total, rate, left, tokens = (
        _amount(data.get(name)) for name in ("total", "rate", "seconds_left", "tokens_per_second")
    )
    done, unit, before = _number(data["done"]), _text(data.get("unit")), known.progress
    report = (event.t, done)
    history: tuple[tuple[float, float], ...] = (report,)
    first: tuple[float, float] | None = report
    if before is not None and before.unit == unit and done >= before.done:
        history, first = (*before.history, report)[-HISTORY_KEPT:], before.first
    progress = Progress(done, total, unit, rate, left, tokens, history, first)
    first_report = known.first_report or (event.t, progress.fraction or 0.0)
    return replace(known, progress=progress, first_report=first_report)


def _with_metrics(state: JobState, events: list[Event]) -> JobState:
    # One copy for all of them: copying a curve for each new point would cost more than all the rest.
    metrics = dict(state.metrics)
    copied: dict[tuple[str, str], Curve] = {}
    for event in events:
        stage = str(event.stage)
        try:
            step = int(_number(event.data["step"]))
            values = {str(name): float(value) for name, value in event.data["values"].items()}
        except _MALFORMED:
            continue
        for name, value in values.items():
            if (stage, name) not in copied:
                before = metrics.get(stage, {})
                copied[stage, name] = before[name].copy() if name in before else Curve()
                metrics[stage] = {**before, name: copied[stage, name]}
            copied[stage, name].add(step, value)
    return replace(state, metrics=metrics)


def _stage_amount(state: JobState, event: Event) -> JobState:
    stage = state.stages[str(event.stage)]
    return _with_stage(state, replace(stage, amount=_amount(event.data["amount"]), unit=_text(event.data["unit"])))


def _count(state: JobState, event: Event) -> JobState:
    data = event.data
    key = (_text(data["key"].get("leaf", "")), _text(data["key"].get("block", "")))
    rejected = {_text(reason): int(_number(number)) for reason, number in (data.get("rejected") or {}).items()}
    produced, parsed, kept = (int(_number(data[name])) for name in ("produced", "parsed", "kept"))
    count = Count(*key, produced, parsed, kept, rejected)
    return replace(state, counts={**state.counts, key: count})


def _score(state: JobState, event: Event) -> JobState:
    score = _score_of(event.data, event)
    unfinished = {key: one for key, one in state.task_scores.items() if key != (score.benchmark, score.model)}
    return replace(state, scores=(*state.scores, score), task_scores=unfinished)


def _score_of(row: Data, event: Event) -> Score:
    """The score in a part of an event about a model's benchmark."""
    stderr, asked = _amount(row.get("stderr")), _amount(row.get("n"))
    n = None if asked is None else int(asked)
    benchmark, model = (_text(event.data[name]) for name in ("benchmark", "model"))
    return Score(benchmark, model, _number(row["score"]), stderr, n, event.stage)


def _task_scores(state: JobState, event: Event) -> JobState:
    key = benchmark, model = _text(event.data["benchmark"]), _text(event.data["model"])
    known = state.task_scores.get(key)
    tasks = {_text(name): _score_of(row, event) for name, row in event.data["tasks"].items()}
    if not tasks:
        raise ValueError
    found = TaskScores(benchmark, model, {**(known.tasks if known else {}), **tasks}, int(_number(event.data["total"])))
    return replace(state, task_scores={**state.task_scores, key: found})


def _choice(state: JobState, event: Event) -> JobState:
    data = event.data
    best, score = data.get("best"), data.get("score")
    choice = Choice(
        _text(data["criterion"]),
        None if best is None else str(best),
        None if score is None else _number(score),
        tuple(map(str, data.get("tied") or ())),
    )
    return replace(state, choices={**state.choices, str(event.stage): choice})


def _sample(state: JobState, event: Event) -> JobState:
    return replace(state, samples=(*state.samples, _printable_data(event.data))[-SAMPLES_KEPT:])


def _note(state: JobState, event: Event) -> JobState:
    note = {**_printable_data({**event.data, "message": str(event.data["message"])}), "stage": event.stage}
    return replace(state, notes=(*state.notes, note)[-NOTES_KEPT:], note_count=state.note_count + 1)


def _artifact(state: JobState, event: Event) -> JobState:
    return replace(state, artifacts=(*state.artifacts, {**event.data, "stage": event.stage}))


def _heartbeat(state: JobState, event: Event) -> JobState:
    return replace(state, heartbeat={name: _amount(value) for name, value in event.data.items()})


_HANDLERS = {
    "job_started": _job_started,
    "job_finished": _job_finished,
    "plan": _plan,
    "stage_started": _stage_started,
    "stage_finished": _stage_finished,
    "amount": _stage_amount,
    "count": _count,
    "score": _score,
    "task_scores": _task_scores,
    "choice": _choice,
    "sample": _sample,
    "note": _note,
    "artifact": _artifact,
    "heartbeat": _heartbeat,
}
