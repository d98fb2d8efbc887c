"""Generation through the whole `full` pipeline, in four parts; each prints one JSON line.

- `full`: against a bare aiohttp loop of as many independent requests. Both meet the same server, of 64 slots that each
  take 200 ms a reply, one after the other in one run.
- `rows`: how soon the first request comes with 200,000 rows, and the most memory that the process took by then.
- `endpoints`: four endpoints of 8 slots against one.
- `slots`: the share of 8, 64 and 256 slots that is busy when the server does not say how many it has.

Run as `python -m tests.benchmarks.generation [PART…]`.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
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
        figures = server.statistics()
    used = after.children_user + after.children_system - cpu.children_user - cpu.children_system
    requests = json.loads(output.stdout)["requests"]
    return {
        "requests": requests,
        "seconds": round(wall, 2),
        "server_seconds": round(figures["span"], 2),
        "per_second": round(requests / figures["span"], 1),
        "slot_use": round(figures["use"], 4),
        "before_first_request": round(figures["first"] - started, 3),
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
        figures = server.statistics()
    return {
        "server_seconds": round(figures["span"], 2),
        "per_second": round(count / figures["span"], 1),
        "slot_use": round(figures["use"], 4),
    }


def full() -> dict[str, Any]:
    ours = pipeline()
    anchor = bare(ours["requests"])
    return {
        "slots": SLOTS,
        "latency": LATENCY,
        "labtop": ours,
        "bare_aiohttp": anchor,
        "ratio": round(ours["per_second"] / anchor["per_second"], 4),
    }


@contextmanager
def running(request: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """A worker process that is ended when enough was seen."""
    process = subprocess.Popen([sys.executable, "-c", RUN], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(request))
        process.stdin.close()
        yield process
    finally:
        process.kill()
        process.wait()


def rows() -> dict[str, Any]:
    """40 leaves of 1,000 chunks with 5 seed examples each."""
    leaves = [replace(knowledge_leaf(document(1000), SEEDS), path=f"knowledge/leaf{number}") for number in range(40)]
    found = {}
    for name, some in (("few", [knowledge_leaf(document(CHUNKS), SEEDS)]), ("many", leaves)):
        with tempfile.TemporaryDirectory() as folder, rule_server(*SERVER) as server:
            request = arguments(server, Path(folder), *some)
            started = time.perf_counter()
            with running(request) as process:
                while not (figures := server.statistics())["answered"]:
                    time.sleep(0.05)
                peak = next(
                    line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmHWM" in line
                )
        found[name] = {"first_request": round(figures["first"] - started, 3), "peak_mb": int(peak.split()[1]) // 1024}
    return {"rows": 200_000, "few_rows": found["few"], "many_rows": found["many"]}


def endpoints() -> dict[str, Any]:
    """As many requests for four endpoints, which share them, as for one."""
    seconds = []
    for count in (1, 4):
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            options = ("--slots", 8, "--latency", LATENCY, "--vary")
            servers = [stack.enter_context(rule_server(*options)) for _ in range(count)]
            leaf = knowledge_leaf(document(CHUNKS // 6), SEEDS)
            request = arguments("", Path(folder), leaf, endpoint_url=[server.url for server in servers])
            subprocess.run([sys.executable, "-c", RUN], input=json.dumps(request), capture_output=True, text=True)
            figures = [server.statistics() for server in servers]
        seconds.append(max(each["first"] + each["span"] for each in figures) - min(each["first"] for each in figures))
    return {"seconds": [round(each, 2) for each in seconds], "ratio": round(seconds[0] / seconds[1], 2)}


WATCHED_SECONDS = 10.0


def slots() -> dict[str, Any]:
    """Seen for ten seconds, half a minute after the first request; replies take so long that no client is busy."""
    busy = {}
    for count, latency in ((8, 0.2), (64, 0.5), (256, 2.0)):
        leaf = knowledge_leaf(document(2000), SEEDS)
        options = ("--slots", count, "--latency", latency, "--vary", "--no-props")
        with (
            tempfile.TemporaryDirectory() as folder,
            rule_server(*options) as server,
            running(arguments(server, Path(folder), leaf)),
        ):
            while not server.statistics()["answered"]:
                time.sleep(0.1)
            time.sleep(30)
            before, since = server.statistics()["answered"], time.perf_counter()
            time.sleep(WATCHED_SECONDS)
            answered, seconds = server.statistics()["answered"] - before, time.perf_counter() - since
        busy[str(count)] = round(answered * latency / count / seconds, 3)
    return {"busy": busy}


PARTS = {"full": full, "rows": rows, "endpoints": endpoints, "slots": slots}


def main(names: Sequence[str]) -> None:
    for name in names or PARTS:
        print(json.dumps({"benchmark": "generation", "part": name, **PARTS[name]()}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
