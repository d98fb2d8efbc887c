"""The evaluation worker on real tiny models, in a process of its own."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import LabtopError
from core.evaluation import job
from core.evaluation.results import read_result
from core.evaluation.tasks import read_task
from core.evaluation.worker import evaluate
from core.events import Reporter
from core.jobs.context import JobContext
from core.jobs.folder import JobStore
from core.jobs.processes import child_environment
from core.jobs.spec import new_spec
from core.jobs.writer import EventWriter
from tests.core.evaluation.test_tasks import write_task

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
WORDS = ("dome", "mirror", "night", "glass", "stone bridge", "keeper", "lamp", "river of stars", "mill", "a bell")


def rows(salt: int, count: int) -> list[dict[str, Any]]:
    return [
        {
            "question": f"What stands by the {WORDS[(n * 3 + salt) % 10]} in year {n}?",
            "choices": [f"The {WORDS[(n + salt + k * 3) % 10]}{' and more of it' * (k % 2)}" for k in range(4)],
            "answer": (n * 7 + salt) % 4,
        }
        for n in range(count)
    ]


def write_letters(folder: Path) -> None:
    """A task like MMLU's: letters to choose from, and examples of a split of their own."""
    folder.mkdir()
    splits = {"dev": rows(7, 6), "test": rows(8, 11)}
    for split, found in splits.items():
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in found))
    shown = "".join(f"\n{letter}. {{{{choices[{place}]}}}}" for place, letter in enumerate("ABCD"))
    config = {
        "task": "letters",
        "tag": "mmlu_pr",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {split: f"{split}.jsonl" for split in splits}},
        "test_split": "test",
        "fewshot_split": "dev",
        "fewshot_config": {"sampler": "first_n"},
        "output_type": "multiple_choice",
        "description": "The following are multiple choice questions (with answers) about mills.\n\n",
        "doc_to_text": "{{question.strip()}}" + shown + "\nAnswer:",
        "doc_to_choice": list("ABCD"),
        "doc_to_target": "answer",
    }
    (folder / "letters.yaml").write_text(yaml.safe_dump(config))


def run(mode: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"HF_HOME": str(folder / "hf"), "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "tests.core.evaluation.real_run", mode, str(folder)],
        cwd=folder,
        env=child_environment(environment),
        capture_output=True,
        text=True,
        timeout=180,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("evaluation")
    write_task(folder / "tasks", rows(1, 9), "one")
    write_task(folder / "tasks", rows(2, 6), "two")
    write_letters(folder / "letters")
    (folder / "held.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows(3, 5)))
    yield folder


@pytest.fixture(scope="module")
def scored(folder: Path) -> dict[str, Any]:
    """What the process scored before it was killed with -9."""
    done = run("score", folder)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout == ""
    outcome: dict[str, Any] = json.loads((folder / "score.json").read_text())
    return outcome


def choice(likelihoods: list[float], choices: tuple[str, ...]) -> int:
    return max(range(4), key=lambda index: likelihoods[index] / len(choices[index]))


def kept(result: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(Path(result["file"]).read_text())
    return record


@pytest.mark.parametrize(
    ("run_name", "index", "hand"), [("both", 0, "first"), ("both", 1, "second"), ("shots", 0, "shots")]
)
def test_scores_equal_plain_forward_passes(
    folder: Path, scored: dict[str, Any], run_name: str, index: int, hand: str
) -> None:
    result = scored[run_name]["result"]["results"][index]
    shares = []
    for name, expected in scored["by_hand"][hand].items():
        task = read_task(folder / "tasks" / f"{name}.yaml")
        found = kept(result)["tasks"][task.name]
        assert found["loglikelihoods"] == [pytest.approx(row, abs=1e-4) for row in expected]
        right = [
            choice(row, question.choices) == question.answer
            for row, question in zip(expected, task.questions, strict=True)
        ]
        assert found["correct"] == right
        shares.append(sum(right) / len(right))
    assert result["score"] == pytest.approx(sum(shares) / len(shares))


@pytest.mark.parametrize("name", ["first", "plain", "first's texts"])
def test_both_evaluators_agree(scored: dict[str, Any], name: str) -> None:
    ours, theirs = (scored[f"{name} by {evaluator}"]["result"]["results"][0] for evaluator in ("labtop", "lm-eval"))
    assert theirs["details"]["versions"]["lm_eval"] and ours["details"]["evaluator"] == "labtop"
    for task, found in kept(ours)["tasks"].items():
        expected = kept(theirs)["tasks"][task]["loglikelihoods"]
        assert found["loglikelihoods"] == [pytest.approx(row, abs=1e-4) for row in expected]
        assert len(found["loglikelihoods"]) >= 6
    assert ours["score"] == theirs["score"]


def test_scores_equal_lm_evals_with_the_same_task_files(scored: dict[str, Any]) -> None:
    tasks = scored["both"]["result"]["results"][0]["tasks"]
    expected = {name: share for name, share in scored["by_lm_eval"].items() if name in tasks}
    assert {name: task["score"] for name, task in tasks.items()} == pytest.approx(expected)


def test_each_result_is_reported_and_stored(scored: dict[str, Any], folder: Path) -> None:
    events = scored["both"]["events"]
    results = scored["both"]["result"]["results"]
    assert [result["model"] for result in results] == [str(folder / "first"), str(folder / "second")]
    assert results[0]["n"] == 15
    assert {name: task["n"] for name, task in results[0]["tasks"].items()} == {"mmlu_pr_one": 9, "mmlu_pr_two": 6}
    scores = [data for kind, data in events if kind == "score"]
    assert [(data["benchmark"], data["score"], data["n"]) for data in scores] == [
        ("mmlu_branch", result["score"], 15) for result in results
    ]
    live = [data for kind, data in events if kind == "task_scores"]
    assert [(data["model"], data["total"], list(data["tasks"])) for data in live] == [
        (result["model"], 2, ["mmlu_pr_one"]) for result in results
    ]
    assert live[0]["tasks"]["mmlu_pr_one"]["score"] == round(results[0]["tasks"]["mmlu_pr_one"]["score"], 4)
    progress = [data for kind, data in events if kind == "progress"]
    assert (progress[-1]["done"], progress[-1]["total"], progress[-1]["unit"]) == (30, 30, "questions")


def test_stored_results_are_reused(scored: dict[str, Any]) -> None:
    first, again = scored["both"]["result"]["results"], scored["again"]["result"]["results"]
    assert [result["file"] for result in again] != []
    assert [result["score"] for result in again] == [result["score"] for result in first]
    assert [result["model"] for result in again] == ["base", "tuned"]


def test_the_other_metric_and_a_limit(scored: dict[str, Any], folder: Path) -> None:
    (result,) = scored["acc"]["result"]["results"]
    assert (result["metric"], result["n"]) == ("acc", 6)
    found = kept(result)["tasks"]["mmlu_pr_one"]
    questions = read_task(folder / "tasks" / "one_task.yaml").questions[:3]
    assert found["correct"] == [
        row.index(max(row)) == question.answer for row, question in zip(found["loglikelihoods"], questions, strict=True)
    ]


def test_plain_rows_and_a_model_without_a_chat_template(scored: dict[str, Any]) -> None:
    (result,) = scored["plain"]["result"]["results"]
    assert list(result["tasks"]) == ["held"]
    assert result["n"] == 5
    assert [data["benchmark"] for kind, data in scored["plain"]["events"] if kind == "score"] == ["by people, held"]


def test_diverged_model_scores_zero_and_is_reported(scored: dict[str, Any]) -> None:
    assert scored["broken"]["result"]["results"][0]["score"] == 0
    notes = [data["message"] for kind, data in scored["broken"]["events"] if kind == "note"]
    assert "15 of 15 questions" in notes[0]


def test_model_of_an_unknown_architecture_is_an_error(scored: dict[str, Any]) -> None:
    assert "alien cannot be loaded" in scored["alien"]["error"]
    assert "\n" not in scored["alien"]["error"]


def test_killed_run_resumes(scored: dict[str, Any], folder: Path) -> None:
    (file,) = (folder / "killed").glob("*.json")
    before = file.stat()
    (answers,) = (folder / "half" / "answers").glob("*.jsonl")
    answered = answers.read_text().splitlines()
    assert 0 < len(answered) < 15  # one run was killed within a model
    done = run("resume", folder)
    assert done.returncode == 0, done.stderr
    resumed = json.loads((folder / "resume.json").read_text())
    results = resumed["result"]["results"]
    assert resumed["half"]["result"]["results"][0]["score"] == results[0]["score"]
    lines = answers.read_text().splitlines()
    assert lines[: len(answered)] == answered
    assert len({json.loads(line)[0] for line in lines}) == len(lines) == 15  # none was answered twice
    assert [result["score"] for result in results] == [
        result["score"] for result in scored["both"]["result"]["results"]
    ]
    after = file.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert len(list((folder / "killed").glob("*.json"))) == 2


def test_damaged_result_file_is_ignored(scored: dict[str, Any], tmp_path: Path) -> None:
    text = Path(scored["both"]["result"]["results"][0]["file"]).read_text()
    key = json.loads(text)["key"]
    for damaged in (text[: len(text) // 2], "[]", "{}", text.replace(key, "0"), ""):
        (tmp_path / "result.json").write_text(damaged)
        assert read_result(tmp_path / "result.json", key) is None
    (tmp_path / "result.json").write_text(text)
    assert read_result(tmp_path / "result.json", key) is not None


def test_the_job_reports_base_against_tuned(
    scored: dict[str, Any], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABTOP_HOME", str(tmp_path))
    options = {
        "benchmark": "mmlu_branch",
        "model": str(folder / "second"),
        "base_model": str(folder / "first"),
        "tasks_dir": str(folder / "tasks"),
        "output_dir": str(folder / "results"),  # holds both already, so that the worker is quick
    }
    created = JobStore(tmp_path / "jobs").create(new_spec("evaluate", "core.evaluation.job:run", options, title="t"))
    writer = EventWriter(created)
    result = job.run(JobContext(created, writer))
    base, tuned = scored["both"]["result"]["results"]
    assert [(one["model"], one["benchmark"], one["score"], one["n"]) for one in result["results"]] == [
        (one["model"], "mmlu_branch", one["score"], 15) for one in (base, tuned)
    ]
    gained, lost = result["comparison"]["gained"], result["comparison"]["lost"]
    answers = [[ok for task in kept(r)["tasks"].values() for ok in task["correct"]] for r in (base, tuned)]
    assert gained - lost == sum(answers[1]) - sum(answers[0])
    assert sum(changed["gained"] for changed in result["by_task"].values()) == gained


def test_invalid_input_is_an_error_before_loading(folder: Path, tmp_path: Path) -> None:
    def arguments(**changed: Any) -> dict[str, Any]:
        tasks = {"tasks_dir": str(folder / "tasks"), "output_dir": str(tmp_path)}
        return {"models": [str(tmp_path / "nothing")], **tasks, **changed}

    with pytest.raises(LabtopError, match="nothing does not exist"):
        evaluate(arguments(), Reporter.silent())
    with pytest.raises(LabtopError, match="no task files"):
        evaluate(arguments(tasks_dir=str(tmp_path)), Reporter.silent())
    with pytest.raises(LabtopError, match="too few to show 6"):
        evaluate(arguments(few_shots=6), Reporter.silent())
