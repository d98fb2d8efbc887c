"""A teacher for tests: answers the prompts' tags by rule, and fails as its options say.

Run as `python -m tests.core.sdg.rule_server OPTIONS`; prints its port. `GET /seen` returns statistics of its requests,
and `GET /hold?after=N` sets the number of replies after which the next ones wait; 0 lets all go.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import re
import socket
import ssl
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from core.jobs.processes import die_with_parent
from core.sentences import split_sentences


def main() -> None:
    die_with_parent()
    parser = argparse.ArgumentParser()
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that a slot is busy with a reply")
    parser.add_argument(
        "--trouble", default="", help="cut, rubbish, or a status, which one in three prompts meets once"
    )
    parser.add_argument("--always", type=int, default=0, help="the status of every reply")
    parser.add_argument("--after", type=int, default=0, help="replies that come before --always begins")
    parser.add_argument("--refuse", default="", help="prompts with this text get a 400")
    parser.add_argument("--unreadable", default="", help="prompts with this text get a reply without tags")
    parser.add_argument("--context", type=int, default=0, help="the model's tokens, reported and enforced")
    parser.add_argument("--vary", action="store_true", help="other questions for other seed examples")
    parser.add_argument("--no-props", action="store_true")
    parser.add_argument("--name", default="rules", help="of the model that is served")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rate", type=int, default=0, help="replies a second; beyond them 429 with Retry-After: 1")
    parser.add_argument("--poison", default="", help="prompts with this text get a 500, every time")
    parser.add_argument("--no-completion", action="store_true", help="answer with a page instead of a completion")
    parser.add_argument("--fatal", default="", help="a prompt with this text ends the server")
    parser.add_argument("--null", default="", help="prompts with this text get no content")
    parser.add_argument("--hold", type=int, default=0, help="replies after which the next ones wait; see `GET /hold`")
    parser.add_argument("--cut-at", type=int, default=0, help="the budget that a first reply needs")
    parser.add_argument("--hidden-context", type=int, default=0, help="the model's tokens, enforced and not reported")
    parser.add_argument("--usage", action="store_true", help="report token counts, one for each word")
    parser.add_argument("--certificate", help="serve over TLS with this certificate and key (PEM)")
    parser.add_argument("--client-authority", help="ask for client certificates that this authority signed")
    parser.add_argument("--api-key", help="answer 401 to requests without this key")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", options.port), backlog=1024)
    print(listener.getsockname()[1], flush=True)
    web.run_app(RuleTeacher(options).application(), sock=listener, print=None, ssl_context=_tls(options))


def _tls(options: argparse.Namespace) -> ssl.SSLContext | None:
    if options.certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate)
    if options.client_authority is not None:
        context.load_verify_locations(options.client_authority)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@web.middleware
async def _check_key(request: web.Request, handler: Handler) -> web.StreamResponse:
    key = request.app[KEY]
    if key is not None and request.headers.get("Authorization") != f"Bearer {key}":
        return _error(401)
    return await handler(request)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

KEY = web.AppKey("key", object)


class RuleTeacher:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.seen: Counter[str] = Counter()
        self.free = asyncio.Semaphore(options.slots)
        self.held = asyncio.Condition()
        self.busy = 0
        self.most = 0
        self.start = 0.0
        self.end = 0.0
        self.answered = 0
        self.second = (0, 0)
        """The present second, and the replies in it."""
        self.limited = 0
        """Requests that got a 429."""

    def application(self) -> web.Application:
        app = web.Application(client_max_size=2**24, middlewares=[_check_key])
        app[KEY] = self.options.api_key
        app.add_routes(
            [
                web.post("/v1/chat/completions", self.chat),
                web.get("/v1/models", self.models),
                web.get("/props", self.props),
                web.get("/seen", self.statistics),
                web.get("/hold", self.hold),
            ]
        )
        return app

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        prompt = body["messages"][-1]["content"]
        if "Reply with" not in prompt:  # a simple check
            return _error(self.options.always) if self._is_refusing() else self._reply("Hello.", body)
        if self.options.no_completion:
            return web.Response(text="<html>Hello.</html>", content_type="text/html")
        if self.options.fatal and self.options.fatal in prompt:
            os._exit(1)
        if self.options.rate and self._is_beyond_rate():
            self.limited += 1
            return web.json_response({"error": {"message": "slow down"}}, status=429, headers={"Retry-After": "1"})
        key = hashlib.sha256(json.dumps([prompt, body["seed"]]).encode()).hexdigest()
        self.seen[key] += 1
        if trouble := self._trouble(key, prompt, body["max_tokens"]):
            if trouble == "cut":
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            if trouble == "rubbish":
                return web.Response(text='{"choices": [{"mess')
            if trouble == "hidden":
                limit = self.options.hidden_context
                return _error(400, f"This model's maximum context length is {limit} tokens. Please reduce it.")
            return _error(int(trouble))
        await self.compute()
        unreadable = self.options.unreadable and self.options.unreadable in prompt
        text = "I would rather not." if unreadable else answer(prompt, key[:6] if self.options.vary else "")
        if self.options.null and self.options.null in prompt:
            return self._reply(None, body)
        if self.options.cut_at > body["max_tokens"] and "[QUESTION]" in prompt.rpartition("Reply with")[2]:
            return self._reply(text[: len(text) // 2], body, "length")
        return self._reply(text, body)

    async def compute(self) -> None:
        """Keep a slot busy for as long as a reply takes."""
        async with self.free:
            self.start = self.start or time.perf_counter()
            self.busy += 1
            self.most = max(self.most, self.busy)
            await asyncio.sleep(self.options.latency)
            async with self.held:
                await self.held.wait_for(lambda: not 0 < self.options.hold <= self.answered)
                self.answered += 1
            self.busy -= 1
            self.end = time.perf_counter()

    def _reply(self, text: str | None, body: dict[str, Any], ended: str = "stop") -> web.Response:
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": ended}
        words = [len((each or "").split()) for each in (body["messages"][-1]["content"], text)]
        usage = {"prompt_tokens": words[0], "completion_tokens": words[1]}
        more = {"usage": usage} if self.options.usage else {}
        return web.json_response({"object": "chat.completion", "choices": [choice], **more})

    def _is_beyond_rate(self) -> bool:
        second, replies = self.second
        now = int(time.monotonic())
        self.second = (now, replies + 1 if second == now else 1)
        return bool(self.second[1] > self.options.rate)

    def _is_refusing(self) -> bool:
        return bool(self.options.always and self.answered >= self.options.after)

    def _trouble(self, key: str, prompt: str, max_tokens: int) -> str:
        if self._is_refusing():
            return str(self.options.always)
        if self.options.refuse and self.options.refuse in prompt:
            return "400"
        if self.options.poison and self.options.poison in prompt:
            return "500"
        if self.options.hidden_context and len(prompt.split()) + max_tokens > self.options.hidden_context:
            return "hidden"
        if self.options.context and len(prompt.split()) + max_tokens > self.options.context:
            return "400"
        chosen = self.seen[key] == 1 and int(key[:8], 16) % 3 == 0
        return str(self.options.trouble) if chosen else ""

    async def models(self, _request: web.Request) -> web.Response:
        limit = {"max_model_len": self.options.context} if self.options.context else {}
        return web.json_response({"object": "list", "data": [{"id": self.options.name, "object": "model", **limit}]})

    async def props(self, _request: web.Request) -> web.Response:
        if self.options.no_props:
            return web.json_response({"detail": "Not Found"}, status=404)
        return web.json_response({"total_slots": self.options.slots})

    async def hold(self, request: web.Request) -> web.Response:
        async with self.held:
            self.options.hold = int(request.query["after"])
            self.held.notify_all()
        return web.Response()

    async def statistics(self, _request: web.Request) -> web.Response:
        span = self.end - self.start
        return web.json_response(
            {
                "seen": self.seen,
                "most": self.most,
                "answered": self.answered,
                "limited": self.limited,
                "first": self.start,
                "span": span,
                "use": self.answered * self.options.latency / self.options.slots / span if span else None,
            }
        )


def _error(status: int, message: str = "not this one") -> web.Response:
    return web.json_response({"error": {"message": message}}, status=status)


def answer(prompt: str, mark: str) -> str:
    """What the output tags in the prompt's last paragraph ask for."""
    asked = prompt.rpartition("Reply with")[2]
    if "[CHOICE QUESTION]" in asked:
        return _choices(prompt)
    if "[QUESTION]" in asked:
        return "\n".join(
            f"[QUESTION] What is said of {_key(fact)}, put in way {way}{mark}? [ANSWER] {fact} [END]"
            for fact in _facts(prompt)
            for way in (1, 2)
        )
    if "[Start of Verdict]" in asked:
        verdict = "YES" if _input(prompt, "Answer") in _input(prompt, "Document") else "NO"
        return _judged("Verdict", verdict)
    if "[Start of Relevance]" in asked:
        return _judged("Relevance", "2")
    if "[Start of Rating]" in asked:
        return _judged("Rating", "1")
    if "[Start of Score]" in asked:
        return _judged("Score", "3")
    if "[Start of Response]" in asked:
        return f"[Start of Response] An answer to: {_input(prompt, 'Question')} [End of Response]"
    number = int(_input(prompt, "Number"))
    tag = "New Context" if "[Start of New Context]" in asked else "New Question"
    mark = hashlib.sha256(prompt.encode()).hexdigest()[:6]
    return "\n".join(f"[Start of {tag}] {tag} {mark}-{index} [End of {tag}]" for index in range(number))


def _input(prompt: str, name: str) -> str:
    match = re.search(rf"^\[Start of {name}\]\n(.*?)\n\[End of {name}\]$", prompt, re.DOTALL | re.MULTILINE)
    return match[1] if match else ""


def _facts(prompt: str) -> list[str]:
    lines = [line for line in _input(prompt, "Document").splitlines() if line and not line.startswith("#")]
    return [sentence for line in lines for sentence in split_sentences(line)]


def _key(fact: str) -> str:
    return " ".join(fact.split()[:6])


def _choices(prompt: str) -> str:
    """Multiple-choice questions of which none has A as its right letter, which must not shift the labels."""
    facts = _facts(prompt)
    replies = []
    for index, fact in enumerate(facts[: int(_input(prompt, "Number"))]):
        right = 1 + index % 3
        texts = [f"Not fact {index}, choice {place}." for place in range(4)]
        texts[right] = fact
        shown = " ".join(f"[{letter}] {text}" for letter, text in zip("ABCD", texts, strict=True))
        replies.append(f"[CHOICE QUESTION] Which is said of {_key(fact)}? {shown} [CORRECT] {'ABCD'[right]} [END]")
    return "\n".join(replies)


def _judged(name: str, verdict: str) -> str:
    reason = "[Start of Explanation] It is so. [End of Explanation]"
    return f"{reason} [Start of {name}] {verdict} [End of {name}]"


if __name__ == "__main__":
    main()
