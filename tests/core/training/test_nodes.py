"""Training on two nodes: two real commands on loopback that share the output folder, and nothing else."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.jobs.processes import child_environment, end_tree
from tests.core.training.test_distributed import losses, train_in_ranks
from tests.ports import free_port
from tests.tui.cli.running import LABTOP
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.torch]

STEPS = 40
"""Of the run on one node, which is the reference."""

SECONDS = 240.0
"""For two nodes to import torch, on a busy machine."""


class Node:
    """One command, with a home of its own."""

    def __init__(self, rank: int, folder: Path, arguments: list[str], environment: Mapping[str, str]) -> None:
        self.home = folder / f"home-{rank}"
        self.log = folder / f"node-{rank}.log"
        with self.log.open("wb") as stream:
            self.process = subprocess.Popen(
                [LABTOP, "model", "train", *arguments],
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=child_environment({**environment, "LABTOP_HOME": str(self.home)}),
            )

    @property
    def output(self) -> str:
        return self.log.read_text()

    def losses(self) -> dict[int, float]:
        """By step, of all its jobs."""
        files = self.home.glob("state/jobs/*/events.jsonl")
        lines = [
            json.loads(line)
            for file in files
            for line in file.read_text().splitlines(keepends=True)
            if line[-1:] == "\n"
        ]
        return losses([[line["type"], line["data"]] for line in lines])


Start = Callable[..., Node]


@pytest.fixture
def start(tmp_path: Path, arguments: dict[str, Any]) -> Iterator[Start]:
    """Start a node of a training with two nodes; `environment` replaces its options for several nodes."""
    endpoint = f"127.0.0.1:{free_port()}"
    run = {**arguments, "num_epochs": 400}
    common = [word for name, value in run.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    nodes: list[Node] = []

    def start(rank: int, **environment: str) -> Node:
        place = ["--nnodes", "2", "--node-rank", str(rank), "--rdzv-endpoint", endpoint]
        if environment:
            place = ["--nnodes", "slurm", "--rdzv-endpoint", endpoint]
        nodes.append(Node(rank, tmp_path, [*common, "--no-checkpoint-at-epoch", *place], environment))
        return nodes[-1]

    yield start
    for node in nodes:
        end_tree(node.process.pid, 0)


def wait_for_step(node: Node, step: int) -> None:
    def reached() -> bool:
        assert node.process.poll() is None, node.output
        return max(node.losses(), default=0) >= step

    wait_until(reached, SECONDS, f"step {step}")


def test_two_nodes_train_as_one_stop_and_name_a_dead_node(
    start: Start, arguments: dict[str, Any], tmp_path: Path
) -> None:
    second = start(1)
    wait_until(lambda: "waits for node rank 0" in second.output, SECONDS)
    first = start(0)
    wait_for_step(first, 8)
    first.process.send_signal(signal.SIGTERM)
    assert (first.process.wait(SECONDS), second.process.wait(SECONDS)) == (130, 1)
    stopped = max(first.losses())
    assert f"Training stopped after step {stopped} of 1600; it is saved." in first.output
    assert second.output.endswith("was stopped on node rank 0.\n")

    slurm = {"SLURM_NNODES": "2", "SLURM_JOB_NODELIST": "localhost,other", "SLURM_JOB_ID": "4711"}
    first, second = (start(rank, **slurm, SLURM_NODEID=str(rank)) for rank in (0, 1))
    wait_for_step(first, stopped + 8)
    assert f"Training resumes after step {stopped} of 1600." in first.output
    os.kill(second.process.pid, signal.SIGKILL)
    assert first.process.wait(SECONDS) == 1
    assert f"Error: Node rank 1 ({socket.gethostname()}) ended before the job did." in first.output

    reference = {**arguments, "num_epochs": 400, "checkpoint_at_epoch": False, "nproc_per_node": 2}
    reference["ckpt_output_dir"] = str(tmp_path / "reference")
    _, events = train_in_ranks(tmp_path / "one-node", [reference], f"0:{STEPS}")
    expected, found = losses(events), first.losses()
    common = sorted(expected.keys() & found.keys())
    assert common[:16] == list(range(1, 17))
    assert [found[step] for step in common] == pytest.approx([expected[step] for step in common], rel=1e-5)
