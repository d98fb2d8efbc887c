"""Servers that send wrong replies, stop answering, or redirect."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import trustme

from core.errors import LabtopError
from core.serving.client import list_models
from core.serving.completions import endpoint, pool, slots
from core.serving.completions.pool import CompletionsPool
from core.serving.completions.prompts import Message
from core.serving.completions.replies import Completion, RequestRejected
from core.serving.completions.streaming import stream_reply
from tests.core.serving.scripted_server import Answer, redirects_to, says, scripted_server

GOOD = json.dumps({"choices": [{"message": {"content": "fine"}, "finish_reason": "stop"}]}).encode()


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "FIRST_PAUSE", 0.005)
    monkeypatch.setattr(slots, "PROBE_INTERVAL", 0.02)


async def ask(url: str | list[str], *prompts: str, key: str | None = None, **settings: Any) -> list[str]:
    urls = [url] if isinstance(url, str) else url
    async with CompletionsPool(urls, "m", api_key=key, **settings) as asked:
        await asked.learn()
        done = await asyncio.gather(*(asked.complete(text, temperature=0, max_tokens=9, seed=1) for text in prompts))
        return [each.text for each in done]


def asked_for(handler: BaseHTTPRequestHandler) -> str:
    """The prompt; empty for anything else."""
    if handler.command == "GET":
        return ""
    body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
    return str(body["messages"][0]["content"])


def answers(prompt: str, answer: Answer) -> Answer:
    """A server that answers one prompt in its own way, and all else as it should."""

    def chosen(handler: BaseHTTPRequestHandler) -> None:
        (answer if asked_for(handler) == prompt else says(200, GOOD))(handler)

    return chosen


async def test_endless_reply_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "MAX_RESPONSE_BYTES", 50_000)
    sent = 0

    def endless(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.end_headers()
        while True:
            sent += handler.wfile.write(b" " * 10_000)

    with scripted_server(answers("a", endless)) as url, pytest.raises(RequestRejected, match="longer than"):
        await ask(url, "a")
    assert sent < 100e6


async def test_compressed_reply_is_not_decompressed() -> None:
    bomb = gzip.compress(b" " * 50_000_000)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(bomb)))
        handler.end_headers()
        handler.wfile.write(bomb)

    with scripted_server(answers("a", answer)) as url, pytest.raises(RequestRejected, match="not a chat completion"):
        await ask(url, "a")


@pytest.mark.parametrize("what", ["learn", "ask"])
async def test_redirect_gets_neither_prompts_nor_the_key(what: str) -> None:
    reached: list[str] = []

    def other(handler: BaseHTTPRequestHandler) -> None:
        reached.append(handler.path)
        says(200, GOOD)(handler)

    with scripted_server(other) as elsewhere:
        redirect = redirects_to(elsewhere)
        with (
            scripted_server(redirect if what == "learn" else answers("a", redirect)) as url,
            pytest.raises(LabtopError, match=f"redirects to {elsewhere}"),
        ):
            await ask(url, *([] if what == "learn" else ["a"]))
    assert reached == []


@pytest.mark.parametrize("pause", ["nan", "-5", "inf", "soon"])
async def test_invalid_pause_is_ignored(pause: str) -> None:
    tries: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        tries.extend(filter(None, [asked_for(handler)]))
        if len(tries) != 1:
            says(200, GOOD)(handler)
            return
        handler.send_response(429)
        handler.send_header("Retry-After", pause)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with scripted_server(answer) as url:
        async with asyncio.timeout(60):
            assert await ask(url, "a") == ["fine"]


@pytest.mark.parametrize("ended", ["abort", "error"])
async def test_incomplete_reply_is_retried(ended: str) -> None:
    """vLLM ends running replies so when it stops."""
    tries: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if not asked_for(handler):
            says(200, GOOD)(handler)
            return
        tries.append(ended)
        part = {"choices": [{"message": {"content": "fi"}, "finish_reason": ended}]}
        says(200, GOOD if len(tries) > 1 else json.dumps(part).encode())(handler)

    with scripted_server(answer) as url:
        assert await ask(url, "a") == ["fine"]


async def test_server_that_stops_during_the_last_requests_is_an_error() -> None:
    """Those requests began before its last reply; to call them refused would finish the run without them."""
    gone = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        prompt = asked_for(handler)
        if prompt == "quick" or (handler.command == "GET" and not gone.is_set()):
            says(200, GOOD)(handler)
            gone.set() if prompt else None
        elif prompt == "slow":
            gone.wait(60)
        handler.close_connection = True

    with scripted_server(answer) as url, pytest.raises(LabtopError, match="no longer answers"):
        await ask(url, "slow", "quick", patience=0.1)


async def test_server_message_has_no_control_characters() -> None:
    body = json.dumps({"error": {"message": "no \x1b]0;evil\x07 way\u202e"}}).encode()
    with scripted_server(answers("a", says(400, body))) as url, pytest.raises(RequestRejected) as caught:
        await ask(url, "a")
    assert str(caught.value) == r"no \u001b]0;evil\u0007 way\u202e"


async def test_key_with_a_line_end_is_stripped() -> None:
    keys: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        keys.append(handler.headers["Authorization"])
        says(200, GOOD)(handler)

    with scripted_server(answer) as url:
        await ask(url, "a", key="secret\n")
    assert set(keys) == {"Bearer secret"}


@pytest.mark.parametrize("status", [302, 401, 403, 500])
async def test_server_need_not_report_its_slots(status: int) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        says(status if handler.path == "/props" else 200, b'{"data": []}')(handler)

    with scripted_server(answer) as url:
        async with CompletionsPool([url], "m") as asked:
            await asked.learn()
            assert asked.slots.limit == slots.DEFAULT_IN_FLIGHT


@pytest.mark.parametrize("number", ['"many"', "true", "-1", "null", "1e3"])
async def test_invalid_slots_are_ignored(number: str) -> None:
    with scripted_server(says(200, f'{{"total_slots": {number}}}'.encode())) as url:
        async with CompletionsPool([url], "m") as asked:
            await asked.learn()
            assert asked.slots.limit == slots.DEFAULT_IN_FLIGHT


async def test_prompt_that_always_fails_is_rejected_alone() -> None:
    """The server answers something harmless, so it is not to blame."""
    tries: list[str] = []

    def broken(handler: BaseHTTPRequestHandler) -> None:
        tries.append("poison")
        says(500, b'{"error": {"message": "CUDA error"}}')(handler)

    with scripted_server(answers("poison", broken)) as url:
        with pytest.raises(RequestRejected, match="500 CUDA error") as caught:
            await ask(url, "poison", patience=0.05)
        assert await ask(url, "other") == ["fine"]
    assert caught.value.reason == "no answer" and not caught.value.final
    assert len(tries) == pool.MAX_ATTEMPTS


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"content": None}, "the reply is empty"),
        ({"content": " \n"}, "the reply is empty"),
        ({"content": None, "reasoning_content": "Let me think."}, "only reasoning"),
    ],
)
async def test_reply_without_text_is_a_failed_attempt(message: dict[str, Any], words: str) -> None:
    body = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
    with scripted_server(answers("a", says(200, body))) as url, pytest.raises(RequestRejected, match=words) as caught:
        await ask(url, "a")
    assert caught.value.reason == "empty reply" and not caught.value.final


async def test_empty_reply_is_one_where_it_is_allowed() -> None:
    empty = json.dumps({"choices": [{"message": {"content": ""}, "finish_reason": "stop"}]}).encode()
    with scripted_server(answers("a", says(200, empty))) as url:
        async with CompletionsPool([url], "m") as asked:
            await asked.learn()
            completion = await asked.complete("a", temperature=0, max_tokens=9, seed=1, empty_allowed=True)
            assert (completion.text, completion.truncated) == ("", False)


async def test_conversation_is_sent_as_it_is() -> None:
    seen: list[Any] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.command == "POST":
            seen.append(json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))["messages"])
        says(200, GOOD)(handler)

    prompt = [Message("system", "s"), Message("user", "u"), Message("assistant", "a"), Message("user", "v")]
    with scripted_server(answer) as url:
        async with CompletionsPool([url], "m") as asked:
            await asked.learn()
            await asked.complete(prompt, temperature=0, max_tokens=9, seed=1)
    assert seen == [
        [
            {"role": role, "content": text}
            for role, text in zip(("system", "user", "assistant", "user"), "suav", strict=True)
        ]
    ]


async def test_truncated_reply_of_only_reasoning_is_truncated() -> None:
    body = json.dumps({"choices": [{"message": {"content": None}, "finish_reason": "length"}]}).encode()
    with scripted_server(answers("a", says(200, body))) as url:
        async with CompletionsPool([url], "m") as asked:
            await asked.learn()
            completion = await asked.complete("a", temperature=0, max_tokens=9, seed=1)
    assert completion == Completion("", truncated=True, max_tokens=9)


async def test_requested_pause_is_not_an_attempt() -> None:
    limited: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        prompt = asked_for(handler)
        if prompt and len(limited) < 10 * pool.MAX_ATTEMPTS:
            limited.append(prompt)
            handler.send_response(429)
            handler.send_header("Retry-After", "0.01")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        else:
            says(200, GOOD)(handler)

    with scripted_server(answer) as url:
        async with CompletionsPool([url], "m") as asked:
            await asked.learn()
            before = asked.slots.limit
            assert (await asked.complete("a", temperature=0, max_tokens=9, seed=1)).text == "fine"
            assert asked.slots.limit < before / 2
    assert len(limited) == 10 * pool.MAX_ATTEMPTS


async def test_fixed_concurrency_is_constant() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        says(500 if asked_for(handler) == "a" else 200, GOOD)(handler)

    with scripted_server(answer) as url:
        async with CompletionsPool([url], "m", concurrency=7) as asked:
            await asked.learn()
            with pytest.raises(RequestRejected):
                await asked.complete("a", temperature=0, max_tokens=9, seed=1)
            assert asked.slots.limit == 7


async def test_failing_endpoint_gets_nothing_until_it_answers_again() -> None:
    down = threading.Event()
    asked: list[str] = []

    def shaky(handler: BaseHTTPRequestHandler) -> None:
        if down.is_set():
            says(503, b"{}")(handler)
        else:
            asked.extend(filter(None, [asked_for(handler)]))
            says(200, GOOD)(handler)

    notes: list[str] = []

    def note(text: str) -> None:
        notes.append(text)
        down.clear()

    with scripted_server(shaky) as one, scripted_server(says(200, GOOD)) as other:
        async with CompletionsPool([one, other], "m", note=note) as endpoints:
            await endpoints.learn()
            down.set()
            settings: dict[str, Any] = {"temperature": 0, "max_tokens": 9, "seed": 1}
            assert (await endpoints.complete("a", **settings)).text == "fine"
            assert len(notes) == 1 and "waiting for the server" in notes[0] and one in notes[0]
            while len(notes) < 2:
                await endpoints.complete("b", **settings)
            assert "answers again" in notes[1]
            await asyncio.gather(*(endpoints.complete(f"c{number}", **settings) for number in range(4)))
    assert any(prompt.startswith("c") for prompt in asked)


async def test_context_length_is_found_in_an_error_message() -> None:
    budgets: list[int] = []
    notes: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.command == "GET":
            says(200, b"{}")(handler)
            return
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        budgets.append(body["max_tokens"])
        message = {"error": {"message": "This model's maximum context length is 4096 tokens. However, you asked"}}
        too_long = body["max_tokens"] > 4030
        says(400 if too_long else 200, json.dumps(message).encode() if too_long else GOOD)(handler)

    with scripted_server(answer) as url:
        async with CompletionsPool([url], "m", note=notes.append) as asked:
            await asked.learn()
            for prompt in ("one two three", "four five six"):
                await asked.complete(prompt, temperature=0, max_tokens=4096, seed=1)
    assert budgets == [4096, 4027, 4027]
    assert len(notes) == 1 and "holds 4,096 tokens" in notes[0]


async def test_unknown_context_length_halves_the_budget() -> None:
    budgets: list[int] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.command == "GET":
            says(200, b"{}")(handler)
            return
        budgets.append(json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))["max_tokens"])
        body = b'{"error": {"message": "the request exceeds the available context size, try increasing it"}}'
        says(200 if budgets[-1] <= 300 else 400, GOOD if budgets[-1] <= 300 else body)(handler)

    with scripted_server(answer) as url:
        async with CompletionsPool([url], "m") as asked:
            await asked.learn()
            assert (await asked.complete("a", temperature=0, max_tokens=1000, seed=1)).text == "fine"
    assert budgets == [1000, 500, 250]


async def test_endpoint_with_another_model_is_named() -> None:
    def serves(name: str) -> Answer:
        return says(200, json.dumps({"data": [{"id": name}]}).encode())

    with (
        scripted_server(serves("m")) as one,
        scripted_server(serves("other")) as two,
        pytest.raises(LabtopError, match=f"{two} does not serve m; it serves other"),
    ):
        await ask([one, two])


@pytest.mark.parametrize("status", [400, 404, 500])
async def test_key_repeated_by_the_server_is_masked(status: int) -> None:
    key = "sk-very/secret=key"
    body = json.dumps({"error": {"message": f"bad header: Bearer {key}"}}).encode()
    with (
        scripted_server(answers("a", says(status, body))) as url,
        pytest.raises((RequestRejected, LabtopError)) as caught,
    ):
        await ask(url, "a", key=key)
    assert key not in str(caught.value) and "Bearer ***" in str(caught.value)


async def test_key_in_a_reply_is_masked() -> None:
    body = json.dumps({"choices": [{"message": {"content": "You sent 12345678."}, "finish_reason": "stop"}]}).encode()
    with scripted_server(answers("a", says(200, body))) as url:
        assert await ask(url, "a", key="12345678") == ["You sent ***."]
        assert await ask(url, "a", key="sent") == ["You sent 12345678."]  # too short to be a secret


async def test_untrusted_certificate_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority = trustme.CA()
    with scripted_server(says(200, GOOD), authority) as url:
        with pytest.raises(LabtopError, match=f"No secure connection to {url}: .*certificate"):
            await ask(url, "a")
        authority.cert_pem.write_to_path(tmp_path / "authority.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        assert await ask(url, "a") == ["fine"]


@pytest.mark.parametrize("key", ["sk-one\nsk-two", "sk-\u201cone\u201d", "sk-\x01"])
async def test_key_that_no_request_can_carry_is_an_error(key: str) -> None:
    with scripted_server(says(200, GOOD)) as url:
        with pytest.raises(LabtopError, match="API key contains") as caught:
            await ask(url, "a", key=key)
        with pytest.raises(LabtopError, match="API key contains"):
            list_models(url, key)
        with pytest.raises(LabtopError, match="API key contains"):
            await anext(stream_reply(url, "m", [{"role": "user", "content": "a"}], api_key=key))
    assert key not in str(caught.value)
