"""What it costs to follow the events of a long training: seconds and megabytes by steps, one batch of 200 at a time.

Prints one JSON line; `ratio` is the cost of a step in the longest run to that in the shortest.
"""

from __future__ import annotations

import json
import time
import tracemalloc

from core.events import Event
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce

STEPS = (20_000, 80_000, 320_000)
BATCH = 200


def follow(steps: int) -> JobState:
    state = JobState()
    for start in range(0, steps, BATCH):
        figures = {"loss": 1.0, "lr": 0.1, "grad_norm": 0.5, "tokens_per_second": 9.0}
        events = [
            Event(step, 1.0, 1.0, "metric", "train", {"step": step, "values": figures})
            for step in range(start, start + BATCH)
        ]
        state = reduce(state, events)
    return state


def main() -> None:
    seconds, megabytes = {}, {}
    for steps in STEPS:
        started = time.perf_counter()
        state = follow(steps)
        seconds[steps] = time.perf_counter() - started
        del state
    for steps in STEPS[:2]:
        tracemalloc.start()
        state = follow(steps)
        megabytes[steps] = tracemalloc.get_traced_memory()[0] / 1e6
        tracemalloc.stop()
        del state
    ratio = seconds[STEPS[-1]] / STEPS[-1] / (seconds[STEPS[0]] / STEPS[0])
    figures = {
        "seconds": {str(steps): round(value, 3) for steps, value in seconds.items()},
        "megabytes": {str(steps): round(value, 2) for steps, value in megabytes.items()},
    }
    print(json.dumps({"benchmark": "job_events", **figures, "ratio": round(ratio, 2)}))


if __name__ == "__main__":
    main()
