"""Planning an epoch of a million samples for eight ranks, one step after the other, as a training does.

Prints one JSON line. `balance` is the ranks' mean number of tokens in a step over that of the fullest rank, over all
steps; `fill` is the share of the padded tokens that are not padding.
"""

from __future__ import annotations

import json
import random
import time
from array import array
from itertools import product

from core.training.plan import TrainingPlan

SAMPLES = 1_000_000
RANKS = 8


def balance(plan: TrainingPlan) -> float:
    loads = [
        [sum(plan.lengths[sample] for batch in rank for sample in batch.samples) for rank in step.ranks]
        for step in plan.steps()
    ]
    return sum(map(sum, loads)) / sum(RANKS * max(load) for load in loads)


def main() -> None:
    draw = random.Random(1)
    lengths = array("i", [min(4096, max(20, int(draw.lognormvariate(5.5, 0.8)))) for _ in range(SAMPLES)])
    loss_tokens = array("i", [length // 2 for length in lengths])
    for batch_size, packed in product((128, 3840), (False, True)):
        plan = TrainingPlan(lengths, batch_size, 60_000, 1, 1, loss_tokens, RANKS, packed)
        began, wall = time.process_time(), time.perf_counter()
        padded_tokens = sum(step.padded_tokens for step in plan.steps())
        figures = {
            "benchmark": "epoch_plan",
            "samples": SAMPLES,
            "ranks": RANKS,
            "batch_size": batch_size,
            "packed": packed,
            "seconds": round(time.perf_counter() - wall, 2),
            "processor_seconds": round(time.process_time() - began, 2),
            "balance": round(balance(plan), 4),
            "fill": round(sum(lengths) / padded_tokens, 3),
        }
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
