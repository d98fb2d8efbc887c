"""A server with log-probabilities of letters: the letter that the question ends with is the most likely one.

Run as `python -m tests.core.evaluation.multiple_choice.letter_server OPTIONS`; prints its port. `GET /seen` returns the
number of requests by route, and the share of its slots that was busy from the first request to the last reply.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from core.jobs.processes import die_with_parent


class LetterServer:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.slots = asyncio.Semaphore(options.slots)
        self.routes: Counter[str] = Counter()
        self.started: float | None = None
        self.ended = 0.0
        self.replies = 0

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/v1/models", self.models),
                web.get("/props", self.props),
                web.get("/seen", self.seen),
                web.post("/v1/chat/completions", self.chat),
                web.post("/v1/completions", self.plain),
            ]
        )
        return app

    async def models(self, _request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "letters"}]})

    async def props(self, _request: web.Request) -> web.Response:
        return web.json_response({"total_slots": self.options.slots})

    async def seen(self, _request: web.Request) -> web.Response:
        span = self.ended - (self.started or 0)
        busy = self.replies * self.options.latency / self.options.slots / span if span else 0
        return web.json_response({"routes": self.routes, "use": busy})

    async def chat(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.options.no_template:
            return _error("the tokenizer has no chat template")
        if self.options.reject and self.options.reject in body["messages"][-1]["content"]:
            return _error("this is not allowed")
        top = await self._answer("chat", body, body["messages"][-1]["content"])
        if top is None:
            return _error("logprobs are not supported")
        content = [{"token": token, "logprob": value} for token, value in top.items()]
        logprobs = {"content": [{**content[0], "top_logprobs": content}]} if "logprobs" in body else None
        message = {"role": "assistant", "content": "x"}
        return web.json_response({"choices": [{"index": 0, "message": message, "logprobs": logprobs}]})

    async def plain(self, request: web.Request) -> web.Response:
        body = await request.json()
        if isinstance(body["prompt"], list):
            return _error("logprobs are not supported") if self.options.no_logprobs else self._ends(body["prompt"])
        top = await self._answer("plain", body, body["prompt"])
        if top is None:
            return _error("logprobs are not supported")
        return web.json_response({"choices": [{"index": 0, "text": "x", "logprobs": {"top_logprobs": [top]}}]})

    def _ends(self, texts: list[str]) -> web.Response:
        """Texts of one token a character with their log-probabilities, as `--ends` says."""
        kind = self.options.ends
        shown = ["hm"] * len(texts) if kind == "ignored" else texts[:-1] if kind == "missing" else texts
        value = {"null": None, "nan": math.nan}.get(kind, -1.0)
        choices = [
            {
                "index": number,
                "text": text,
                "logprobs": {"token_logprobs": [None, *[value] * (len(text) - 1)], "text_offset": [*range(len(text))]},
            }
            for number, text in enumerate(shown)
        ]
        return web.json_response({"choices": choices})

    async def _answer(self, route: str, body: dict[str, Any], prompt: str) -> dict[str, float] | None:
        """The log-probabilities, after the time that a slot is busy; None where the server refuses them."""
        self.routes[route] += 1
        if self.options.no_logprobs and "logprobs" in body:
            return None
        self.started = self.started or time.monotonic()
        async with self.slots:
            await asyncio.sleep(self.options.latency)
        self.ended, self.replies = time.monotonic(), self.replies + 1
        right = (re.findall(r"\b([A-D]) is right", prompt) or ["A"])[-1]
        if self.options.nan:
            return dict.fromkeys("ABCD", math.nan)
        return {right: -0.5, f" {'ABCD'[('ABCD'.index(right) + 1) % 4]}": -1.5, "The": -2.5}


def _error(message: str) -> web.Response:
    return web.json_response({"error": {"message": message}}, status=400)


@contextmanager
def letter_server(*options: object) -> Iterator[str]:
    """The base URL of a server in a process of its own."""
    argv = [sys.executable, "-m", "tests.core.evaluation.multiple_choice.letter_server", *map(str, options)]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def main() -> None:
    die_with_parent()
    parser = argparse.ArgumentParser()
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that a slot is busy with a reply")
    parser.add_argument("--no-template", action="store_true", help="answer 400 to conversations")
    parser.add_argument("--no-logprobs", action="store_true", help="answer 400 to requests for log-probabilities")
    parser.add_argument("--reject", default="", help="answer 400 to conversations that end with this text")
    parser.add_argument("--nan", action="store_true", help="give NaN as log-probabilities of letters")
    parser.add_argument("--ends", default="", help="give wrong ends of texts: ignored, missing, null or nan")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(listener.getsockname()[1], flush=True)
    web.run_app(LetterServer(options).application(), sock=listener, print=None)


if __name__ == "__main__":
    main()
