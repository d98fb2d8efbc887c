"""What the ranks of a training agree about."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import LabtopError
from core.training.arguments import TrainArguments
from core.training.engine.ranks import MILLISECONDS, collective_timeout
from core.training.worker import check_data

pytestmark = pytest.mark.torch


@pytest.mark.parametrize(
    ("seconds", "environment", "expected"),
    [
        (None, {}, None),
        (90, {}, timedelta(seconds=90)),
        (None, {MILLISECONDS: "1500"}, timedelta(seconds=1.5)),
        (90, {MILLISECONDS: "1500"}, timedelta(seconds=90)),
        (None, {MILLISECONDS: "soon"}, None),
        (None, {MILLISECONDS: "0"}, None),
    ],
)
def test_collective_timeout_is_the_option_or_instructlabs_variable(
    seconds: float | None, environment: dict[str, str], expected: timedelta | None
) -> None:
    assert collective_timeout(seconds, environment) == expected


def test_other_data_on_a_node_is_an_error(arguments: dict[str, Any]) -> None:
    settings = TrainArguments.from_data({**arguments, "nproc_per_node": 2})
    dataset: Any = SimpleNamespace(digest="a")
    same: Any = SimpleNamespace(gather=lambda own: [own] * 4)
    check_data(settings, dataset, same)
    other: Any = SimpleNamespace(gather=lambda own: [own, own, "b", "b"])
    with pytest.raises(LabtopError, match="Node rank 1 has other training data than node rank 0") as raised:
        check_data(settings, dataset, other)
    assert raised.value.hint is not None and str(arguments["data_path"]) in raised.value.hint
