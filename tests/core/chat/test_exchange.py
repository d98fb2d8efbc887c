"""Asking a question: what the conversation holds afterwards, however the answer ends."""

from __future__ import annotations

import json
from contextlib import aclosing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from core.chat.exchange import Exchange
from core.chat.retrieval import Documents
from core.chat.session import Session
from core.chat.target import Target
from core.errors import LabtopError
from core.serving.lifecycle import Server
from tests.core.serving.scripted_server import Answer, says, scripted_server

pytestmark = pytest.mark.slow


def streams(*events: object) -> Answer:
    """A stream of events that ends with the connection."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        handler.send_response(200)
        handler.end_headers()
        for event in events:
            text = event if isinstance(event, str) else json.dumps(event)
            handler.wfile.write(f"data: {text}\n\n".encode())

    return answer


def piece(ended: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": ended}]}


async def ask(session: Session, url: str, question: str | None, model: str = "m") -> Exchange:
    exchange = Exchange(session, Target(url, model), question)
    async for _ in exchange.pieces():
        pass
    return exchange


async def test_answer_is_stored_with_its_figures(tiny_server: Server) -> None:
    session = Session()
    session.change(temperature=0, max_tokens=9)
    exchange = await ask(session, tiny_server.base_url, "the dome", "Tiny-1.0")
    question, answer = session.turns
    assert (question.content, answer.content) == ("the dome", exchange.text)
    figures = answer.figures
    assert figures is not None and figures.counted and figures.tokens == 9 and figures.ended == "length"
    assert figures.prompt_tokens and figures.first_token_seconds and figures.seconds >= figures.first_token_seconds
    session.change(seed=1)
    await ask(session, tiny_server.base_url, None, "Tiny-1.0")
    assert len(session.alternatives(answer.id)) == 2 and session.turns[0] == question


@pytest.mark.parametrize(
    ("answer", "said", "kept", "ended"),
    [
        (says(500, b"{}"), "answers", "", ""),
        (streams(piece(content="Half\x1b[2J an")), "before it was complete", "Half an", "interrupted"),
        (streams({"error": {"message": "it burns"}}), "it burns", "", ""),
    ],
)
async def test_error_keeps_the_question_ready(answer: Answer, said: str, kept: str, ended: str) -> None:
    session = Session()
    session.append("user", "Earlier?")
    session.append("assistant", "Yes.")
    with scripted_server(answer) as url, pytest.raises(LabtopError, match=said):
        await ask(session, url, "Now?")
    assert [turn.content for turn in session.turns[:3]] == ["Earlier?", "Yes.", "Now?"]
    assert "".join(turn.content for turn in session.turns[3:]) == kept
    if kept:
        assert session.turns[3].figures is not None and session.turns[3].figures.ended == ended
    with scripted_server(streams(piece("stop", content="Now."), "[DONE]")) as url:
        await ask(session, url, None)
    assert [turn.content for turn in session.turns[2:]] == ["Now?", "Now."]


async def test_stopped_answer_is_kept() -> None:
    session = Session()
    with scripted_server(streams(piece(content="a"), piece(content="b"), piece(content="c"))) as url:
        exchange = Exchange(session, Target(url, "m"), "Go on")
        async with aclosing(exchange.pieces()) as pieces:
            async for _ in pieces:
                break
    assert session.turns[1].content == "a" and exchange.figures().ended == "stopped"


async def test_passages_of_documents_are_sent_and_not_stored(tmp_path: Path) -> None:
    (tmp_path / "dome.md").write_text("# The dome\n\nIt weighs forty tons.\n")
    asked: list[list[dict[str, str]]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))["messages"])
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(
            f"data: {json.dumps(piece('stop', content='Forty tons [1].'))}\n\ndata: [DONE]\n\n".encode()
        )

    session, documents = Session(), Documents(tmp_path)
    with scripted_server(answer) as url:
        for question in ("How heavy is the dome?", "Who are you?"):
            exchange = Exchange(session, Target(url, "m"), question, documents=documents)
            async for _ in exchange.pieces():
                pass
    assert "[1] dome.md: The dome\n# The dome\n\nIt weighs forty tons." in asked[0][-1]["content"]
    assert [turn.content for turn in session.turns][::2] == ["How heavy is the dome?", "Who are you?"]
    assert session.turns[1].sources == ("[1] dome.md: The dome",)
    assert asked[1][0]["content"] == "How heavy is the dome?"  # earlier passages are not sent again


async def test_passages_that_do_not_fit_are_left_out(tiny_server: Server, tmp_path: Path) -> None:
    """The model's context holds 256 tokens; a file has one passage."""
    (tmp_path / "long.md").write_text("dome night " + "zqxj " * 170)
    (tmp_path / "short.md").write_text("night")
    session = Session()
    session.change(max_tokens=4)
    both = Exchange(session, Target(tiny_server.base_url, "Tiny-1.0"), "night", documents=Documents(tmp_path))
    long = Exchange(session, Target(tiny_server.base_url, "Tiny-1.0"), "dome", documents=Documents(tmp_path))
    for exchange in (both, long):
        async for _ in exchange.pieces():
            pass
    assert [passage.file for passage in both.passages] == ["short.md"] and both.no_sources == ""
    assert long.passages == () and "No passage fits" in long.no_sources
