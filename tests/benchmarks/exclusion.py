"""Questions of training data against 16,000 held-out ones, and against comparing with all of them by rapidfuzz.

Half of the asked are new, half are held-out ones with a few characters changed. Run as
`python -m tests.benchmarks.exclusion`; prints one JSON line. Times are of the processor.
"""

from __future__ import annotations

import json
import time
from random import Random
from typing import Any

from rapidfuzz import fuzz, process

from core.sdg.datasets.exclusion import Exclusion

HELD_OUT = 16_000
ASKED = 2_000
COMPARED = 100
"""Of the asked, with all held-out ones."""


def question(random: Random, words: list[str]) -> str:
    return " ".join(random.choices(words, k=random.randint(8, 16))) + "?"


def main() -> None:
    random = Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(random.choices(letters, k=random.randint(3, 10))) for _ in range(8_000)]
    held_out = [question(random, words) for _ in range(HELD_OUT)]
    asked = [question(random, words) for _ in range(ASKED // 2)]
    asked += [changed(random, random.choice(held_out)) for _ in range(ASKED - len(asked))]
    started = time.process_time()
    exclusion = Exclusion(held_out)
    built = time.process_time()
    found = sum(exclusion.holds(text) for text in asked)
    done = time.process_time()
    for text in asked[:COMPARED]:
        process.extract(text, held_out, scorer=fuzz.ratio, score_cutoff=90, limit=None)
    compared = time.process_time()
    ours, all_of_them = 1000 * (done - built) / ASKED, 1000 * (compared - done) / COMPARED
    result: dict[str, Any] = {
        "benchmark": "exclusion",
        "held_out": HELD_OUT,
        "asked": ASKED,
        "found": found,
        "build_seconds": round(built - started, 2),
        "ms_a_row": round(ours, 3),
        "ms_a_row_comparing_all": round(all_of_them, 3),
        "ratio": round(all_of_them / ours, 1),
    }
    print(json.dumps(result))


def changed(random: Random, text: str) -> str:
    at = random.randrange(len(text) - 3)
    return text[:at] + text[at + 3 :]


if __name__ == "__main__":
    main()
