"""Two models' results, compared question by question."""

from __future__ import annotations

from typing import Any

from core.evaluation.results import ModelResult, TaskResult
from core.evaluation.statistics import compare, compare_tasks


def compare_results(base: ModelResult, tuned: ModelResult) -> dict[str, Any]:
    """{comparison, by_task}: over all tasks that both have, and for each of them, as `Comparison`'s fields.

    Questions are paired by their ids, or else by their order; those without a score are left out. With the metrics
    `facts` and `rating` a score is the mean over all questions, so all tasks are compared as one.
    """
    pairs = {name: _pairs(task, tuned.tasks[name]) for name, task in base.tasks.items() if name in tuned.tasks}
    pairs = {name: found for name, found in pairs.items() if found}
    if not pairs:
        return {}
    before = {name: [pair[0] for pair in found] for name, found in pairs.items()}
    after = {name: [pair[1] for pair in found] for name, found in pairs.items()}
    if tuned.metric in ("facts", "rating"):
        whole = compare(*([score for scores in side.values() for score in scores] for side in (before, after)))
    else:
        whole = compare_tasks(list(before.values()), list(after.values()))
    return {
        "comparison": vars(whole),
        "by_task": {name: vars(compare(before[name], after[name])) for name in pairs},
    }


def _pairs(base: TaskResult, tuned: TaskResult) -> list[tuple[float, float]]:
    if base.ids or tuned.ids:
        known = dict(zip(base.ids, base.by_question, strict=True))
        paired = [(known.get(name), score) for name, score in zip(tuned.ids, tuned.by_question, strict=True)]
    elif len(base.by_question) == len(tuned.by_question):
        paired = list(zip(base.by_question, tuned.by_question, strict=True))
    else:
        paired = []
    return [(before, after) for before, after in paired if before is not None and after is not None]
