"""`--nproc-per-node gpu` and `--nnodes slurm`."""

from __future__ import annotations

from typing import Any

import pytest

from core.commands.nodes import first_host, without_words
from core.errors import LabtopError
from core.system.gpu import GpuMonitor, GpuReading
from tests.core.system.fake_nvml import FakeNvml, gpu

SRUN = {
    "SLURM_JOB_ID": "4711",
    "SLURM_NNODES": "4",
    "SLURM_JOB_NODELIST": "gpu[01-04]",
    "SLURM_STEP_NUM_NODES": "2",
    "SLURM_STEP_NODELIST": "gpu[03-04]",
    "SLURM_STEP_TASKS_PER_NODE": "1(x2)",
    "SLURM_NODEID": "1",
}
"""The variables of one task of `srun --nodes 2 --ntasks-per-node 1` in an allocation of four nodes."""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"nnodes": 2, "node_rank": 1, "rdzv_endpoint": "gpu03:29500", "rdzv_id": "4711"}),
        ({"rdzv_endpoint": "ib3:1"}, {"nnodes": 2, "node_rank": 1, "rdzv_endpoint": "ib3:1", "rdzv_id": "4711"}),
    ],
)
def test_slurm_gives_nodes_rank_and_endpoint(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert without_words({"nnodes": "slurm", **given}, SRUN) == expected


@pytest.mark.parametrize("tasks", ["1", "1(x2)", "1,1", "1(x16),1"])
def test_slurm_may_write_one_task_a_node_in_several_ways(tasks: str) -> None:
    assert without_words({"nnodes": "slurm"}, {**SRUN, "SLURM_STEP_TASKS_PER_NODE": tasks})["nnodes"] == 2


def test_slurm_step_on_one_node_has_no_endpoint() -> None:
    step = {**SRUN, "SLURM_STEP_NUM_NODES": "1", "SLURM_STEP_NODELIST": "gpu[03]", "SLURM_NODEID": "0"}
    assert without_words({"nnodes": "slurm"}, step) == {"nnodes": 1, "node_rank": 0, "rdzv_id": "4711"}


def test_slurm_variables_count_only_when_asked_for() -> None:
    assert without_words({"nnodes": 3}, SRUN) == {"nnodes": 3}


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "reads the variables that srun sets"),
        ({**SRUN, "SLURM_NODEID": "x"}, "reads the variables that srun sets"),
        ({**SRUN, "SLURM_STEP_TASKS_PER_NODE": "8(x2)"}, "several tasks on a node"),
        ({**SRUN, "SLURM_STEP_TASKS_PER_NODE": "1,2"}, "several tasks on a node"),
    ],
)
def test_slurm_step_that_does_not_fit_is_an_error(environment: dict[str, str], words: str) -> None:
    with pytest.raises(LabtopError, match=words):
        without_words({"nnodes": "slurm"}, environment)


@pytest.mark.parametrize(
    ("hosts", "first"),
    [
        ("node1", "node1"),
        ("node1,node2", "node1"),
        ("gpu[03-04,7],login1", "gpu03"),
        ("rack[2,4]n[08-09].hpc,x", "rack2n08.hpc"),
        ("gpu[03-04]-ib,gpu7", "gpu03-ib"),
        ("c-[002,007,016-017]-ib0", "c-002-ib0"),
        ("n[1-3]-[5,7]suffix,z", "n1-5suffix"),
        ("n[1-2][3-4]", "n13"),
        ("n[9-11,2]", "n9"),
        ("[1-3]", "1"),
        ("login,gpu[01-04]", "login"),
        ("a100-x[10-12].hpc.example", "a100-x10.hpc.example"),
    ],
)
def test_first_host_of_a_list(hosts: str, first: str) -> None:
    assert first_host(hosts) == first


def test_gpu_is_the_number_of_gpus_here() -> None:
    nvml = FakeNvml(*(gpu(nvmlDeviceGetUUID=f"GPU-{index}") for index in range(4)))
    reading = GpuMonitor(lambda: nvml).read()
    assert without_words({"nproc_per_node": "gpu"}, {}, reading) == {"nproc_per_node": 4}
    assert without_words({"nproc_per_node": "gpu"}, {"CUDA_VISIBLE_DEVICES": "2,3"}, reading) == {"nproc_per_node": 2}
    with pytest.raises(LabtopError, match="it has none"):
        without_words({"nproc_per_node": "gpu"}, {}, GpuReading(absent="There is no NVIDIA driver."))
