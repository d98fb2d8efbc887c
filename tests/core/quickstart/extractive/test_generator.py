"""The rule-based teacher as a server's generator."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.quickstart.extractive.generator import BuiltinGenerator
from core.serving.client import list_models
from core.serving.embedded.generator import Delta, GenerationRequest, InvalidRequestError, Prompt
from core.serving.lifecycle import Server, start_server
from core.serving.names import BUILTIN_TEACHER
from tests.core.serving.http import ask, post, stream


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with start_server(BUILTIN_TEACHER, log_file=tmp_path_factory.mktemp("teacher") / "log", ready_seconds=60) as server:
        yield server


def answered(request: GenerationRequest, text: str) -> list[Delta | Exception]:
    """All deltas of a generator with one reply."""

    def reply(_prompt: str, _seed: int) -> str:
        if not text:
            raise LabtopError("I know no such prompt.", hint="I am rules.")
        return text

    deltas: list[Delta | Exception] = []
    done = threading.Event()

    def emit(delta: Delta | Exception) -> None:
        deltas.append(delta)
        if isinstance(delta, Exception) or delta.finish:
            done.set()

    generator = BuiltinGenerator(reply)
    generator.start(request, emit)
    assert done.wait(60)
    generator.close()
    return deltas


def test_streamed_reply_is_complete() -> None:
    text = "  One two three four five six.\n\n[END] \n"
    deltas = answered(GenerationRequest(Prompt("p"), 5, stream=True), text)
    assert len(deltas) > 2
    assert "".join(delta.text for delta in deltas if isinstance(delta, Delta)) == text


def test_stop_string_ends_the_reply() -> None:
    deltas = answered(GenerationRequest(Prompt("p"), 5, stop=("three",)), "one two three four")
    assert [delta.text for delta in deltas if isinstance(delta, Delta)] == ["one two ", ""]


def test_rejected_prompt_is_a_bad_request() -> None:
    (deltas,) = answered(GenerationRequest(Prompt("p"), 5), "")
    assert isinstance(deltas, InvalidRequestError)
    assert deltas.message == "I know no such prompt. I am rules."


def test_server_reports_its_slots(teacher: Server) -> None:
    with urllib.request.urlopen(f"{teacher.base_url.removesuffix('/v1')}/props", timeout=60) as response:
        assert json.load(response) == {"total_slots": 32}


def test_served_teacher_answers_a_chat(teacher: Server) -> None:
    assert list_models(teacher.base_url) == [BUILTIN_TEACHER]
    body = {"model": BUILTIN_TEACHER, "messages": [{"role": "user", "content": "Hello"}]}
    whole = ask(teacher.base_url, "/chat/completions", **body)["choices"][0]["message"]["content"]
    pieces = stream(teacher.base_url, "/chat/completions", **body)
    assert "".join(piece["choices"][0]["delta"].get("content", "") for piece in pieces) == whole
    assert "not a language model" in whole


def test_served_teacher_rejects_what_it_cannot_do(teacher: Server) -> None:
    unknown = "Reply with [Start of Poem] a poem [End of Poem]"
    for stream_it in (False, True):
        body = {"messages": [{"role": "user", "content": unknown}], "stream": stream_it}
        status, answer = post(teacher.base_url, "/chat/completions", body)
        assert status == 400
        assert "not a language model" in answer["error"]["message"]
    assert post(teacher.base_url, "/completions", {"prompt": "a", "logprobs": 1})[0] == 400
    assert post(teacher.base_url, "/completions", {"prompt": [1, 2]})[0] == 400


def test_teacher_starts_without_torch(teacher: Server) -> None:
    maps = Path(f"/proc/{teacher.pid}/maps").read_text()
    assert "libtorch" not in maps
