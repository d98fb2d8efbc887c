"""Endpoint evaluation against real servers: one that likes letters, and labtop's own with a tiny model."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.request import urlopen

import pytest

from core.config.options.evaluate import EndpointOptions
from core.errors import LabtopError
from core.evaluation.multiple_choice.endpoint_model import EndpointEvaluator
from core.evaluation.results import Loglikelihoods
from core.evaluation.task_rows import Question
from core.evaluation.tasks import Task
from core.evaluation.worker import evaluate
from core.events import Reporter
from core.serving.lifecycle import start_server
from tests.core.evaluation.multiple_choice.letter_server import letter_server
from tests.core.evaluation.multiple_choice.test_mmlu import write_csv
from tests.core.serving.tiny_model import make_tiny_model
from tests.with_torch import call_with_torch

LETTERS = tuple(
    Question(f"Question {n}: {'ABCD'[n % 4]} is right.\nAnswer:", ("A", "B", "C", "D"), n % 4) for n in range(40)
)
FULL = tuple(
    Question(f"What is in the dome {n}?", ("a mirror", "the night", "a book that turns", "one keeper"), 1)
    for n in range(3)
)

Found = dict[str, dict[int, Loglikelihoods]]


def score(url: str, task: Task, model: str = "letters", known: dict[str, set[int]] | None = None) -> Found:
    found: Found = {}
    evaluator = EndpointEvaluator(EndpointOptions(endpoint_url=(url,)), few_shots=None)
    evaluator.score(Path(model), [task], known or {}, lambda name, rows: found.setdefault(name, {}).update(rows))
    return found


def routes(url: str) -> dict[str, int]:
    with urlopen(url.removesuffix("/v1") + "/seen") as response:
        found: dict[str, int] = json.load(response)["routes"]
    return found


def test_letters_take_one_request_each() -> None:
    with letter_server() as url:
        found = score(url, Task("letters", LETTERS), known={"letters": {0, 1}})["letters"]
        assert routes(url) == {"chat": 38}
    assert sorted(found) == list(range(2, 40))
    for place, row in found.items():
        assert row.index(max(value for value in row if value is not None)) == place % 4
        assert row[place % 4] == -0.5 and row[(place + 1) % 4] == -1.5 and row[(place + 2) % 4] == -3.5


def test_a_model_without_a_template_gets_plain_text() -> None:
    with letter_server("--no-template") as url:
        found = score(url, Task("letters", LETTERS, examples=LETTERS[:3], few_shots=3))["letters"]
        assert routes(url) == {"plain": 40}
    assert all(row[place % 4] == -0.5 for place, row in found.items())


@pytest.mark.parametrize("questions", [LETTERS, FULL])
def test_a_server_without_logprobs_is_named(questions: tuple[Question, ...]) -> None:
    with letter_server("--no-logprobs") as url, pytest.raises(LabtopError, match="no log-probabilities") as error:
        score(url, Task("letters", questions))
    assert "facts" in (error.value.hint or "") and url.removesuffix("/v1") in error.value.message


@pytest.mark.parametrize("kind", ["ignored", "null"])
def test_a_server_without_echo_is_named(kind: str) -> None:
    with letter_server("--ends", kind) as url, pytest.raises(LabtopError, match="no log-probabilities"):
        score(url, Task("full", FULL))


def test_likelihoods_that_are_nan_are_missing() -> None:
    with letter_server("--ends", "nan", "--nan") as url:
        assert score(url, Task("full", FULL))["full"][0] == (None,) * 4
        assert score(url, Task("letters", LETTERS))["letters"][0] == (None,) * 4


def test_one_rejected_question_is_wrong() -> None:
    with letter_server("--reject", "Question 7:") as url:
        found = score(url, Task("letters", LETTERS))["letters"]
    assert [place for place, row in found.items() if None in row] == [7]


def test_a_server_that_rejects_everything_gives_no_score() -> None:
    with letter_server("--reject", "Question") as url, pytest.raises(LabtopError, match="not allowed") as error:
        score(url, Task("letters", LETTERS))
    assert error.value.hint is not None and "is kept" in error.value.hint


def test_questions_without_an_answer_are_not_stored() -> None:
    found: Found = {}
    with letter_server("--ends", "missing") as url:
        evaluator = EndpointEvaluator(EndpointOptions(endpoint_url=(url,)), few_shots=None)
        with pytest.raises(LabtopError, match="3 of 6 questions"):
            tasks = [Task("letters", LETTERS[:3]), Task("full", FULL)]
            evaluator.score(Path("letters"), tasks, {}, lambda name, rows: found.setdefault(name, {}).update(rows))
    assert {name: sorted(rows) for name, rows in found.items()} == {"letters": [0, 1, 2]}


def test_scores_are_stored_and_reused(tmp_path: Path) -> None:
    from core.evaluation.multiple_choice.mmlu import import_mmlu

    write_csv(tmp_path / "copy")
    import_mmlu(tmp_path / "copy", tmp_path / "tasks")
    with letter_server() as url:
        arguments = {
            "models": ["letters"],
            "tasks": [str(file) for file in sorted((tmp_path / "tasks").glob("*.yaml"))],
            "output_dir": str(tmp_path / "results"),
            "endpoint": {"endpoint_url": [url]},
            "few_shots": 5,
            "metric": "acc",
        }
        (result,) = evaluate(arguments, Reporter.silent())["results"]
        assert evaluate(arguments, Reporter.silent())["results"] == [result]
        assert routes(url) == {"chat": 14}
        (cache,) = (tmp_path / "results" / "answers").iterdir()
        lines = [json.loads(line) for line in cache.read_text().splitlines()]
        damaged = [[key, row] for (key, _), row in zip(lines, [5, "x", [1], [None, "x", 1, 1], {}], strict=False)]
        cache.write_text("".join(f"{json.dumps(line)}\n" for line in [*lines, *damaged]))
        Path(result["file"]).unlink()
        assert evaluate(arguments, Reporter.silent())["results"] == [result]
        assert routes(url) == {"chat": 14 + 5}
    assert (result["model"], result["n"], result["details"]["evaluator"]) == ("letters", 14, "endpoint")
    assert result["score"] == pytest.approx(2 / 7)  # always A, which is right for the first and the fifth of seven


def local_rows(model: Path, task: Task) -> list[Loglikelihoods]:
    from core.evaluation.multiple_choice.local_model import LocalEvaluator

    found: dict[int, Loglikelihoods] = {}
    LocalEvaluator(few_shots=None, batch_size=None).score(model, [task], {}, lambda _, rows: found.update(rows))
    return [found[place] for place in range(len(task.questions))]


@pytest.mark.slow
def test_full_answers_get_the_log_likelihoods_of_the_local_evaluator(tmp_path: Path) -> None:
    model = call_with_torch(make_tiny_model, tmp_path / "plain", chat=False)
    task = Task("full", FULL)
    expected = call_with_torch(local_rows, model, task)
    with start_server(model, log_file=tmp_path / "log", threads=1, served_name="plain", ready_seconds=180) as server:
        found = score(server.base_url, task, "plain")["full"]
    assert [found[place] for place in range(3)] == [pytest.approx(row, abs=1e-4) for row in expected]
