"""Words on the command line of a training that this machine, or Slurm, has numbers for."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from typing import Any

from core.config.options.train import DeviceOptions
from core.errors import LabtopError
from core.system.devices import usable_devices
from core.system.gpu import GpuReading, read_gpus
from core.training.failures import unknown_host

PORT = 29500
"""torchrun's default port of a rendezvous."""


def without_words(
    values: Mapping[str, Any], environment: Mapping[str, str] | None = None, reading: GpuReading | None = None
) -> dict[str, Any]:
    """The options of `model train` with numbers for `--nproc-per-node gpu` and `--nnodes slurm`.

    What is given besides `--nnodes slurm` counts before Slurm's variables. Raises LabtopError without GPUs, or outside
    of a job step.
    """
    environment = os.environ if environment is None else environment
    found = dict(values)
    if found.get("nproc_per_node") == "gpu":
        count = len(usable_devices(reading or read_gpus(), environment))
        if not count:
            raise LabtopError(
                "--nproc-per-node gpu is the number of this machine's GPUs, and it has none.",
                hint="Use a number, with --device cpu.",
                code="no-gpu",
            )
        found["nproc_per_node"] = count
    if found.get("nnodes") == "slurm":
        found = {**found, **slurm_nodes(environment), **{k: v for k, v in found.items() if k != "nnodes"}}
    return found


def slurm_nodes(environment: Mapping[str, str]) -> dict[str, Any]:
    """Number of nodes, node rank, endpoint and id of a job step, by srun's variables."""
    try:
        nnodes = int(_of_step(environment, "SLURM_STEP_NUM_NODES", "SLURM_NNODES"))
        node_rank = int(environment["SLURM_NODEID"])
        hosts = _of_step(environment, "SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST")
    except (KeyError, ValueError):
        raise LabtopError(
            "--nnodes slurm reads the variables that srun sets, and they are missing.",
            hint="Start it with srun: srun --nodes 2 --ntasks-per-node 1 labtop model train --nnodes slurm …",
            code="no-slurm",
        ) from None
    tasks = environment.get("SLURM_STEP_TASKS_PER_NODE", "1")
    if any(int(number) > 1 for number in re.findall(r"(?:^|,)(\d+)", tasks)):
        raise LabtopError(
            f"Slurm starts several tasks on a node (SLURM_STEP_TASKS_PER_NODE={tasks}), and one is needed.",
            hint="Use --ntasks-per-node 1: each task starts the processes of its node, by --nproc-per-node.",
            code="no-slurm",
        )
    found: dict[str, Any] = {"nnodes": nnodes, "node_rank": node_rank}
    if nnodes > 1:
        found["rdzv_endpoint"] = f"{first_host(hosts)}:{PORT}"
    if "SLURM_JOB_ID" in environment:
        found["rdzv_id"] = environment["SLURM_JOB_ID"]
    return found


def _of_step(environment: Mapping[str, str], name: str, of_job: str) -> str:
    """A variable of the job step; older versions of Slurm have only that of the job."""
    return environment.get(name) or environment[of_job]


def first_host(hosts: str) -> str:
    """The first host of Slurm's list, such as gpu03 of `gpu[03-04,7],login1`."""
    found = re.match(r"(?:[^\[,]|\[[^\]]*\])*", hosts)
    return re.sub(r"\[(\w+)[^\]]*\]", r"\1", found[0] if found else hosts)


def check_rendezvous(options: DeviceOptions) -> None:
    """Raises LabtopError if this machine does not know the host of `--rdzv-endpoint`; torch retries for minutes."""
    if options.nnodes == 1 or options.rdzv_endpoint is None:
        return
    host = options.rdzv_endpoint.rpartition(":")[0].strip("[]")
    try:
        socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):
        message, hint, code = unknown_host(host)
        raise LabtopError(message, hint=hint, code=code) from None
