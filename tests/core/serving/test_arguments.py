"""The arguments of the serve job as they cross the process border."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import LabtopError
from core.serving.arguments import ServeJob

JOB = ServeJob(model="/models/tiny", host="127.0.0.1", port=8000)


def test_serve_job_round_trip() -> None:
    assert ServeJob.from_data(json.loads(json.dumps(JOB.to_data()))) == JOB


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"port": 70_000}, "Serving: port: input should be less than or equal to 65535."),
        ({"modle": "x"}, "Serving has no option modle."),
        ({"model": None}, "Serving: model: input should be a valid string."),
    ],
)
def test_invalid_argument_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(LabtopError) as raised:
        ServeJob.from_data({**JOB.to_data(), **change})
    assert raised.value.message == message
