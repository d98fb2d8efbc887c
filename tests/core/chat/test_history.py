"""What is left out of a long conversation."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from core.chat.counting import TokenCounter
from core.chat.exchange import Exchange
from core.chat.history import Fitted, fit, shorten
from core.chat.session import Session
from core.chat.target import Target
from core.errors import LabtopError
from core.serving.client import count_prompt_tokens
from core.serving.lifecycle import Server
from tests.core.serving.http import ask
from tests.core.serving.scripted_server import Answer, says, scripted_server

pytestmark = pytest.mark.slow

Conversation = list[dict[str, str]]


def conversation(questions: int, words: int = 100) -> Conversation:
    """A system prompt, and questions with answers but for the last."""
    turns: Conversation = [{"role": "system", "content": "Be brief."}]
    for number in range(questions):
        turns += [
            {"role": "user", "content": f"question {number} " + "word " * words},
            {"role": "assistant", "content": f"answer {number} " + "word " * words},
        ]
    return turns[:-1]


def served(context: int, tokens_per_word: int | None, path_log: list[str]) -> Answer:
    """A server with a context length; with `tokens_per_word` it counts tokens, too."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        path_log.append(handler.path)
        if handler.path == "/v1/models":
            says(200, json.dumps({"data": [{"id": "m", "max_model_len": context}]}).encode())(handler)
            return
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        if handler.path == "/tokenize" and tokens_per_word is not None:
            words = sum(len(message["content"].split()) for message in body["messages"])
            says(200, json.dumps({"count": words * tokens_per_word}).encode())(handler)
        else:
            says(404, b"{}")(handler)

    return answer


@pytest.mark.parametrize("counts", [True, False])
def test_oldest_questions_are_left_out_with_their_answers(counts: bool) -> None:
    paths: list[str] = []
    messages = conversation(10)
    with scripted_server(served(2000, 1 if counts else None, paths)) as url:
        counter = TokenCounter(Target(url, "m"))
        fitted = fit(messages, counter, 500)
        assert fit(messages[:3], counter, 500) == Fitted(messages[:3])
        with pytest.raises(LabtopError, match=r"The question has .* tokens.*holds 2,000"):
            fit(conversation(2, words=3000), counter, None)
    assert fitted.messages[0] == messages[0] and fitted.messages[-1] == messages[-1]
    assert fitted.messages[1]["role"] == "user" and fitted.left_out % 2 == 0
    assert fitted.left_out + len(fitted.messages) == len(messages)
    # 102 words in each turn: 14 fit next to 500 for the answer, so 13 from a question on; estimates are higher.
    assert (len(fitted.messages) - 1 == 13) if counts else (5 <= len(fitted.messages) - 1 <= 13)
    assert f"first {fitted.left_out} turns were not sent" in fitted.note and "2,000 tokens" in fitted.note
    assert ("estimated" in fitted.note) is not counts
    assert paths.count("/v1/models") == 1 and paths.count("/tokenize") <= (12 if counts else 1)


def test_rejected_conversation_is_shortened_until_the_question_is_left() -> None:
    counter = TokenCounter(Target("http://127.0.0.1:9/v1", "m"))
    sent: Fitted | None = Fitted(conversation(7))
    lengths = []
    while sent is not None:
        lengths.append((len(sent.messages), sent.left_out))
        assert sent.messages[0]["role"] == "system"
        sent = shorten(sent, counter)
    assert lengths == [(14, 0), (8, 6), (4, 10), (2, 12)]


async def test_maximum_that_does_not_fit_is_lowered_before_turns_are_left_out() -> None:
    """A server that rejects what would not fit, as vLLM does."""
    counts = served(1000, 1, [])
    requested: list[int] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path != "/v1/chat/completions":
            counts(handler)
            return
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        requested.append(body["max_tokens"])
        if body["max_tokens"] > 900:
            says(400, b'{"error": {"message": "max_tokens is too large: the context length is 1000"}}')(handler)
        else:
            says(200, json.dumps({"choices": [{"message": {"content": "Yes."}}]}).encode())(handler)

    session = Session()
    session.append("user", "Earlier?")
    session.append("assistant", "word " * 100)
    session.change(max_tokens=5000)
    with scripted_server(answer) as url:
        exchange = Exchange(session, Target(url, "m"), "Now?")
        async for _ in exchange.pieces():
            pass
    assert requested == [5000, 898] and exchange.sent.left_out == 0
    assert session.turns[-1].content == "Yes."


async def test_long_conversation_with_a_real_server(tiny_server: Server) -> None:
    """The server counts in the model's template, and the answer is stored with what was left out."""
    session = Session("abc")
    for number in range(12):
        session.append("user", f"the dome {number} " + "night " * 12)
        session.append("assistant", "night " * 12)
    session.change(max_tokens=5, temperature=0)
    exchange = Exchange(session, Target(tiny_server.base_url, "Tiny-1.0"), "the dome")
    async for _ in exchange.pieces():
        pass
    assert exchange.sent.left_out > 0 and exchange.sent.messages[0]["content"] == "abc"
    assert session.turns[-1].left_out == exchange.sent.left_out
    assert "not sent" in exchange.sent.note
    counted = count_prompt_tokens(tiny_server.base_url, "Tiny-1.0", exchange.sent.messages)
    body = {"messages": list(exchange.sent.messages), "max_tokens": 1}
    assert counted == ask(tiny_server.base_url, "/chat/completions", **body)["usage"]["prompt_tokens"]


def test_local_tokenizer_counts_where_the_server_does_not(tiny_model: Path) -> None:
    with scripted_server(says(404, b"{}")) as url:
        counter = TokenCounter(Target(url, str(tiny_model)))
        assert counter.count([{"role": "user", "content": "the dome " * 50}]) > 50
        assert counter.method == "tokenizer"
