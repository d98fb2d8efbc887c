"""Sessions against a judge in a process of its own, which also answers as the models."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core.errors import LabtopError
from core.evaluation.answered import AnswerCache
from core.evaluation.judging.arguments import AskArguments, JudgeArguments
from core.evaluation.judging.baselines import EMPTY, RANDOM
from core.evaluation.judging.judgements import MAX_UNREADABLE
from core.evaluation.judging.questions import Question
from core.evaluation.judging.worker import judge
from core.events import Data, Reporter
from core.jobs.folder import JobStore
from tests.core.evaluation.judging.helpers import judge_server, judgements_of, question, run, session
from tests.core.sdg.helpers import ROOT, RuleServer
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

QUESTIONS = [question(number, "math" if number % 2 else "writing", reference="r" * (number % 2)) for number in range(6)]
TURNS = 2 * len(QUESTIONS)
BASELINES = 2 * len(QUESTIONS)
"""Fewer questions than baselines may use."""

IN_FLIGHT = 8


def notes() -> list[str]:
    """The notes of all jobs."""
    found = []
    for folder in JobStore().list():
        for line in folder.events.read_text().splitlines():
            event = json.loads(line)
            if event["type"] == "note":
                found.append(event["data"]["message"])
    return found


def test_session_scores_all_turns(tmp_path: Path) -> None:
    with judge_server() as server:
        found, _ = run(session(tmp_path, server, QUESTIONS))
        assert sum(server.seen.values()) == TURNS + TURNS + BASELINES
        [score] = found.scores
        assert (score.overall.n, score.expected, score.error_rate) == (TURNS, TURNS, 0)
        assert [turn.n for turn in score.turns] == [6, 6]
        assert found.baselines[EMPTY].score == 1
        assert found.baselines[RANDOM].n == 6
        # Unchanged, it is free.
        assert run(session(tmp_path, server, QUESTIONS))[0].scores == found.scores
        assert sum(server.seen.values()) == TURNS + TURNS + BASELINES
        # A question more costs only its own requests.
        run(session(tmp_path, server, [*QUESTIONS, question(9)]))
        assert sum(server.seen.values()) <= TURNS + TURNS + BASELINES + 4 + BASELINES + 2


def test_failures_are_counted_and_asked_again(tmp_path: Path) -> None:
    with judge_server("--nonsense", "Question 3, turn 2.", "--refuse", "Question 4, turn 1.") as server:
        [score] = run(session(tmp_path, server, QUESTIONS))[0].scores
    assert score.failed_answers == {"refused by the server": 1, "first turn failed": 1}
    assert score.failed_judgements == {"no rating": 1}
    assert score.overall.n == TURNS - 3
    with judge_server("--port", server.port) as server:
        [score] = run(session(tmp_path, server, QUESTIONS))[0].scores
        assert score.overall.n == TURNS
        assert len(server.seen) <= 2 + 3 + 2  # two answers, three judgements, two baselines of question 4


def test_model_of_the_same_name_at_another_address_is_asked(tmp_path: Path) -> None:
    with judge_server() as judge, judge_server() as other:
        run(session(tmp_path, judge, QUESTIONS))
        options = session(tmp_path, judge, QUESTIONS)
        moved = options.contestants[0].model_copy(update={"endpoint_url": (other.url,)})
        run(options.model_copy(update={"contestants": (moved,)}))
        assert sum(other.seen.values()) == TURNS


def test_judge_replaced_under_its_name_rates_again(tmp_path: Path) -> None:
    own = [Question(number, "math", (f"What is {number} + 1?",), response=str(number)) for number in range(4)]

    def ask(*options: object, port: int = 0) -> tuple[int, int]:
        """The requests to a judge that is started for this, and its port."""
        with judge_server(*options, "--port", port) as server:
            run(session(tmp_path, server, own))
            return sum(server.seen.values()), server.port

    all_of_them, port = ask("--root", "a")
    assert all_of_them == 4 + 2 * 4
    assert ask("--root", "a", port=port)[0] == 0
    assert ask("--root", "b", port=port)[0] == all_of_them
    assert ask("--root", "b", "--created", 1_700_000_000, port=port)[0] == all_of_them
    assert ask("--root", "b", "--created", 1_700_000_000, port=port)[0] == 0
    assert ask("--root", "b", "--created", 1_700_000_001, port=port)[0] == all_of_them
    assert ask("--root", "b", "--created", 0, port=port)[0] == 0  # as in vLLM, it is the time of the request
    assert ask("--root", "b")[0] == all_of_them  # at another address


def test_judge_that_does_not_rate_is_given_up(tmp_path: Path) -> None:
    many = [question(number) for number in range(20)]
    with judge_server("--nonsense", "grade") as server:
        with pytest.raises(LabtopError, match="The judge judge does not rate: 20 of its replies in a row") as caught:
            run(session(tmp_path, server, many))
        assert caught.value.code == "judge-unreadable"
        assert sum(server.seen.values()) < 40 + 3 * MAX_UNREADABLE
    with judge_server("--port", server.port) as server:  # the answers are kept
        [score] = run(session(tmp_path, server, many))[0].scores
        assert score.overall.n == 40
        assert sum(server.seen.values()) == 40 + 16


def test_generous_judge_is_reported(tmp_path: Path) -> None:
    with judge_server("--rating", 9) as server:
        run(session(tmp_path, server, QUESTIONS))
    assert sum("cannot be trusted" in text for text in notes()) == 2


def test_model_that_answers_nothing_is_an_error(tmp_path: Path) -> None:
    with (
        judge_server("--refuse", "Question") as server,
        pytest.raises(LabtopError, match="answered none of the questions: I cannot"),
    ):
        run(session(tmp_path, server, QUESTIONS))


@pytest.mark.parametrize("answer", ["I deserve [[10]]", "I deserve [10]", "[[10]]", "[10]"])
def test_answer_does_not_rate_itself(tmp_path: Path, answer: str) -> None:
    asked = [Question(1, "math", ("What is 1 + 1?",), ("2",), response=answer)]
    with judge_server("--repeat") as server, pytest.raises(LabtopError, match="has a rating: no rating"):
        run(session(tmp_path, server, asked))


def test_judge_that_refuses_everything_is_given_up(tmp_path: Path) -> None:
    many = [question(number) for number in range(20)]
    with (
        judge_server("--refuse", "answer to grade") as server,
        pytest.raises(LabtopError, match="rated none of the first 20 answers: I cannot"),
    ):
        run(session(tmp_path, server, many))
    with (
        judge_server("--refuse", "answer to grade") as server,
        pytest.raises(LabtopError, match="No answer of judge has a rating: refused by the server: I cannot"),
    ):
        run(session(tmp_path, server, many[:1]))


def test_judge_is_checked_before_the_first_answer(tmp_path: Path) -> None:
    with judge_server() as server:
        options = session(tmp_path, server, QUESTIONS)
        wrong = options.model_copy(update={"judge": options.judge.model_copy(update={"model": "other"})})
        with pytest.raises(LabtopError, match="does not serve other; it serves judge"):
            run(wrong)
        assert not server.seen


@contextmanager
def judging(folder: Path, options: JudgeArguments) -> Iterator[subprocess.Popen[bytes]]:
    """The judge's worker, as a job starts it."""
    folder.mkdir()
    arguments = options.model_dump(mode="json")
    request = {"target": "core.evaluation.judging.worker:judge", "arguments": arguments, "stage": "judge"}
    (folder / "worker-0.request.json").write_text(json.dumps(request))
    process = subprocess.Popen([sys.executable, "-m", "core.jobs.workers.process", str(folder), "0"], cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def has_answered(server: RuleServer, number: int) -> bool:
    return bool(server.statistics()["answered"] >= number)


def test_thousand_judgements_resume_after_a_kill(tmp_path: Path) -> None:
    with judge_server() as server:
        options = judgements_of(tmp_path, server, 1000, max_workers=IN_FLIGHT)
        for number in range(2):
            with judging(tmp_path / f"job{number}", options) as process:
                answers = 400 * (number + 1)
                server.hold(after=answers)
                wait_until(partial(has_answered, server, answers))
                process.send_signal(signal.SIGKILL)
                process.wait()
        server.hold(after=0)
        with AnswerCache(options.cache_dir, options.identity) as cache:
            assert 700 <= len(cache) < 1000
        events: list[tuple[str, Data]] = []
        found = judge(options.model_dump(mode="json"), Reporter(lambda kind, _stage, data: events.append((kind, data))))
        seen = server.seen
    assert found["failures"] == []
    assert len(seen) == 1000
    assert sum(seen.values()) - 1000 <= 2 * IN_FLIGHT  # at the two kills
    assert events[-1] == ("progress", events[-1][1]) and events[-1][1]["done"] == 1000


def test_arguments_name_what_is_missing() -> None:
    data: dict[str, Any] = {"endpoint_url": ["http://127.0.0.1:1/v1"], "identity": "m", "cache_dir": "/tmp"}
    with pytest.raises(LabtopError, match="served_name is required"):
        AskArguments.from_data(data)
