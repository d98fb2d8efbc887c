"""`python -m tests.gpu`: figures of training and serving on one GPU, one JSON line each, in under five minutes.

Each line has the figure's name, its verdict (good, bad, measured, skipped or failed) and its values; the exit status is
1 if any is bad or failed. `--only NAME` measures some of them. `--device cpu --tiny` runs the same code on a processor.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers.utils import logging

from tests.gpu import kernels, programs
from tests.gpu.machine import Machine
from tests.gpu.verdict import Figure, SkippedError

FIGURES: dict[str, Callable[[Machine], Figure]] = {
    "training": programs.training,
    "utilisation": kernels.utilisation,
    "packing": kernels.packing,
    "memory": kernels.memory,
    "liger": kernels.liger,
    "fsdp2": programs.fsdp2,
    "qlora": programs.qlora,
    "generation": programs.generation,
}


def measure(name: str, machine: Machine) -> dict[str, Any]:
    """One figure as a JSON object."""
    began = time.perf_counter()
    record: dict[str, Any] = {"figure": name, "device": machine.device.type}
    try:
        figure = FIGURES[name](machine)
        record |= {"verdict": figure.verdict, **figure.values}
    except SkippedError as reason:
        record |= {"verdict": "skipped", "reason": str(reason)}
    except Exception as error:
        traceback.print_exc()
        record |= {"verdict": "failed", "reason": f"{type(error).__name__}: {error}".partition("\n")[0]}
    gc.collect()
    machine.forget_peak()
    return {**record, "seconds": round(time.perf_counter() - began, 1)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--only", choices=FIGURES, action="append")
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        print("There is no GPU here; the same code runs with --device cpu --tiny.", file=sys.stderr)
        return 2
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        device = torch.device("cuda:0" if arguments.device == "cuda" else "cpu")
        machine = Machine(device, arguments.tiny or arguments.device == "cpu", Path(folder))
        programs.prepare(machine)
        for name in arguments.only or FIGURES:
            record = measure(name, machine)
            verdicts.append(record["verdict"])
            print(json.dumps(record), flush=True)
    return int(any(verdict in ("bad", "failed") for verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main())
