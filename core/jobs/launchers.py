"""How a worker's processes are started: one process, or the ranks of a distributed run under torchrun."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

CONNECT_SECONDS = 300
"""The longest time for the nodes to connect, once all of them have started: importing torch may take a minute."""


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

    def node_of(self, _rank: int) -> int:
        """The node rank of a rank."""
        return 0


@dataclass(frozen=True)
class TorchrunLauncher:
    """`processes` ranks on this node, alone or as one of `nnodes` that meet at `rdzv_endpoint`.

    Node rank 0 owns the job. The other nodes' reports are in `shared`, a folder that all nodes see.
    """

    processes: int
    nnodes: int = 1
    node_rank: int = 0
    rdzv_endpoint: str | None = None
    """`host:port` of node rank 0; needed for more than one node."""
    rdzv_id: str = "123"
    shared: Path | None = None
    """Needed for more than one node. The folder for all jobs of an output folder, or with `in_folder` that of one."""
    wait_seconds: float = 1800.0
    """The longest time that nodes wait for each other to start."""

    def __post_init__(self) -> None:
        if self.processes < 1 or not 0 <= self.node_rank < self.nnodes:
            raise ValueError(f"invalid number of processes or nodes: {self}")
        if self.nnodes > 1 and not (self.rdzv_endpoint and self.shared):
            raise ValueError("several nodes need an rdzv_endpoint and a shared folder")

    def in_folder(self, shared: Path) -> TorchrunLauncher:
        """The same with the shared folder of one job."""
        return replace(self, shared=shared)

    def argv(self, folder: Path, number: int) -> list[str]:
        """The command line of this node's part of worker `number`, which reports in `folder`."""
        rendezvous = (
            ["--standalone", "--local-addr=localhost"]
            if self.nnodes == 1
            else [
                "--rdzv-backend=static",  # the only one that keeps node ranks as they are given
                f"--rdzv-endpoint={self.rdzv_endpoint}",
                f"--rdzv-id={self.rdzv_id}-{number}",
                f"--rdzv-conf=timeout={CONNECT_SECONDS}",
                f"--node-rank={self.node_rank}",
            ]
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
        ranks = range(self.nnodes * self.processes)
        return {rank: rank_file(self._folder_of(self.node_of(rank), folder), number, rank) for rank in ranks}

    def agent_files(self, folder: Path, number: int) -> tuple[Path, ...]:
        """Where torchrun's agent on each node reports how its ranks exited."""
        return tuple(agent_file(self._folder_of(node, folder), number, node) for node in range(self.nnodes))

    def node_of(self, rank: int) -> int:
        """The node rank of a rank."""
        return rank // self.processes

    def _folder_of(self, node: int, own: Path) -> Path:
        return own if node == self.node_rank or self.shared is None else self.shared


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
