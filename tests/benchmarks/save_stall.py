"""How long training waits for a checkpoint and a state, as a share of an epoch.

Trains a model of 13 million parameters on one core for two epochs, each with a checkpoint and a state at its end: first
with writes in the background, then with writes at once. Prints one JSON line. `stall` is what the save after the first
epoch took of training's time, with the wait for its end before the second one, over the time of the second epoch.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from pathlib import Path

from transformers.utils import logging

from core.events import Reporter
from core.quickstart.student import StudentShape, make_student
from core.training import run, saving
from core.training.checkpoint.export import RunningLoss
from core.training.checkpoint.marker import Checkpoint
from core.training.worker import train

TARGET = 0.02
SAMPLES = 128
WORDS = [f"word{number}" for number in range(400)]


class Stopwatch(saving.Saver):
    """A saver that records when its saves begin and end, and how long they wait for the one before."""

    saves: list[tuple[float, float]] = []  # noqa: RUF012
    waits: list[float] = []  # noqa: RUF012

    def save(self, checkpoint: Checkpoint | None, loss: RunningLoss, *, state: bool, may_skip: bool = False) -> None:
        began = time.perf_counter()
        super().save(checkpoint, loss, state=state, may_skip=may_skip)
        self.saves.append((began, time.perf_counter()))

    def finish(self) -> None:
        began = time.perf_counter()
        super().finish()
        self.waits.append(time.perf_counter() - began)


def rows() -> list[str]:
    draw = random.Random(1)

    def words() -> str:
        return " ".join(draw.choices(WORDS, k=draw.randint(20, 60)))

    turns = ([{"role": "user", "content": words()}, {"role": "assistant", "content": words()}] for _ in range(SAMPLES))
    return [json.dumps({"messages": messages, "metadata": "{}", "id": str(n)}) for n, messages in enumerate(turns)]


def stall(folder: Path, output: str) -> tuple[float, float]:
    """Seconds that training waited for the first save, and those of the second epoch."""
    Stopwatch.saves, Stopwatch.waits = [], []
    arguments = {
        "model_path": str(folder / "model"),
        "data_path": str(folder / "data.jsonl"),
        "data_output_dir": str(folder / "tokens"),
        "ckpt_output_dir": str(folder / output),
        "num_epochs": 2,
        "effective_batch_size": 16,
        "threads": 1,
    }
    train(arguments, Reporter.silent())
    (first_began, first_ended), (second_began, _) = Stopwatch.saves[:2]
    # The second save begins with the wait for the first write, if that is not done yet.
    return first_ended - first_began + Stopwatch.waits[1], second_began - first_ended


def main() -> None:
    logging.disable_progress_bar()
    setattr(run, "Saver", Stopwatch)  # noqa: B010
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data.jsonl").write_text("\n".join(rows()) + "\n")
        make_student(folder / "model", rows(), seed=1, shape=StudentShape(1024, 384, 1152, 6))
        background, epoch = stall(folder, "background")
        saving.SMALL_BYTES = 1 << 60
        at_once, plain_epoch = stall(folder, "at-once")
        state = 12 * (folder / "model" / "model.safetensors").stat().st_size // 4
    print(
        json.dumps(
            {
                "benchmark": "save_stall",
                "stall": round(background / epoch, 4),
                "target": TARGET,
                "stall_ms": round(background * 1000, 1),
                "at_once": round(at_once / plain_epoch, 4),
                "at_once_ms": round(at_once * 1000, 1),
                "epoch_seconds": round(epoch, 2),
                "epoch_seconds_at_once": round(plain_epoch, 2),
                "state_mb": round(state / 1e6),
            }
        )
    )


if __name__ == "__main__":
    main()
