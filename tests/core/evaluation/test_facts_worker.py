"""The facts worker on real tiny models, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.evaluation.facts import judge, read_facts
from core.evaluation.statistics import share_stderr

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("facts")


@pytest.fixture(scope="module")
def outcome(folder: Path) -> dict[str, Any]:
    environment = {**os.environ, "HF_HOME": str(folder / "hf"), "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.core.evaluation.facts_run", str(folder)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    loaded: dict[str, Any] = json.loads((folder / "outcome.json").read_text())
    return loaded


def kept(result: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(Path(result["file"]).read_text())
    return record


def events(outcome: dict[str, Any], run: str, kind: str) -> list[dict[str, Any]]:
    return [data for name, data in outcome[run]["events"] if name == kind]


@pytest.mark.parametrize(("run", "model"), [("both", "first"), ("small_batches", "first"), ("plain", "plain")])
def test_answers_equal_transformers_one_at_a_time(outcome: dict[str, Any], run: str, model: str) -> None:
    answers = kept(outcome[run]["result"]["results"][0])["answers"]
    assert [answer["answer"] for answer in answers] == outcome["expected"][model]


def test_score_is_the_share_of_right_answers(outcome: dict[str, Any], folder: Path) -> None:
    result = outcome["both"]["result"]["results"][0]
    leaf = read_facts(folder / "questions.yaml")
    right = [verdict.right for verdict in judge(outcome["expected"]["first"], (*leaf.plain, *leaf.free))]
    assert 0 < sum(right) < 20
    assert (result["score"], result["n"]) == (sum(right) / 20, 20)
    assert result["stderr"] == pytest.approx(share_stderr(round(result["score"] * 20), 20))
    assert {kind: task["score"] for kind, task in result["tasks"].items()} == {
        "plain": sum(right[:10]) / 10,
        "free": sum(right[10:]) / 10,
    }
    records = kept(result)["answers"]
    assert [record["right"] for record in records] == right
    assert [record["kind"] for record in records] == ["plain"] * 10 + ["free"] * 10
    assert records[0]["question"] == leaf.plain[0].question


def test_progress_samples_and_scores_are_reported(outcome: dict[str, Any]) -> None:
    progress = events(outcome, "both", "progress")
    assert (progress[-1]["done"], progress[-1]["total"], progress[-1]["unit"]) == (40, 40, "questions")
    results = outcome["both"]["result"]["results"]
    assert [(score["benchmark"], score["model"], score["score"]) for score in events(outcome, "both", "score")] == [
        (f"facts, {kind}", result["model"], result["tasks"][kind]["score"])
        for result in results
        for kind in ("plain", "free")
    ]
    sample = events(outcome, "both", "sample")[0]
    assert sample["kind"] == "answer"
    assert sample[results[0]["model"]] in outcome["expected"]["first"]
    assert [score["benchmark"] for score in events(outcome, "given", "score")] == ["facts"]
    (asked,) = events(outcome, "asked", "score")
    assert (asked["benchmark"], asked["score"], asked["n"]) == ("asked", results[0]["score"], 20)


def test_stored_result_is_reused(outcome: dict[str, Any]) -> None:
    assert events(outcome, "again", "sample") == []
    before, again = outcome["both"]["result"]["results"], outcome["again"]["result"]["results"]
    assert again == before
    assert len(events(outcome, "again", "score")) == 4


def test_template_that_rejects_a_question_is_an_error(outcome: dict[str, Any]) -> None:
    assert "rejects the question" in outcome["refusing"]["error"]
    assert "Only systems may speak." in outcome["refusing"]["error"]
    assert outcome["refusing"]["hint"]


def test_question_longer_than_the_context_is_an_error(outcome: dict[str, Any]) -> None:
    assert "holds 512 tokens" in outcome["long"]["error"]


@pytest.mark.parametrize(
    ("model", "words"), [("broken", "NaN or infinite values for 20 of 20"), ("silent", "empty answer to 20")]
)
def test_empty_and_diverged_answers_score_zero_and_are_reported(
    outcome: dict[str, Any], model: str, words: str
) -> None:
    assert outcome[model]["result"]["results"][0]["score"] == 0
    (note,) = events(outcome, model, "note")
    assert words in note["message"]
    assert note["hint"]


def test_questions_that_contain_their_terms_are_reported(outcome: dict[str, Any]) -> None:
    assert "1 of 1 questions contain their own terms" in events(outcome, "given", "note")[0]["message"]
