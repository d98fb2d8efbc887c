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

INPUT_SECONDS = 600.0
"""The longest time without events while inputs are determined: cloning a large repository reports nothing."""

INPUT_NAMES = {
    "exclude_questions": "held-out questions",
    "tasks": "generated tasks",
    "choosing": "evaluation settings",
    "base": "student",
    "tuned": "tuned model",
}
"""Names of stages' inputs for users, where their key is unclear."""

Results = dict[str, dict[str, Any]]
"""The results of the stages, by name."""

Status = Literal["done", "skipped", "earlier"]
"""`earlier` is a stage before the first requested one, whose last result was used."""


@dataclass(frozen=True)
class Stage:
    """One stage of a run."""

    name: str
    plans: tuple[StagePlan, ...]
    """Its lines in the progress display, one per part."""
    run: Callable[[Results, int], dict[str, Any]]
    """Does the work, given the earlier results and the number of this stage's record, for a separate folder. It is
    called again with the same number after it was stopped, and must not repeat what is done."""
    inputs: Callable[[Results], Inputs] | None = None
    """Everything that the result depends on; without it the stage always runs and is not recorded."""
    _: KW_ONLY
    input_plan: StagePlan | None = None
    """The line for determining the inputs, if that takes time."""
    is_complete: Callable[[dict[str, Any]], bool] = lambda _result: True
    """Whether the files of a recorded result still exist."""
    shortfall: Callable[[dict[str, Any]], LabtopError | None] = lambda _result: None
    """What is missing from a finished result. It is recorded, so that a run can start from it with `--from`; but the
    run stops, and the next one repeats the stage."""


@dataclass(frozen=True)
class StageOutcome:
    """What a run did for a stage."""

    name: str
    status: Status
    seconds: float
    """The duration of the stage, now or when it ran before."""
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
    """The stages from `first` to `last`, inclusive."""
    names = [stage.name for stage in stages]
    return stages[names.index(first) : names.index(last) + 1]


def planned(stages: Sequence[Stage]) -> list[StagePlan]:
    """All lines of the progress display, in order."""
    return [plan for stage in stages for plan in (stage.input_plan, *stage.plans) if plan is not None]


def run_stages(stages: Sequence[Stage], root: Path, reporter: Reporter, *, first: str, last: str) -> list[StageOutcome]:
    """Run the stages from `first` to `last` in a locked folder.

    A stage is skipped when a record has its result for the same inputs. The stages before `first` contribute their
    last results, independent of their inputs; raises LabtopError when one of them has none.
    """
    check_range([stage.name for stage in stages], first, last)
    records = Records(root)
    chosen = stages_between(stages, first, last)
    earlier = stages[: stages.index(chosen[0])]
    outcomes = [_earlier(stage, records, root, chosen[0]) for stage in earlier if stage.inputs is not None]
    for stage in chosen:
        results = {outcome.name: outcome.result for outcome in outcomes}
        outcomes.append(_run_stage(stage, results, records, reporter))
    return outcomes


def _earlier(stage: Stage, records: Records, root: Path, first: Stage) -> StageOutcome:
    record = records.newest(stage.name)
    if record is None or record.result is None or not stage.is_complete(record.result):
        what = "no result" if record is None else "no longer the files"
        raise LabtopError(
            f"{root} holds {what} of the stage {stage.name}, which {first.name} needs.",
            hint=f"Run it first: --from {stage.name}",
        )
    return StageOutcome(stage.name, "earlier", record.seconds or 0.0, record.result)


def _run_stage(stage: Stage, results: Results, records: Records, reporter: Reporter) -> StageOutcome:
    if stage.inputs is None:
        started = time.monotonic()
        result = stage.run(results, 0)
        return StageOutcome(stage.name, "done", time.monotonic() - started, result)
    with _shown(stage.input_plan, reporter):
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
    return stage.is_complete(result) and stage.shortfall(result) is None


def _shown(plan: StagePlan | None, reporter: Reporter) -> AbstractContextManager[object]:
    return reporter.stage(plan.id, plan.title, quiet_seconds=INPUT_SECONDS) if plan else nullcontext()


def _show_skipped(stage: Stage, reporter: Reporter) -> None:
    for number, plan in enumerate(stage.plans):
        with reporter.stage(plan.id, plan.title) as inner:
            if number == 0:
                inner.note("info", f"The stage {stage.name} has unchanged inputs: its earlier result is used.")


def _changes(before: Record, inputs: Inputs) -> str:
    """The inputs that differ from those of the last result."""
    now = shortened(inputs)
    names = [name for name in {**now, **before.inputs} if before.inputs.get(name) != now.get(name)]
    return f"{', '.join(INPUT_NAMES.get(name, name.replace('_', ' ')) for name in names)} changed"
