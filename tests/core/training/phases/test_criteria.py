from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest

from core.errors import LabtopError
from core.evaluation.arguments import EvaluateJob
from core.training.arguments import PhaseTraining
from core.training.phases.criteria import BENCHMARKS, resolve, usable
from core.training.phases.options import CheckpointEvaluation, PhaseOptions

TASKS = (Path("/tasks/a_task.yaml"),)
JUDGE = EvaluateJob(benchmark="mt_bench", model="/student", output_dir=Path("/out"))


def phase(validation_split: float = 0.0, **evaluation: Any) -> PhaseOptions:
    training = PhaseTraining(data_path=(Path("/data.jsonl"),), validation_split=validation_split)
    return PhaseOptions(training=training, evaluation=CheckpointEvaluation(**evaluation))


@pytest.mark.parametrize(
    ("number", "options", "expected"),
    [
        (1, {"mmlu": TASKS, "judge": JUDGE, "tasks": TASKS}, "mmlu"),
        (2, {"mmlu": TASKS, "judge": JUDGE, "tasks": TASKS}, "mt_bench"),
        (1, {"judge": JUDGE, "tasks": TASKS, "validation_split": 0.1}, "mmlu_branch"),
        (2, {"mmlu": TASKS, "validation_split": 0.1}, "validation_loss"),
        (1, {}, "newest"),
    ],
)
def test_auto_is_the_documents_benchmark_or_the_next(
    number: Literal[1, 2], options: dict[str, Any], expected: str
) -> None:
    resolved = resolve(number, phase(**options))
    assert resolved.criterion == expected
    assert f"phase {number} is" in resolved.reason


def test_reason_names_what_is_missing() -> None:
    reason = resolve(2, phase(no_judge="the judge x is not on this machine")).reason
    assert "mt_bench is not used: the judge x is not on this machine." in reason
    assert "validation_loss is not used: no samples are held out (--validation-split)." in reason


def test_criterion_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(LabtopError, match="MMLU data set is not on this machine") as refused:
        resolve(1, phase(criterion="mmlu", tasks=TASKS, validation_split=0.1, questions=TASKS))
    assert refused.value.hint is not None
    assert "mmlu_branch, validation_loss, asked, newest can be used" in refused.value.hint
    assert usable(phase()) == ["newest"]


def test_mmlu_is_asked_as_the_benchmark_is() -> None:
    seen: dict[str, Any] = {}

    class Context:
        def work(self, _target: str, arguments: dict[str, Any], _stage: str) -> dict[str, Any]:
            seen.update(arguments)
            return {"results": []}

    scored = {"models": (Path("/m"),), "names": ("m",), "output_dir": Path("/out")}
    BENCHMARKS["mmlu"].scores(Context(), "evaluate.phase1", phase(mmlu=TASKS), scored)  # type: ignore[arg-type]
    assert (seen["benchmark"], seen["metric"], seen["few_shots"]) == ("mmlu", "acc", 5)
    assert seen["tasks"] == [str(file) for file in TASKS]
