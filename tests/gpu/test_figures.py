"""The figures for GPUs on a processor with tiny sizes: all of their code but the kernels."""

from __future__ import annotations

import pytest
import torch

from tests.gpu.__main__ import FIGURES, measure
from tests.gpu.machine import Machine
from tests.gpu.programs import prepare

pytestmark = [pytest.mark.slow, pytest.mark.torch]

EXPECTED = {
    "training": "good",
    "utilisation": "measured",
    "packing": "measured",
    "memory": "measured",
    "liger": "skipped",
    "fsdp2": "good",
    "qlora": "skipped",
    "generation": "good",
}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    made = Machine(torch.device("cpu"), tiny=True, folder=tmp_path_factory.mktemp("gpu"))
    prepare(made)
    return made


def test_all_figures_are_tested() -> None:
    assert set(EXPECTED) == set(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_figure(machine: Machine, name: str) -> None:
    record = measure(name, machine)
    assert record["verdict"] == EXPECTED[name], record
    assert "reason" in record or any(isinstance(value, float | list) for value in record.values())
    if name == "packing":
        assert "varlen" in record["attention"]
        assert 0 < record["padding"] < 1
