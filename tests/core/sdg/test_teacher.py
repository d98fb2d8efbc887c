"""Servers that lie, leave, or send elsewhere."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections.abc import Awaitable, Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from core.errors import LabtopError
from core.sdg import teacher
from core.sdg.journal import Reply
from core.sdg.teacher import Teacher
from tests.core.serving.lying import lying_server, says

GOOD = json.dumps({"choices": [{"message": {"content": "fine"}, "finish_reason": "stop"}]}).encode()


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teacher, "FIRST_PAUSE", 0.005)


async def ask(url: str, *prompts: str, key: str | None = None) -> list[Reply]:
    async with Teacher(url, "m", api_key=key) as asked:
        return await asyncio.gather(*(asked.ask(text, temperature=0, max_tokens=9, seed=1) for text in prompts))


def asked_for(handler: BaseHTTPRequestHandler) -> str:
    body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
    return str(body["messages"][0]["content"])


async def test_a_reply_without_an_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teacher, "LONGEST_ANSWER", 50_000)
    sent = 0

    def endless(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.end_headers()
        while True:
            sent += handler.wfile.write(b" " * 10_000)

    with lying_server(endless) as url, pytest.raises(LabtopError, match="longer than"):
        await ask(url, "a")
    assert sent < 100e6


async def test_a_compressed_reply_is_not_blown_up() -> None:
    bomb = gzip.compress(b" " * 50_000_000)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(bomb)))
        handler.end_headers()
        handler.wfile.write(bomb)

    with lying_server(answer) as url, pytest.raises(LabtopError, match="no chat completion"):
        await ask(url, "a")


@pytest.mark.parametrize("what", ["probe", "ask"])
async def test_neither_prompts_nor_the_key_follow_a_redirect(what: str) -> None:
    reached: list[str] = []

    def other(handler: BaseHTTPRequestHandler) -> None:
        reached.append(handler.path)
        says(200, GOOD)(handler)

    with lying_server(other) as elsewhere:

        def redirect(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(307)
            handler.send_header("Location", elsewhere)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        with lying_server(redirect) as url:
            async with Teacher(url, "m", api_key="secret") as asked:
                work: Callable[[], Awaitable[Any]] = asked.probe
                if what == "ask":
                    work = lambda: asked.ask("a", temperature=0, max_tokens=9, seed=1)  # noqa: E731
                with pytest.raises(LabtopError, match=f"sends on to {elsewhere}"):
                    await work()
    assert reached == []


@pytest.mark.parametrize("pause", ["nan", "-5", "inf", "soon"])
async def test_a_pause_that_makes_no_sense_is_not_kept(pause: str) -> None:
    tries: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        tries.append(asked_for(handler))
        if len(tries) > 1:
            says(200, GOOD)(handler)
            return
        handler.send_response(429)
        handler.send_header("Retry-After", pause)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with lying_server(answer) as url:
        async with asyncio.timeout(5):
            assert await ask(url, "a") == [Reply("fine", truncated=False)]


async def test_a_server_that_goes_away_under_the_last_requests_ends_the_run() -> None:
    """Those requests began before its last reply; to call them refused would finish the run without them."""
    gone = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if asked_for(handler) == "quick":
            says(200, GOOD)(handler)
            gone.set()
        else:
            gone.wait(5)
        handler.close_connection = True

    with lying_server(answer) as url, pytest.raises(LabtopError, match="does not answer any more"):
        await ask(url, "slow", "quick")


async def test_what_a_server_says_cannot_steer_the_terminal() -> None:
    body = json.dumps({"error": {"message": "no \x1b]0;evil\x07 way\u202e"}}).encode()
    with lying_server(says(400, body)) as url, pytest.raises(teacher.RefusedError) as caught:
        await ask(url, "a")
    assert str(caught.value) == "no ]0;evil way"


async def test_a_key_with_a_line_end_is_still_the_key() -> None:
    keys: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        keys.append(handler.headers["Authorization"])
        says(200, GOOD)(handler)

    with lying_server(answer) as url:
        await ask(url, "a", key="secret\n")
    assert keys == ["Bearer secret"]


@pytest.mark.parametrize("status", [302, 401, 403, 500])
async def test_a_server_need_not_tell_its_slots(status: int) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        says(status if handler.path == "/props" else 200, b'{"data": []}')(handler)

    with lying_server(answer) as url:
        async with Teacher(url, "m") as asked:
            assert await asked.probe() is None


@pytest.mark.parametrize("slots", ['"many"', "true", "-1", "null", "1e3"])
async def test_slots_that_make_no_sense_are_not_told(slots: str) -> None:
    with lying_server(says(200, f'{{"total_slots": {slots}}}'.encode())) as url:
        async with Teacher(url, "m") as asked:
            assert await asked.probe() is None
