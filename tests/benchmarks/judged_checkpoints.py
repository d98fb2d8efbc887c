"""MT-Bench of ten checkpoints: how many servers start, and how busy a judge with 64 slots is. One JSON line each.

- `servers`: ten tiny models on the embedded server, and one judge. The target is 11 starts and one load of the judge.
- `judge`: 3,000 judgements by a judge with 64 slots that takes 200 ms for each. The target is 95 % busy.

Run as `python -m tests.benchmarks.judged_checkpoints [PART…]`.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.evaluation.judging.worker import judge
from core.events import Reporter
from core.serving.names import BUILTIN_TEACHER
from tests.core.evaluation.judging.helpers import checkpoints, judge_server, judgements_of, local_session, run
from tests.core.serving.tiny_model import make_tiny_model
from tests.with_torch import call_with_torch

CHECKPOINTS = 10
SLOTS = 64
LATENCY = 0.2
JUDGEMENTS = 3_000


def servers(folder: Path) -> dict[str, Any]:
    """The starts of a session's servers."""
    os.environ["LABTOP_HOME"] = str(folder / "home")
    model = call_with_torch(make_tiny_model, folder / "tiny")
    started = time.perf_counter()
    _, names = run(local_session(folder, checkpoints(model, folder, CHECKPOINTS)))
    return {
        "checkpoints": CHECKPOINTS,
        "server_starts": len(names),
        "judge_loads": names.count(BUILTIN_TEACHER),
        "seconds": round(time.perf_counter() - started, 1),
    }


def judging(folder: Path) -> dict[str, Any]:
    """The share of the judge's slots that is busy."""
    with judge_server("--slots", SLOTS, "--latency", LATENCY) as server:
        judge(judgements_of(folder, server, JUDGEMENTS).model_dump(mode="json"), Reporter.silent())
        figures = server.statistics()
    return {"judgements": figures["answered"], "slot_use": round(figures["use"], 4)}


PARTS: dict[str, Callable[[Path], dict[str, Any]]] = {"servers": servers, "judge": judging}


def main() -> None:
    for name in sys.argv[1:] or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps({"benchmark": f"judged_checkpoints.{name}", **PARTS[name](Path(folder))}), flush=True)


if __name__ == "__main__":
    main()
