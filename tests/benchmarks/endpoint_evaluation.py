"""Multiple choice over an endpoint of 64 slots that each take 200 ms a question.

Prints one JSON line; `slot_use` is the share of the slots that was busy from the first request to the last reply, as
the server measures it.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.request import urlopen

from core.config.options.evaluate import EndpointOptions
from core.evaluation.multiple_choice.endpoint_model import EndpointEvaluator
from core.evaluation.results import Loglikelihoods
from core.evaluation.task_rows import Question
from core.evaluation.tasks import Task
from tests.core.evaluation.multiple_choice.letter_server import letter_server

SLOTS = 64
LATENCY = 0.2
QUESTIONS = 64 * 60


def main() -> None:
    questions = tuple(
        Question(f"Question {n}?{' word' * 120}\nAnswer:", tuple("ABCD"), n % 4) for n in range(QUESTIONS)
    )
    found: dict[int, Loglikelihoods] = {}
    with letter_server("--slots", SLOTS, "--latency", LATENCY) as url:
        evaluator = EndpointEvaluator(EndpointOptions(endpoint_url=(url,)), few_shots=None)
        start = time.perf_counter()
        evaluator.score(Path("letters"), [Task("made_up", questions)], {}, lambda _, rows: found.update(rows))
        seconds = time.perf_counter() - start
        with urlopen(url.removesuffix("/v1") + "/seen") as response:
            use = json.load(response)["use"]
    figures = {
        "benchmark": "endpoint_evaluation",
        "questions": len(found),
        "slots": SLOTS,
        "seconds": round(seconds, 2),
        "slot_use": round(use, 4),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
