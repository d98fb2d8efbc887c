"""The options of a training on several nodes. Names are InstructLab's."""

from __future__ import annotations

from typing import Annotated, ClassVar

from core.config.options.base import Natural, Options, Positive, once, option


class NodeOptions(Options):
    """Which machines a training runs on, and how they find each other."""

    heading: ClassVar[str] = "Several machines"

    nnodes: Annotated[Positive, once("--nnodes", words=("slurm",))] = 1
    """Number of machines to train on; with more than one the same command runs on each of them. With `slurm` this and
    the three options below are read from the variables of srun."""
    node_rank: Annotated[Natural, once()] = 0
    """Number of this machine among the nodes, from 0. Node rank 0 has the job; the others take part in it."""
    rdzv_endpoint: Annotated[str | None, once("--rdzv-endpoint", metavar="HOST:PORT")] = None
    """Address of node rank 0 and a free port on it, which all nodes can reach."""
    rdzv_id: Annotated[str, once("--rdzv-id", metavar="ID")] = "123"
    """Name of the training, the same on all nodes."""
    rdzv_timeout: Annotated[Positive, once("--rdzv-timeout", unit="seconds")] = 1800
    """Longest time that nodes wait for each other to start."""
    collective_timeout: Annotated[Positive | None, option(unit="seconds")] = None
    """Longest time that a process waits for the others in one exchange. Default: the environment variable
    INSTRUCTLAB_NCCL_TIMEOUT_MS, else torch's: 600 on GPUs, 1800 on processors."""
