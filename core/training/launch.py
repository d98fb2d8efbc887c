"""How a training's processes are started."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from core.config.options.train import DeviceOptions
from core.errors import LabtopError
from core.figures import counted
from core.jobs.launchers import Launcher, PythonLauncher, TorchrunLauncher
from core.jobs.nodes.shared import NODES

STOP_SECONDS = 300.0
"""The longest time to finish a step and save the state after a request to stop."""


def launcher_for(options: DeviceOptions, output: Path) -> Launcher:
    """One process, or the ranks of a back end on this node, which meet the other nodes through the folder `output`.

    Raises LabtopError for options that exclude each other.
    """
    check_launch(options)
    if options.backend == "none":
        return PythonLauncher()
    return TorchrunLauncher(
        options.nproc_per_node,
        options.nnodes,
        options.node_rank,
        options.rdzv_endpoint,
        options.rdzv_id,
        output / NODES if options.nnodes > 1 else None,
        options.rdzv_timeout,
    )


def check_launch(options: DeviceOptions) -> None:
    """Raises LabtopError for options that exclude each other."""
    check_attention(options)
    check_liger(options)
    _check_nodes(options)
    if options.backend == "none":
        if options.world_size > 1:
            raise _invalid(
                f"The back end none is one process, not {options.world_size}.",
                "Choose --distributed-backend ddp, fsdp or deepspeed, or --nproc-per-node 1 on one node.",
            )
        return
    if options.deepspeed_cpu_offload_optimizer and options.backend != "deepspeed":
        raise _invalid(
            f"--deepspeed-cpu-offload-optimizer is for deepspeed, and the back end is {options.backend}.",
            "With fsdp use --fsdp-cpu-offload-optimizer.",
        )
    if options.deepspeed_cpu_offload_optimizer_ratio < 1 and options.deepspeed_zero_stage != "3":
        raise _invalid(
            "--deepspeed-cpu-offload-optimizer-ratio below 1 requires ZeRO stage 3.", "Add --deepspeed-zero-stage 3."
        )


def _check_nodes(options: DeviceOptions) -> None:
    if options.node_rank >= options.nnodes:
        ranks = "0" if options.nnodes == 1 else f"0 to {options.nnodes - 1}"
        raise _invalid(
            f"--node-rank {options.node_rank} is not among {counted(options.nnodes, 'node')}: node ranks are {ranks}.",
            "Pass --nnodes with the number of machines, and a rank below it.",
        )
    if options.nnodes == 1:
        return
    if options.rdzv_endpoint is None:
        raise _invalid(
            f"{options.nnodes} nodes need --rdzv-endpoint, through which they find each other.",
            "Pass HOST:PORT of node rank 0 on all nodes, for example --rdzv-endpoint node0:29500.",
        )
    host, _, port = options.rdzv_endpoint.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise _invalid(
            f"--rdzv-endpoint {options.rdzv_endpoint} is not HOST:PORT.",
            f"Add a free port of node rank 0, for example {options.rdzv_endpoint.partition(':')[0] or 'node0'}:29500.",
        )


def _invalid(message: str, hint: str) -> LabtopError:
    return LabtopError(message, hint=hint, code="invalid-ranks")


def check_attention(options: DeviceOptions) -> None:
    """Raises LabtopError for a kernel of attention that cannot be used."""
    if options.attention not in ("flash", "flex"):
        return
    if options.device == "cpu":
        raise LabtopError(
            f"--attention {options.attention} is for GPUs.",
            hint="On a processor use --attention varlen or padded.",
            code="invalid-attention",
        )
    if options.attention == "flash" and options.disable_flash_attn:
        raise LabtopError(
            "--attention flash and --disable-flash-attn exclude each other.",
            hint="Leave one of them out.",
            code="invalid-attention",
        )
    if options.attention == "flash" and find_spec("flash_attn") is None:
        raise LabtopError(
            "The package flash-attn is not installed.",
            hint="Install it (pip install flash-attn), or use --attention flex or padded.",
            code="invalid-attention",
        )


def check_liger(options: DeviceOptions) -> None:
    """Raises LabtopError if Liger's kernels are asked for and cannot be used."""
    if options.use_liger != "on":
        return
    if options.device == "cpu":
        raise LabtopError("Liger's kernels are for GPUs.", hint="Leave out --use-liger on.", code="invalid-kernels")
    if find_spec("liger_kernel") is None:
        raise LabtopError(
            "The package liger-kernel is not installed.",
            hint="Install it (pip install liger-kernel), or leave out --use-liger on.",
            code="invalid-kernels",
        )
    if shards_head(options):
        raise LabtopError(
            "Liger's loss needs the whole output layer, which ZeRO stage 3 shards.",
            hint="Leave out --use-liger on, or use --distributed-backend fsdp.",
            code="invalid-kernels",
        )


def shards_head(options: DeviceOptions) -> bool:
    """Whether the output layer is whole only while its own forward pass runs."""
    return options.backend == "deepspeed" and options.deepspeed_zero_stage == "3"


def missing_for_deepspeed() -> str | None:
    """Why DeepSpeed cannot run here, as a sentence; None if it can. It compiles modules when it is first used."""
    if find_spec("deepspeed") is None:
        return "DeepSpeed is not installed."
    missing = [program for program in ("g++", "ninja") if shutil.which(program, path=path_with_programs()) is None]
    if missing:
        return f"DeepSpeed compiles modules with {missing[0]}, which is not installed."
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        return "DeepSpeed compiles modules with Python.h, which is not installed."
    return None


def path_with_programs() -> str:
    """PATH with the folder of this Python's programs, such as ninja, first."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
