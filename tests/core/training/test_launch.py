"""How many processes a training has, and which back end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.config.options.train import DeviceOptions
from core.errors import LabtopError
from core.jobs.launchers import PythonLauncher, TorchrunLauncher
from core.training.launch import check_launch, launcher_for

OUT = Path("/out")


@pytest.mark.parametrize(
    ("options", "backend", "processes"),
    [
        ({}, "none", 0),
        ({"device": "cuda"}, "none", 0),
        ({"nproc_per_node": 2}, "ddp", 2),
        ({"device": "cuda", "nproc_per_node": 8}, "fsdp", 8),
        ({"device": "cuda", "nproc_per_node": 8, "deepspeed_cpu_offload_optimizer": True}, "deepspeed", 8),
        ({"distributed_backend": "fsdp"}, "fsdp", 1),
    ],
)
def test_launcher_follows_device_and_processes(options: dict[str, Any], backend: str, processes: int) -> None:
    asked = DeviceOptions(**options)
    assert asked.backend == backend
    assert launcher_for(asked, OUT) == (TorchrunLauncher(processes) if processes else PythonLauncher())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"distributed_backend": "none", "nproc_per_node": 2}, "one process, not 2"),
        ({"distributed_backend": "fsdp", "deepspeed_cpu_offload_optimizer": True}, "is for deepspeed"),
        (
            {"deepspeed_cpu_offload_optimizer": True, "deepspeed_cpu_offload_optimizer_ratio": 0.5},
            "requires ZeRO stage 3",
        ),
        ({"nnodes": 2}, "2 nodes need --rdzv-endpoint"),
        ({"nnodes": 2, "rdzv_endpoint": "node0"}, "node0 is not HOST:PORT"),
        ({"nnodes": 2, "rdzv_endpoint": ":29500"}, "not HOST:PORT"),
        ({"nnodes": 2, "rdzv_endpoint": "node0:70000"}, "not HOST:PORT"),
        ({"nnodes": 2, "rdzv_endpoint": "node0:1", "node_rank": 2}, "node-rank 2 is not among 2 nodes: .* 0 to 1"),
        ({"node_rank": 1}, "node-rank 1 is not among 1 node: node ranks are 0"),
        (
            {"nnodes": 2, "rdzv_endpoint": "node0:1", "distributed_backend": "none"},
            "back end none is one process, not 2",
        ),
    ],
)
def test_options_that_exclude_each_other_are_an_error(options: dict[str, Any], words: str) -> None:
    with pytest.raises(LabtopError, match=words) as raised:
        check_launch(DeviceOptions(**options))
    assert raised.value.code == "invalid-ranks"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"attention": "flash"}, "flash is for GPUs"),
        ({"attention": "flex"}, "flex is for GPUs"),
        ({"device": "cuda", "attention": "flash", "disable_flash_attn": True}, "exclude each other"),
        ({"device": "cuda", "attention": "flash"}, "flash-attn is not installed"),
        ({"use_liger": "on"}, "Liger's kernels are for GPUs"),
        ({"device": "cuda", "use_liger": "on"}, "liger-kernel is not installed"),
    ],
)
def test_kernels_that_cannot_be_used_are_an_error(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], words: str
) -> None:
    monkeypatch.setattr("core.training.launch.find_spec", lambda _name: None)
    with pytest.raises(LabtopError, match=words) as raised:
        check_launch(DeviceOptions(**options))
    assert raised.value.hint


def test_attention_that_can_be_used_is_accepted() -> None:
    assert launcher_for(DeviceOptions(attention="sdpa"), OUT) == PythonLauncher()
    assert (
        launcher_for(DeviceOptions(device="cuda", attention="flex", disable_flash_attn=True), OUT) == PythonLauncher()
    )


def test_liger_needs_a_whole_output_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.launch.find_spec", lambda _name: True)
    options = {"device": "cuda", "use_liger": "on", "nproc_per_node": 2, "distributed_backend": "deepspeed"}
    assert launcher_for(DeviceOptions(**options), OUT) == TorchrunLauncher(2)
    with pytest.raises(LabtopError, match="ZeRO stage 3"):
        check_launch(DeviceOptions(**options, deepspeed_zero_stage="3"))


def test_nodes_meet_through_the_output_folder() -> None:
    asked = DeviceOptions(device="cuda", nproc_per_node=8, nnodes=2, node_rank=1, rdzv_endpoint="node0:29500")
    assert (asked.backend, asked.world_size) == ("fsdp", 16)
    launcher = launcher_for(asked, OUT)
    assert launcher == TorchrunLauncher(8, 2, 1, "node0:29500", "123", Path("/out/nodes"))
