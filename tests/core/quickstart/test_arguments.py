"""The arguments of the quickstart's job and workers as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.events import Reporter
from core.quickstart.answers import ask
from core.quickstart.arguments import AnswersArguments, QuickstartJob, StudentArguments
from core.quickstart.options import quickstart_spec
from core.quickstart.student import StudentShape

JOB = QuickstartJob(folder=Path("/q"), sample=Path("/s"), student=Path("/m"), short=True, seed=7)
STUDENT = StudentArguments(data_path=(Path("/d"),), output_dir=Path("/o"), seed=3, shape=StudentShape(hidden=64))
ANSWERS = AnswersArguments(endpoints={"base": "http://127.0.0.1:1/v1"}, questions=("Who?",))


@pytest.mark.parametrize("arguments", [JOB, STUDENT, ANSWERS], ids=lambda arguments: type(arguments).__name__)
def test_arguments_survive_json(arguments: QuickstartJob | StudentArguments | AnswersArguments) -> None:
    assert type(arguments).from_data(json.loads(json.dumps(arguments.to_data()))) == arguments


def test_spec_contains_the_job() -> None:
    spec = quickstart_spec(Path("/q"), sample=Path("/s"), student="/m", short=True, seed=7)
    assert QuickstartJob.from_data(spec.options) == JOB


def test_a_job_of_an_earlier_version_names_its_folder_dir() -> None:
    options = {"dir": "/q", "sample": "/s", "student": "/m", "short": True, "seed": 7}
    assert QuickstartJob.from_data(options) == JOB


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"folder": "/q", "seed": -1}, "The quickstart: seed: input should be greater than or equal to 0"),
        ({"folder": "/q", "dir": "/q"}, "The quickstart has no option dir."),
        ({}, "The quickstart: folder is required."),
    ],
)
def test_wrong_job_argument_is_named(data: dict[str, object], message: str) -> None:
    with pytest.raises(LabtopError) as raised:
        QuickstartJob.from_data(data)
    assert raised.value.message.startswith(message)


def test_shape_rejects_unknown_sizes() -> None:
    with pytest.raises(LabtopError, match=r"shape\.width: unexpected"):
        StudentArguments.from_data({"data_path": ["/d"], "output_dir": "/o", "shape": {"width": 8}})


def test_worker_names_a_missing_argument() -> None:
    with pytest.raises(LabtopError, match=r"questions is required"):
        ask({"endpoints": {}}, Reporter.silent())
