"""Stages that run one after the other: skipped where their inputs are unchanged, resumed where they were stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any, Literal

from core.errors import LabtopError
from core.events import Reporter, StagePlan
from core.workflow.records import Inputs, Record, Records, shortened

LOOK_SECONDS = 600.0
"""How long working out a stage's inputs may be quiet: cloning a large repository of documents reports nothing."""

INPUT_NAMES = {
    "exclude_questions": "held-out questions",
    "tasks": "generated tasks",
    "choosing": "evaluation settings",
    "base": "student",
    "tuned": "tuned model",
}
"""How inputs of stages are called on the screen, where the name of their key is not clear."""

Results = dict[str, dict[str, Any]]
"""What the stages came to, by name."""

Status = Literal["done", "skipped", "earlier"]
"""`earlier` is one before the first stage that was asked for: its last result was taken as it is."""


@dataclass(frozen=True)
class Stage:
    """A step of a run."""

    name: str
    plans: tuple[StagePlan, ...]
    """How it is shown: one line, or several for a stage of several parts."""
    run: Callable[[Results, int], dict[str, Any]]
    """Does the work; takes the earlier results and the number of this stage's record, for a folder of its own. Called
    again with the same number after it was stopped: what is done is not to be done again."""
    inputs: Callable[[Results], Inputs] | None = None
    """All that the result depends on; without it the stage runs each time and is not recorded."""
    _: KW_ONLY
    look: StagePlan | None = None
    """How working out the inputs is shown, where that takes time."""
    is_whole: Callable[[dict[str, Any]], bool] = lambda _result: True
    """Whether what a recorded result names still exists."""
    shortfall: Callable[[dict[str, Any]], LabtopError | None] = lambda _result: None
    """What is missing from a finished result. It is recorded, so that a run can start on it with `--from`; but the run
    stops, and the next one does the stage again."""


@dataclass(frozen=True)
class StageOutcome:
    """What was done for a stage."""

    name: str
    status: Status
    seconds: float
    """What the stage took when it was done, now or before."""
    result: dict[str, Any]

    def to_data(self) -> dict[str, Any]:
        return {"stage": self.name, "status": self.status, "seconds": round(self.seconds, 1)}


def check_range(names: Sequence[str], first: str, last: str) -> None:
    """Raise LabtopError unless both are stages and `first` does not come after `last`."""
    for name in (first, last):
        if name not in names:
            raise LabtopError(f"There is no stage {name}.", hint=f"The stages are: {', '.join(names)}.")
    if names.index(first) > names.index(last):
        raise LabtopError(
            f"The stage {first} comes after {last}: there is nothing to do.", hint=f"The order is {', '.join(names)}."
        )


def stages_between(stages: Sequence[Stage], first: str, last: str) -> Sequence[Stage]:
    """The stages from `first` to `last`, both included."""
    names = [stage.name for stage in stages]
    return stages[names.index(first) : names.index(last) + 1]


def planned(stages: Sequence[Stage]) -> list[StagePlan]:
    """Everything that the stages will show, in order."""
    return [plan for stage in stages for plan in (stage.look, *stage.plans) if plan is not None]


def walk(stages: Sequence[Stage], root: Path, reporter: Reporter, *, first: str, last: str) -> list[StageOutcome]:
    """Do the stages from `first` to `last` in a folder, which is locked.

    A stage is skipped when a record has its result for the same inputs. Of the stages before `first` the last results
    are taken, whatever their inputs are now; raises LabtopError when one of them has none.
    """
    check_range([stage.name for stage in stages], first, last)
    records = Records(root)
    chosen = stages_between(stages, first, last)
    earlier = stages[: stages.index(chosen[0])]
    outcomes = [_earlier(stage, records, root, chosen[0]) for stage in earlier if stage.inputs is not None]
    for stage in chosen:
        results = {outcome.name: outcome.result for outcome in outcomes}
        outcomes.append(_step(stage, results, records, reporter))
    return outcomes


def _earlier(stage: Stage, records: Records, root: Path, first: Stage) -> StageOutcome:
    record = records.newest(stage.name)
    if record is None or record.result is None or not stage.is_whole(record.result):
        what = "no result" if record is None else "no longer the files"
        raise LabtopError(
            f"{root} holds {what} of the stage {stage.name}, which {first.name} needs.",
            hint=f"Do it first: --from {stage.name}",
        )
    return StageOutcome(stage.name, "earlier", record.seconds or 0.0, record.result)


def _step(stage: Stage, results: Results, records: Records, reporter: Reporter) -> StageOutcome:
    if stage.inputs is None:
        started = time.monotonic()
        result = stage.run(results, 0)
        return StageOutcome(stage.name, "done", time.monotonic() - started, result)
    with _shown(stage.look, reporter):
        inputs = stage.inputs(results)
    found = records.find(stage.name, inputs)
    if found is not None and found.result is not None and _is_usable(stage, found.result):
        records.touch(found)
        _show_skipped(stage, reporter)
        return StageOutcome(stage.name, "skipped", found.seconds or 0.0, found.result)
    before = records.newest(stage.name)
    if found is None and before is not None:
        reporter.note("info", f"The stage {stage.name} runs again: {_changes(before, inputs)}.")
    record = records.start(stage.name, inputs)
    started = time.monotonic()
    result = stage.run(results, record.number)
    record = records.finish(record, result, time.monotonic() - started)
    if error := stage.shortfall(result):
        raise error
    return StageOutcome(stage.name, "done", record.seconds or 0.0, result)


def _is_usable(stage: Stage, result: dict[str, Any]) -> bool:
    return stage.is_whole(result) and stage.shortfall(result) is None


def _shown(plan: StagePlan | None, reporter: Reporter) -> AbstractContextManager[object]:
    return reporter.stage(plan.id, plan.title, quiet_seconds=LOOK_SECONDS) if plan else nullcontext()


def _show_skipped(stage: Stage, reporter: Reporter) -> None:
    for number, plan in enumerate(stage.plans):
        with reporter.stage(plan.id, plan.title) as inner:
            if number == 0:
                inner.note("info", f"The stage {stage.name} has unchanged inputs: its earlier result is used.")


def _changes(before: Record, inputs: Inputs) -> str:
    """Which inputs differ from those of the last result."""
    now = shortened(inputs)
    names = [name for name in {**now, **before.inputs} if before.inputs.get(name) != now.get(name)]
    return f"{', '.join(INPUT_NAMES.get(name, name.replace('_', ' ')) for name in names)} changed"
