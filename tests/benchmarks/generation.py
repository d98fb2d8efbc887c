"""Generation through the whole `full` pipeline against a bare aiohttp loop of as many independent requests.

Both meet the same server, of 64 slots that each take 200 ms a reply, one after the other in one run.
Run as `python -m tests.benchmarks.generation`; prints one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from tests.core.sdg.helpers import arguments, document, knowledge_leaf, rule_server

SLOTS = 64
LATENCY = 0.2
CHUNKS = 60
SEEDS = 5
SERVER = ("--slots", SLOTS, "--latency", LATENCY, "--vary")

RUN = "import json, sys; from core.events import Reporter; from core.sdg.worker import generate; "
RUN += "print(json.dumps(generate(json.load(sys.stdin), Reporter.silent())))"


def pipeline() -> dict[str, Any]:
    """A worker process from its start on, as a job starts it."""
    with tempfile.TemporaryDirectory() as folder, rule_server(*SERVER) as server:
        request = arguments(server, Path(folder), knowledge_leaf(document(CHUNKS), SEEDS))
        started, cpu = time.perf_counter(), os.times()
        output = subprocess.run(
            [sys.executable, "-c", RUN], input=json.dumps(request), capture_output=True, text=True, check=True
        )
        wall, after = time.perf_counter() - started, os.times()
        told = server.told()
    used = after.children_user + after.children_system - cpu.children_user - cpu.children_system
    requests = json.loads(output.stdout)["requests"]
    return {
        "requests": requests,
        "seconds": round(wall, 2),
        "server_seconds": round(told["span"], 2),
        "per_second": round(requests / told["span"], 1),
        "slot_use": round(told["use"], 4),
        "before_first_request": round(told["first"] - started, 3),
        "cpu_ms_a_request": round(1000 * used / requests, 3),
    }


async def _bare(url: str, count: int) -> None:
    body = {
        "model": "rules",
        "messages": [{"role": "user", "content": "Reply with [Start of Rating]" + " word" * 300}],
        "max_tokens": 512,
    }
    numbers = iter(range(count))

    async def ask(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            async with session.post(f"{url}/chat/completions", json={**body, "seed": number}) as response:
                await response.json()

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(ask(session) for _ in range(2 * SLOTS)))


def bare(count: int) -> dict[str, Any]:
    with rule_server(*SERVER) as server:
        asyncio.run(_bare(server.url, count))
        told = server.told()
    return {
        "server_seconds": round(told["span"], 2),
        "per_second": round(count / told["span"], 1),
        "slot_use": round(told["use"], 4),
    }


def main() -> None:
    ours = pipeline()
    anchor = bare(ours["requests"])
    print(
        json.dumps(
            {
                "benchmark": "generation",
                "slots": SLOTS,
                "latency": LATENCY,
                "labtop": ours,
                "bare_aiohttp": anchor,
                "ratio": round(ours["per_second"] / anchor["per_second"], 4),
            }
        )
    )


if __name__ == "__main__":
    main()
