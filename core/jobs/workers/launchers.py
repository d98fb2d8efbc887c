"""How a worker's processes are started: one process, or the ranks of a distributed run under torchrun."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PythonLauncher:
    """One process."""

    def argv(self, folder: Path, number: int) -> list[str]:
        """The command line of worker `number` of the job in `folder`."""
        return [sys.executable, "-m", "core.jobs.workers.process", str(folder), str(number)]

    def event_files(self, folder: Path, number: int) -> dict[int, Path]:
        """The events file of each rank."""
        return {0: rank_file(folder, number)}

    def agent_files(self, _folder: Path, _number: int) -> tuple[Path, ...]:
        """Where torchrun's agents report how their ranks exited: none, since the process is our own child."""
        return ()


@dataclass(frozen=True)
class TorchrunLauncher:
    """`processes` ranks on this node, alone or as one of `nnodes` with a rendezvous at `rdzv_endpoint`.

    The node of rank 0 owns the job. Another node runs the same command with its own `node_rank` on the shared folder.
    """

    processes: int
    nnodes: int = 1
    node_rank: int = 0
    rdzv_endpoint: str | None = None
    """`host:port` of node 0; needed for more than one node."""

    def __post_init__(self) -> None:
        if self.processes < 1 or not 0 <= self.node_rank < self.nnodes:
            raise ValueError(f"invalid number of processes or nodes: {self}")
        if self.nnodes > 1 and not self.rdzv_endpoint:
            raise ValueError("several nodes need an rdzv_endpoint")

    def argv(self, folder: Path, number: int) -> list[str]:
        """The command line of this node's part of worker `number` of the job in `folder`."""
        rendezvous = (
            ["--standalone", "--local-addr=localhost"]
            if self.nnodes == 1
            else [f"--node-rank={self.node_rank}", f"--rdzv-endpoint={self.rdzv_endpoint}"]
        )
        agent = [sys.executable, "-m", "core.jobs.workers.torchrun", str(folder), str(number), str(self.node_rank)]
        return [
            *agent,
            *rendezvous,
            f"--nnodes={self.nnodes}",
            f"--nproc-per-node={self.processes}",
            "--max-restarts=0",
            "--module",
            "core.jobs.workers.process",
            str(folder),
            str(number),
            "--distributed",
        ]

    def event_files(self, folder: Path, number: int) -> dict[int, Path]:
        """The events file of each rank, including those on other nodes."""
        return {rank: rank_file(folder, number, rank) for rank in range(self.nnodes * self.processes)}

    def agent_files(self, folder: Path, number: int) -> tuple[Path, ...]:
        """Where torchrun's agent on each node reports how its ranks exited."""
        return tuple(agent_file(folder, number, node) for node in range(self.nnodes))


Launcher = PythonLauncher | TorchrunLauncher


def request_file(folder: Path, number: int) -> Path:
    """The file with a worker's target and arguments."""
    return folder / f"worker-{number}.request.json"


def rank_file(folder: Path, number: int, rank: int | None = None) -> Path:
    """The events of a worker, or of one rank of a distributed one."""
    return folder / (f"worker-{number}.jsonl" if rank is None else f"worker-{number}-{rank}.jsonl")


def agent_file(folder: Path, number: int, node: int) -> Path:
    """How the ranks of a node exited, as the torchrun agent saw it."""
    return folder / f"worker-{number}-node{node}.jsonl"
