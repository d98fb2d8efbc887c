"""What the tests of judged benchmarks share: a judge in a process of its own, questions, and a context of a job."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.evaluation.judging.arguments import Contestant, SessionOptions, Target
from core.evaluation.judging.judgements import Judging
from core.evaluation.judging.questions import Question
from core.sdg.datasets.jsonl import write_lines

ROOT = Path(__file__).parents[4]


class Judge:
    """A running judge."""

    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.url = f"{self.root}/v1"

    def statistics(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.root}/seen", timeout=60) as response:
            data: dict[str, Any] = json.load(response)
            return data

    @property
    def seen(self) -> Counter[str]:
        """How often each prompt was sent."""
        return Counter(self.statistics()["seen"])


@contextmanager
def judge_server(*options: object) -> Iterator[Judge]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.core.evaluation.judging.judge_server", *map(str, options)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield Judge(int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def question(number: int, category: str = "writing", turns: int = 2, reference: str = "") -> Question:
    texts = tuple(f"Question {number}, turn {turn + 1}." for turn in range(turns))
    return Question(number, category, texts, (reference,) * turns if reference else ())


def write(file: Path, questions: Sequence[Question]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_lines(file, (each.to_data() for each in questions))
    return file


def session(
    folder: Path, judge: Judge, questions: Sequence[Question], models: Sequence[str] = ("judge",), **more: Any
) -> SessionOptions:
    """A session in which the judge's server also answers, as the models."""
    file = write(folder / "question.jsonl", questions)
    return SessionOptions(
        benchmark="mt_bench",
        contestants=tuple(
            Contestant(model=name, name=name, endpoint_url=(judge.url,), questions=file, folder=folder / "files")
            for name in models
        ),
        judge=Target(model="judge", endpoint_url=(judge.url,)),
        judging=Judging("judge"),
        output_dir=folder / "out",
        **more,
    )
