"""Multiple choice over an endpoint of 64 slots that each take 200 ms a question, against a bare aiohttp loop.

Prints one JSON line; `slot_use` is the share of the slots that was busy from the first request to the last reply, as
the server measures it, and `bare_slot_use` that of as many requests of 128 coroutines that do nothing else. Both meet a
server of their own, one after the other.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from urllib.request import urlopen

import aiohttp

from core.config.options.evaluate import EndpointOptions
from core.evaluation.multiple_choice.endpoint_model import EndpointEvaluator
from core.evaluation.results import Loglikelihoods
from core.evaluation.task_rows import Question
from core.evaluation.tasks import Task
from tests.core.evaluation.multiple_choice.letter_server import letter_server

SLOTS = 64
LATENCY = 0.2
QUESTIONS = 64 * 80


def evaluated(url: str) -> tuple[int, float]:
    """The number of answered questions, and the processor time of one in milliseconds."""
    text = f"{' word' * 120}\nAnswer:"
    questions = tuple(Question(f"Question {n}?{text}", tuple("ABCD"), n % 4) for n in range(QUESTIONS))
    found: dict[int, Loglikelihoods] = {}
    evaluator = EndpointEvaluator(EndpointOptions(endpoint_url=(url,)), few_shots=None)
    start = time.process_time()
    evaluator.score(Path("letters"), [Task("made_up", questions)], {}, lambda _, rows: found.update(rows))
    return len(found), 1000 * (time.process_time() - start) / len(found)


async def bare(url: str) -> None:
    numbers = iter(range(QUESTIONS))

    async def ask(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            messages = [{"role": "user", "content": f"Question {number}?{' word' * 120}"}]
            async with session.post(f"{url}/chat/completions", json={"messages": messages, "logprobs": True}) as reply:
                await reply.json()

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(ask(session) for _ in range(2 * SLOTS)))


def slot_use(url: str) -> float:
    with urlopen(url.removesuffix("/v1") + "/seen") as response:
        return round(float(json.load(response)["use"]), 4)


def main() -> None:
    options = ("--slots", SLOTS, "--latency", LATENCY)
    with letter_server(*options) as url:
        asyncio.run(bare(url))
        reference = slot_use(url)
    with letter_server(*options) as url:
        answered, milliseconds = evaluated(url)
        use = slot_use(url)
    figures = {
        "benchmark": "endpoint_evaluation",
        "questions": answered,
        "slots": SLOTS,
        "slot_use": use,
        "bare_slot_use": reference,
        "cpu_ms_a_question": round(milliseconds, 3),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
