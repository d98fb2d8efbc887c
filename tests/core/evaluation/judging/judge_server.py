"""A judge for tests: rates answers by rule, and misbehaves as its options say. Also answers as a model would.

Run as `python -m tests.core.evaluation.judging.judge_server OPTIONS`; prints its port. `GET /seen` returns the prompts'
digests with the number of requests for each.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import socket
import time

from aiohttp import web

from core.evaluation.judging.prompts import GRADED, read_sections
from core.jobs.processes import die_with_parent
from tests.core.sdg.rule_server import RuleTeacher


class ScriptedJudge(RuleTeacher):
    """Rates 1 for an empty answer, else 2 to 10 (or 5) by a digest of the answer; anything else it repeats."""

    async def models(self, _request: web.Request) -> web.Response:
        more = {"root": self.options.root} if self.options.root else {}
        if self.options.created is not None:
            more["created"] = self.options.created or int(time.time())
        return web.json_response({"object": "list", "data": [{"id": self.options.name, "object": "model", **more}]})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        text = "\n".join(message["content"] for message in body["messages"])
        if self._is_refusing():
            return web.json_response({"error": {"message": "not this one"}}, status=self.options.always)
        key = hashlib.sha256(json.dumps(body["messages"]).encode()).hexdigest()
        self.seen[key] += 1
        if self.options.refuse and self.options.refuse in text:
            return web.json_response({"error": {"message": "I cannot"}}, status=400)
        await self.compute()
        read = read_sections(text)
        if read is None:
            return self._reply(f"I read: {body['messages'][-1]['content'][:200]}", body)
        if self.options.nonsense and self.options.nonsense in text:
            return self._reply("What a lovely answer!", body)
        sections, scale = read
        if self.options.repeat:
            return self._reply(f"The answer is: {sections[GRADED]}", body)
        return self._reply(
            f"It is what it is.\n[[{self.options.rating or rating(sections[GRADED], scale.high)}]]", body
        )


def rating(answer: str, top: int) -> int:
    """By rule."""
    return 2 + int(hashlib.sha256(answer.encode()).hexdigest(), 16) % (top - 1) if answer.strip() else 1


def main() -> None:
    die_with_parent()
    parser = argparse.ArgumentParser()
    parser.add_argument("--slots", type=int, default=16)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that a slot is busy with a reply")
    parser.add_argument("--always", type=int, default=0, help="the status of every reply")
    parser.add_argument("--after", type=int, default=0, help="replies that come before --always begins")
    parser.add_argument("--refuse", default="", help="prompts with this text get a 400")
    parser.add_argument("--nonsense", default="", help="prompts with this text get a reply without a rating")
    parser.add_argument("--repeat", action="store_true", help="rate nothing, and repeat the answer")
    parser.add_argument("--root", default="", help="where the model is from, in the list of models")
    parser.add_argument("--created", type=int, help="the model's time in the list of models; 0 for that of the request")
    parser.add_argument("--rating", type=int, default=0, help="of every answer")
    parser.add_argument("--name", default="judge", help="of the model that is served")
    parser.add_argument("--api-key", help="answer 401 to requests without this key")
    parser.add_argument("--hold", type=int, default=0, help="replies after which the next ones wait")
    parser.set_defaults(context=0, no_props=False, usage=False)
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", options.port), backlog=1024)
    print(listener.getsockname()[1], flush=True)
    web.run_app(ScriptedJudge(options).application(), sock=listener, print=None)


if __name__ == "__main__":
    main()
