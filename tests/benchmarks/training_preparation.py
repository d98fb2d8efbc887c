"""Tokenising a million chat samples into the files that trainings map into memory, and opening them again.

Prints one JSON line. `rss_mb` is the highest resident memory of the process, libraries included, while preparing;
`rank_rss_mb` that of a process that opens the entry, reads samples from all of it, and plans an epoch for eight ranks;
torch is not loaded. `--samples N` makes it shorter.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from array import array
from pathlib import Path

from tests.core.serving.tiny_model import TEXT, make_tiny_model
from tests.with_torch import call_with_torch


def write_samples(path: Path, number: int) -> None:
    draw = random.Random(1)
    words = TEXT.split()
    with path.open("w") as stream:
        for _ in range(number):
            question, answer = (" ".join(draw.choices(words, k=count)) for count in (15, 60))
            turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
            stream.write(json.dumps({"messages": turns}) + "\n")


def load(model: Path, data: Path, folder: Path) -> dict[str, float | int | bool]:
    """Prepare or open the entry in this process; its figures."""
    from core.training.plan import TrainingPlan
    from core.training.prepare.tokenizer import load_tokenizer
    from core.training.samples import load_dataset

    tokenizer = load_tokenizer(model)
    began, processor = time.perf_counter(), time.process_time()
    dataset = load_dataset([data], tokenizer, 4096, folder=folder)
    seconds, processor_seconds = time.perf_counter() - began, time.process_time() - processor
    lengths, loss_tokens = (
        array("i", values.astype("int32").tobytes())
        for values in (dataset.samples.lengths, dataset.samples.loss_tokens)
    )
    steps = sum(1 for _ in TrainingPlan(lengths, 128, 60_000, 1, 1, loss_tokens, 8).steps())
    read = sum(len(dataset.samples[index]) for index in range(0, len(dataset.samples), 7))
    return {
        "samples": len(dataset.samples),
        "tokens": int(dataset.samples.lengths.sum()),
        "read": read,
        "steps": steps,
        "reused": dataset.reused,
        "seconds": round(seconds, 2),
        "processor_seconds": round(processor_seconds, 2),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--child", nargs=3, type=Path)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(load(*arguments.child)))
        return
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        model = call_with_torch(make_tiny_model, root / "model")
        write_samples(root / "data.jsonl", arguments.samples)
        command = [sys.executable, "-m", "tests.benchmarks.training_preparation", "--child"]
        paths = [str(model), str(root / "data.jsonl"), str(root / "prepared")]
        first, second = (
            json.loads(subprocess.run([*command, *paths], capture_output=True, check=True, text=True).stdout)
            for _ in range(2)
        )
        assert second["reused"]
        print(
            json.dumps(
                {
                    "benchmark": "training_preparation",
                    **{key: first[key] for key in ("samples", "tokens", "seconds", "processor_seconds", "rss_mb")},
                    "samples_per_second": round(first["samples"] / first["seconds"]),
                    "open_seconds": second["seconds"],
                    "rank_rss_mb": second["rss_mb"],
                }
            )
        )


if __name__ == "__main__":
    main()
