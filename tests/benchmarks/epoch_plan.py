"""Planning an epoch of a million samples for eight ranks.

Prints one JSON line. `balance` is the ranks' mean number of tokens in a step over that of the fullest rank, over all
steps; `fill` is the share of the padded tokens that are not padding.
"""

from __future__ import annotations

import json
import random
import time
from itertools import product

from core.training.plan import EpochPlan, plan_epoch

SAMPLES = 1_000_000
RANKS = 8


def balance(plan: EpochPlan, lengths: list[int]) -> float:
    loads = [
        [sum(lengths[sample] for batch in rank for sample in batch.samples) for rank in step.ranks]
        for step in plan.steps
    ]
    return sum(map(sum, loads)) / sum(RANKS * max(load) for load in loads)


def main() -> None:
    draw = random.Random(1)
    lengths = [min(4096, max(20, int(draw.lognormvariate(5.5, 0.8)))) for _ in range(SAMPLES)]
    loss_tokens = [length // 2 for length in lengths]
    for batch_size, packed in product((128, 3840), (False, True)):
        began, wall = time.process_time(), time.perf_counter()
        plan = plan_epoch(
            lengths,
            loss_tokens=loss_tokens,
            batch_size=batch_size,
            max_tokens=60_000,
            seed=1,
            epoch=0,
            world_size=RANKS,
            packed=packed,
        )
        figures = {
            "benchmark": "epoch_plan",
            "samples": SAMPLES,
            "ranks": RANKS,
            "batch_size": batch_size,
            "packed": packed,
            "seconds": round(time.perf_counter() - wall, 2),
            "processor_seconds": round(time.process_time() - began, 2),
            "balance": round(balance(plan, lengths), 4),
            "fill": round(sum(lengths) / plan.padded_tokens, 3),
        }
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
