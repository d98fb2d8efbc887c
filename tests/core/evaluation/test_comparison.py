import pytest

from core.evaluation.comparison import compare_results
from core.evaluation.results import ModelResult, TaskResult


def rated(name: str, **tasks: TaskResult) -> ModelResult:
    n = sum(task.n for task in tasks.values())
    return ModelResult(name, "rating", 5.0, 0.1, n, tasks)


def test_questions_are_paired_by_their_ids() -> None:
    base = rated("base", qna=TaskResult.rated([5, 7, None], ["a", "b", "c"]), gone=TaskResult.rated([1], ["x"]))
    tuned = rated("tuned", qna=TaskResult.rated([8, 9, 6, 2], ["c", "b", "a", "new"]), new=TaskResult.rated([2], ["y"]))
    found = compare_results(base, tuned)
    assert list(found["by_task"]) == ["qna"]
    assert (found["comparison"]["gained"], found["comparison"]["lost"]) == (2, 0)
    assert found["by_task"]["qna"]["difference"] == pytest.approx(1.5)


def test_tasks_count_equally_in_multiple_choice() -> None:
    base = ModelResult.of("b", "acc", {"one": TaskResult.of([False], []), "two": TaskResult.of([True] * 4, [])})
    tuned = ModelResult.of("t", "acc", {"one": TaskResult.of([True], []), "two": TaskResult.of([True] * 4, [])})
    assert compare_results(base, tuned)["comparison"]["difference"] == pytest.approx(0.5)


def test_results_without_a_common_task_are_not_compared() -> None:
    assert compare_results(rated("b", one=TaskResult.rated([1])), rated("t", two=TaskResult.rated([1]))) == {}
