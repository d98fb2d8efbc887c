"""Training and evaluation as stages, with a real student that is small enough for the test's own process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.config.options.train import TrainingOptions
from core.errors import LabtopError
from core.sdg.options import GenerateSource
from core.training.replay import ReplayOptions
from core.workflow.engine import Results, Stage, run_stages
from core.workflow.evaluation import evaluate_stage
from core.workflow.options import WorkflowOptions
from core.workflow.stages import train_stage_of
from tests.core.training.conftest import ROWS, write_rows
from tests.core.workflow.context import InProcess

pytestmark = [pytest.mark.slow, pytest.mark.torch]

SETTINGS = TrainingOptions(effective_batch_size=6, learning_rate=4e-3, num_epochs=1, warmup_steps=0, max_seq_len=128)


@pytest.fixture
def results(tmp_path: Path) -> Results:
    """What a generation without multiple-choice tasks leaves."""
    files = {
        f"{subject}_train": str(write_rows(tmp_path / f"{subject}_train_msgs.jsonl"))
        for subject in ("knowledge", "skills")
    }
    (tmp_path / "node_datasets").mkdir()
    return {"generate": {"files": files, "tasks_dir": str(tmp_path / "node_datasets")}}


@pytest.fixture
def options(tmp_path: Path, student: Path) -> WorkflowOptions:
    phase2 = SETTINGS.model_copy(update={"num_epochs": 2})
    source = GenerateSource(model="builtin:extractive")
    return WorkflowOptions(
        folder=tmp_path / "run", generate=source, phase1=SETTINGS, phase2=phase2, student=str(student)
    )


def test_options_round_trip_as_json(options: WorkflowOptions) -> None:
    assert WorkflowOptions.from_data(json.loads(json.dumps(options.to_data()))) == options


def with_tasks(results: Results) -> Results:
    folder = Path(results["generate"]["tasks_dir"])
    rows = [
        {"question": question, "choices": [answer, "In 1066.", "Nobody knows.", "Twice a day."], "answer": 0}
        for question, answer in ROWS[:4]
    ]
    (folder / "mmlubench_bridges.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    task = {
        "task": "bridges",
        "tag": "mmlu_pr",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(folder / "mmlubench_bridges.jsonl")}},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "{{question.strip()}}",
        "doc_to_choice": "{{choices}}",
        "doc_to_target": "{{answer}}",
    }
    (folder / "bridges_task.yaml").write_text(json.dumps(task))
    return results


def test_training_without_tasks_takes_the_last_checkpoint(options: WorkflowOptions, results: Results) -> None:
    context = InProcess()
    result = train_stage_of(context, options).run(results, 3)
    assert context.stages == ["train.phase1", "train.phase2"]
    assert result["best"] == str(options.folder / "training/3/phase2/checkpoints/hf_format/samples_24")
    assert "newest checkpoint of phase 2 is taken" in context.recorder.notes


@pytest.mark.parametrize(("subject", "phase"), [("skills", 2), ("knowledge", 1)])
def test_one_kind_of_data_is_trained_in_one_phase(
    options: WorkflowOptions, results: Results, subject: str, phase: int
) -> None:
    files = results["generate"]["files"]
    results["generate"]["files"] = {f"{subject}_train": files[f"{subject}_train"]}
    context = InProcess()
    stage = train_stage_of(context, options)
    result = stage.run(results, 1)
    assert context.stages == [f"train.phase{phase}"]
    assert [each["phase"] for each in result["phases"]] == [phase]
    assert f"phase {3 - phase} is skipped" in context.recorder.notes
    started = {data["title"] for data in context.recorder.of("stage_started")}
    assert started == {plan.title for plan in stage.plans}


def test_no_data_is_an_error(options: WorkflowOptions, results: Results) -> None:
    results["generate"]["files"] = {}
    with pytest.raises(LabtopError, match="neither knowledge nor skills"):
        train_stage_of(InProcess(), options).run(results, 1)


def test_training_depends_on_content_and_not_on_places_or_speed(options: WorkflowOptions, results: Results) -> None:
    def inputs(changed: WorkflowOptions = options) -> dict[str, Any]:
        stage = train_stage_of(InProcess(), changed)
        assert stage.inputs is not None
        return dict(stage.inputs(results))

    def with_phase1(**changes: int) -> WorkflowOptions:
        return options.model_copy(update={"phase1": options.phase1.model_copy(update=changes)})

    before = inputs()
    assert inputs(with_phase1(threads=3, max_batch_len=999)) == before
    assert inputs(options.model_copy(update={"folder": Path("/elsewhere")})) == before
    assert inputs(with_phase1(num_epochs=9)) != before
    with_tasks(results)
    after = inputs()
    assert {name for name in after if after[name] != before[name]} == {"tasks"}
    write_rows(Path(results["generate"]["files"]["skills_train"]), ROWS[:3])
    assert {name for name in after if after[name] != inputs()[name]} == {"skills_data"}


def test_replay_data_is_mixed_into_both_phases(options: WorkflowOptions, results: Results, tmp_path: Path) -> None:
    own = write_rows(tmp_path / "own.jsonl", [(f"What is {n}?", f"It is {n}.") for n in range(20)])
    options = options.model_copy(update={"replay": ReplayOptions(data=own, share=0.2), "phase1_criterion": "newest"})
    context = InProcess()
    stage = train_stage_of(context, options)
    assert stage.inputs is not None
    assert "replay" in stage.inputs(results)
    assert [plan.id for plan in stage.plans][-1] == "compare"
    result = stage.run(results, 1)
    assert [row["benchmark"] for row in result["comparison"]] == ["general_knowledge", "replay_loss"]
    assert all((options.folder / f"training/1/phase{number}/replay.jsonl").exists() for number in (1, 2))


def test_changed_data_is_trained_in_a_new_folder(options: WorkflowOptions, results: Results, tmp_path: Path) -> None:
    def train() -> str:
        stage = train_stage_of(InProcess(), options)
        data = results["generate"]
        given = Stage("generate", (), lambda _results, _number: data, lambda _results: data)
        outcomes = run_stages([given, stage], options.folder, InProcess().reporter, first="generate", last="train")
        return str(outcomes[-1].result["best"])

    first = train()
    weights = (Path(first) / "model.safetensors").read_bytes()
    results["generate"]["files"]["skills_train"] = str(write_rows(tmp_path / "other.jsonl", ROWS[:6]))
    second = train()
    assert second != first
    assert (Path(first) / "model.safetensors").read_bytes() == weights


def test_without_questions_nothing_is_evaluated(options: WorkflowOptions, results: Results) -> None:
    context = InProcess()
    results["train"] = {"best": options.student}
    result = evaluate_stage(context, options).run(results, 1)
    assert (result["benchmark"], result["base"], result["tuned"]) == (None, None, None)
    assert context.stages == []
    assert "no questions to evaluate with" in context.recorder.notes


@pytest.mark.slow
def test_without_a_file_the_generated_tasks_are_asked(options: WorkflowOptions, results: Results) -> None:
    context = InProcess()
    results = with_tasks(results)
    results["train"] = train_stage_of(context, options).run(results, 1)
    assert context.stages == ["train.phase1", "evaluate.phase1", "train.phase2", "evaluate.phase2"]
    result = evaluate_stage(context, options).run(results, 1)
    assert result["benchmark"] == "mmlu_branch"
    for name in ("base", "tuned"):
        assert 0 <= result[name]["score"] <= 1
        assert result[name]["questions"] == 4
