"""A real student, small enough that a training run takes a second, and data for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from core.events import Data, Reporter
from core.quickstart.student import StudentShape, make_student
from core.training.launch import missing_for_deepspeed
from tests.core.training.ranks import compile_deepspeed
from tests.with_torch import made_once

Row = tuple[str, str]

ROWS: tuple[Row, ...] = tuple(
    (question.format(place), f"{place} was built in {year}.")
    for place, year in (("The Kestrel bridge", 1931), ("Marl harbour", 1704), ("The North dome", 1888), ("Ulm", 854))
    for question in ("When was {} built?", "In which year was {} built?", "Which year saw {} built, do you know?")
)


class EventRecorder:
    """Records the events of a reporter."""

    def __init__(self, on_metric: Callable[[int], None] = lambda _step: None) -> None:
        self.events: list[tuple[str, Data]] = []
        self.on_metric = on_metric
        self.reporter = Reporter(self._write)

    def _write(self, kind: str, _stage: str | None, data: Data) -> None:
        self.events.append((kind, data))
        if kind == "metric":
            self.on_metric(data["step"])

    def of(self, kind: str) -> list[Data]:
        return [data for each, data in self.events if each == kind]

    @property
    def losses(self) -> dict[int, float]:
        return {data["step"]: data["values"]["loss"] for data in self.of("metric")}

    @property
    def notes(self) -> str:
        return "\n".join(data["message"] for data in self.of("note"))


def write_rows(path: Path, rows: Sequence[Row] = ROWS, **fields: Any) -> Path:
    lines = [
        json.dumps(
            {
                "messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}],
                "metadata": "{}",
                "id": str(index),
                **fields,
            }
        )
        for index, (question, answer) in enumerate(rows)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shape = StudentShape(vocabulary=420, hidden=64, intermediate=96, layers=2, positions=128)
    texts = [text for row in ROWS for text in row]
    return made_once(tmp_path_factory, "student", make_student, texts, seed=1, shape=shape)


@pytest.fixture(scope="session")
def deepspeed() -> None:
    """DeepSpeed with its compiled module. Skips the test where it cannot run."""
    if reason := missing_for_deepspeed():
        pytest.skip(reason)
    compile_deepspeed()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "data.jsonl")


@pytest.fixture
def arguments(student: Path, data: Path, tmp_path: Path) -> dict[str, Any]:
    """Four steps an epoch: twelve samples, three at a time."""
    return {
        "model_path": str(student),
        "data_path": str(data),
        "ckpt_output_dir": str(tmp_path / "out"),
        "effective_batch_size": 3,
        "learning_rate": 4e-3,
        "num_epochs": 3,
        "warmup_steps": 2,
    }
