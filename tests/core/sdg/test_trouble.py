"""Servers that limit, restart, forget themselves or answer nothing: no run loses what it can have."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from core.errors import IncompleteError, LabtopError
from core.jobs.launch import launch
from core.jobs.observe import observe
from core.jobs.processes import processes_of_job
from core.jobs.spec import new_spec
from core.sdg.worker import generate
from core.serving.completions import pool, slots
from tests.core.sdg.helpers import (
    RecordingReporter,
    arguments,
    contents,
    document,
    knowledge_leaf,
    lines,
    rule_server,
    run,
)
from tests.ports import free_port
from tests.waiting import wait_for, wait_in_job, wait_until

pytestmark = pytest.mark.slow

LEAF = knowledge_leaf(document(6))


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(slots, "PROBE_INTERVAL", 0.05)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    with rule_server() as server:
        return contents(run(server, tmp_path_factory.mktemp("undisturbed"), LEAF))


def test_rate_limit_loses_no_row(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    with rule_server("--rate", 60, "--no-props") as server:
        result = run(server, tmp_path, LEAF)
        statistics = server.statistics()
    assert contents(result) == undisturbed and not result["incomplete"]
    assert 0 < statistics["limited"] < 2 * statistics["answered"]


def test_unanswered_prompts_make_a_run_incomplete(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    with rule_server("--null", "number 2 has", "--usage") as server:
        first = run(server, tmp_path, LEAF)
        letters = lines(first["dead_letters"])
        again = run(server, tmp_path, LEAF)
    assert first["incomplete"] and first["unanswered"] == len(letters) == first["rejected"]["empty reply"] > 0
    assert {letter["reason"] for letter in letters} == {"empty reply"}
    assert all("number 2 has" in letter["prompt"] and letter["message"] for letter in letters)
    assert again["requests"] == 0 and again["incomplete"]
    with rule_server() as sound:
        last = run(sound, tmp_path, LEAF)
        asked = sound.seen
    assert 0 < asked.total() == last["requests"] < first["requests"] <= last["reused"]
    assert contents(last) == undisturbed
    assert last["dead_letters"] is None and not last["incomplete"] and not list(tmp_path.glob("*dead_letters*"))


@pytest.mark.parametrize("after", [0, 150])
def test_rejections_of_everything_are_requested_again(tmp_path: Path, undisturbed: dict[str, str], after: int) -> None:
    with rule_server("--always", 400, "--after", after, "--slots", 2) as server:
        if after:
            first = run(server, tmp_path, LEAF)
            assert first["incomplete"] and first["requests"] >= after
            assert first["unanswered"] == first["rejected"]["refused by the server"] > 0
        else:
            with pytest.raises(LabtopError, match="refused by the server") as caught:
                run(server, tmp_path, LEAF)
            letters = next(tmp_path.glob("dead_letters_*.jsonl"))
            assert caught.value.hint and str(letters) in caught.value.hint
            assert {letter["message"] for letter in lines(letters)} == {"not this one"}
    with rule_server() as sound:
        last = run(sound, tmp_path, LEAF)
    assert contents(last) == undisturbed and not last["incomplete"] and last["reused"] >= after


def test_payment_required_ends_the_run(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    with (
        rule_server("--always", 402, "--after", 40) as server,
        pytest.raises(LabtopError, match=r"requires payment \(402\)"),
    ):
        run(server, tmp_path, LEAF)
    with rule_server() as sound:
        last = run(sound, tmp_path, LEAF)
    assert contents(last) == undisturbed and last["reused"] >= 40


def test_truncated_replies_are_requested_again_under_a_higher_limit(
    tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    with rule_server("--cut-at", 6000) as server:
        reporter = RecordingReporter()
        first = generate(arguments(server, tmp_path, LEAF, max_num_tokens=4096), reporter)
        asked = server.seen.total()
        second = run(server, tmp_path, LEAF, max_num_tokens=8192)
        assert 0 < server.seen.total() - asked < asked  # only what was cut, and what follows from it
    assert first["rejected"]["cut at the token limit"] > 0 and not first["incomplete"]
    assert any("cut at the token limit" in note["message"] and "--max-num-tokens" in note["hint"]
               for note in reporter.of("note"))  # fmt: skip
    assert second["rows"] > first["rows"] and undisturbed.items() <= contents(second).items()


def test_no_usable_reply_reports_reason_and_count(tmp_path: Path) -> None:
    with (
        rule_server("--null", " ") as server,
        pytest.raises(LabtopError, match=r"0 replies, \d+ empty reply\.") as caught,
    ):
        run(server, tmp_path, LEAF)
    assert caught.value.hint is not None and "reasoning" in caught.value.hint


def test_dead_letters_name_answers_that_are_no_completions(tmp_path: Path) -> None:
    with rule_server("--no-completion") as server, pytest.raises(LabtopError, match=r"\d+ no answer\.") as caught:
        run(server, tmp_path, LEAF)
    letters = next(tmp_path.glob("dead_letters_*.jsonl"))
    assert caught.value.hint is not None and str(letters) in caught.value.hint
    assert "max-num-tokens" not in caught.value.hint
    assert all("chat completion" in letter["message"] for letter in lines(letters))


async def test_server_that_restarts_is_waited_for(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    port = free_port()
    reporter = RecordingReporter()

    def notes(words: str) -> list[str]:
        return [note["message"] for note in reporter.of("note") if words in note["message"]]

    with rule_server("--port", port, "--hold", 20, "--slots", 4) as server:
        work = asyncio.create_task(asyncio.to_thread(generate, arguments(server, tmp_path, LEAF), reporter))
        await asyncio.to_thread(wait_until, lambda: server.statistics()["answered"] == 20)
        server.process.kill()
        await asyncio.to_thread(wait_until, lambda: notes("waiting"))
    with rule_server("--port", port) as server:
        result = await work
    assert contents(result) == undisturbed and not result["incomplete"]
    assert len(notes("waiting")) == len(notes("again")) == 1


def test_own_teacher_that_died_is_not_waited_for(own_home: Path) -> None:
    options = {
        "output_dir": str(own_home / "out"), "model": "builtin:extractive",
        "leaves": [knowledge_leaf(document(200)).to_data()], "chunk_word_count": 45,
    }  # fmt: skip
    folder = launch(new_spec("generate", "core.sdg.job:run", options, title="Generate"))
    wait_in_job(folder, lambda: observe(folder).stage == "Generate data")
    (teacher,) = (each for each in processes_of_job(str(folder.path)) if "core.quickstart.extractive" in each.cmdline())
    teacher.kill()
    wait_for(folder, "failed")
    error = observe(folder).error
    assert error is not None and "builtin:extractive ended with signal 9 while it was in use" in error["message"]
    assert f"labtop process resume {folder.id}" in error["hint"]


async def test_prompt_that_kills_the_server_loses_its_row_only(tmp_path: Path) -> None:
    """Those that were in flight with it are asked again, at last one by one."""
    port = free_port()
    fatal = "mirror number 2 has 2 parts"
    work: asyncio.Task[dict[str, Any]] | None = None
    starts = 0
    while work is None or not work.done():
        with rule_server("--port", port, "--fatal", fatal) as server:
            starts += 1
            if work is None:
                work = asyncio.create_task(asyncio.to_thread(run, server, tmp_path, LEAF))
            ended = asyncio.create_task(asyncio.to_thread(server.process.wait))
            await asyncio.wait([work, ended], return_when=asyncio.FIRST_COMPLETED)
            server.process.kill()
            await ended
    result = work.result()
    letters = lines(result["dead_letters"])
    assert result["incomplete"] and letters and all(fatal in letter["prompt"] for letter in letters)
    assert starts > pool.MAX_OUTAGES


def test_undisclosed_context_is_learnt(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    reporter = RecordingReporter()
    with rule_server("--hidden-context", 2000) as server:
        result = generate(arguments(server, tmp_path, LEAF), reporter)
    assert contents(result) == undisturbed
    assert sum("holds 2,000 tokens" in note["message"] for note in reporter.of("note")) == 1


def test_replies_cut_at_undisclosed_context_are_kept(tmp_path: Path) -> None:
    with rule_server("--hidden-context", 2000, "--cut-at", 6000) as server:
        first = run(server, tmp_path, LEAF)
        (tmp_path / ".run" / "run.json").unlink()
        again = run(server, tmp_path, LEAF)
    assert first["rejected"]["cut at the token limit"] > 0 and again["requests"] == 0
    with rule_server("--cut-at", 6000, "--context", 20_000) as roomier:
        (tmp_path / ".run" / "run.json").unlink()
        last = run(roomier, tmp_path, LEAF)
    assert 0 < last["requests"] < first["requests"]


def test_endpoints_share_the_work(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    with rule_server("--usage", "--latency", 0.01) as one, rule_server("--usage", "--latency", 0.01) as two:
        reporter = RecordingReporter()
        result = generate(arguments("", tmp_path, LEAF, endpoint_url=[one.url, two.url]), reporter)
        shares = [server.statistics()["answered"] for server in (one, two)]
    assert contents(result) == undisturbed
    assert sum(shares) == result["requests"] and min(shares) > 0.3 * sum(shares)
    assert result["prompt_tokens"] > result["completion_tokens"] > result["requests"]
    assert any(data.get("tokens_per_second") for data in reporter.of("progress"))


def test_every_endpoint_must_serve_the_model(tmp_path: Path) -> None:
    with rule_server() as one, rule_server("--name", "other") as two:
        with pytest.raises(LabtopError, match=f"{two.url} does not serve rules; it serves other"):
            run("", tmp_path, LEAF, endpoint_url=[one.url, two.url])
        assert not one.seen


def test_incomplete_run_is_an_error_with_a_result() -> None:
    error = IncompleteError("2 prompts got no answer.", "Ask again.", {"rows": 7})
    assert error.result == {"rows": 7} and error.job_command == "resume"
