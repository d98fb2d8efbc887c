"""Failures of a training's processes as sentences that name the setting to change."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from core.config.options.train import TrainingOptions
from core.errors import LabtopError
from core.jobs.context import JobContext
from core.jobs.launch import launch
from core.jobs.nodes.member import Member
from core.jobs.observe import observe
from core.jobs.spec import new_spec
from core.training.failures import explain, explained, memory_hint
from tests.core.jobs.workers import ranks
from tests.waiting import wait_for

WATCHDOG = (
    "[rank1]:[E626 06:24:44.903881913 ProcessGroupNCCL.cpp:616] [Rank 1] Watchdog caught collective operation timeout: "
    "WorkNCCL(SeqNum=808, OpType=ALLREDUCE, NumelIn=9801523, NumelOut=9801523, Timeout(ms)=600000) ran for 600020 "
    "milliseconds before timing out."
)
SYSTEM = (
    "torch.distributed.DistBackendError: NCCL error in: ../torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp:1333, "
    "unhandled system error (run with NCCL_DEBUG=INFO for details), NCCL version 2.18.6\n"
    "ncclSystemError: System call (e.g. socket, malloc) or external library call failed or device error. \n"
    "Last error:\nsocketPollConnect: Connect to 10.0.0.4<56849> returned 111(Connection refused)"
)


@pytest.mark.parametrize(
    ("output", "code", "words", "setting"),
    [
        (WATCHDOG, "collective-timeout", "(allreduce) did not end within 600 s", "--collective-timeout above 600"),
        ("Timed out waiting 30000ms for recv operation to complete", "collective-timeout", "30 s", "above 30"),
        (SYSTEM, "nccl-failed", "Connect to 10.0.0.4<56849> returned 111(Connection refused).", "NCCL_SOCKET_IFNAME"),
        (
            "ncclSystemError: …\nLast error:\nsocketStartConnect: Connect to 10.0.0.4<5> failed : No route to host",
            "nodes-unreachable",
            "No route to host",
            "NCCL_SOCKET_IFNAME",
        ),
        ("Last error:\nBootstrap : no socket interface found", "nodes-unreachable", "interface", "NCCL_SOCKET_IFNAME"),
        (
            "shmutils.cc:132 NCCL WARN Error while creating shared memory segment /dev/shm/nccl-WU88OE (size 9637888)",
            "nccl-failed",
            "/dev/shm is full",
            "--shm-size",
        ),
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", "out-of-memory", "memory", "2500"),
        ("RuntimeError: CUDA error: uncorrectable ECC error encountered", "gpu-failed", "ECC", "CUDA_VISIBLE_DEVICES"),
        ("CUDA error: an illegal memory access was encountered", "gpu-failed", "illegal memory access", "Resume"),
        ("RuntimeError: No CUDA … driver version is insufficient", "wrong-cuda", "does not fit", "CUDA version"),
        ("socket has failed to listen … code: -98, name: EADDRINUSE", "port-in-use", "in use", "--rdzv-endpoint"),
        (
            "The client socket has timed out after 300000ms while trying to connect to (node0, 29500).",
            "nodes-unreachable",
            "node0:29500, where node rank 0 should listen",
            "firewall",
        ),
        (
            "The IPv6 network addresses of (node0, 29500) cannot be retrieved (gai error: -2 - Name not known).",
            "nodes-unreachable",
            "node0 of --rdzv-endpoint is not known",
            "IP address",
        ),
        ("Read error [127.0.0.1]:1: Connection reset by peer", "peer-lost", "Another process", "first"),
    ],
)
def test_output_explains_a_died_process(output: str, code: str, words: str, setting: str) -> None:
    died = LabtopError("Rank 1 was ended by signal 6.", hint="See the log.", code="process-died")
    error = explain(died, f"before\n{output}\nafter", TrainingOptions())
    assert error.code == code
    assert error.message.startswith("Rank 1 was ended by signal 6. ") and words in error.message
    assert error.hint is not None and setting in error.hint
    unexpected = LabtopError(f"Unexpected error: {output}", code="unexpected")
    alone = explain(unexpected, "", TrainingOptions())
    assert alone.code == code and alone.message == error.message.removeprefix("Rank 1 was ended by signal 6. ")


def test_other_errors_stay_as_they_are() -> None:
    own = LabtopError("Training diverged.", code="diverged")
    assert explain(own, WATCHDOG, TrainingOptions()) is own
    unknown = LabtopError("Unexpected error: KeyError: 'x'", code="unexpected")
    assert explain(unknown, "nothing", TrainingOptions()) is unknown


def test_killed_process_names_the_settings_of_memory() -> None:
    killed = LabtopError("Rank 1 was ended by signal 9.", code="process-killed")
    options = TrainingOptions(device="cuda", nproc_per_node=2)
    error = explain(killed, WATCHDOG, options)
    assert error.message == killed.message
    assert error.hint is not None and "--max-batch-len" in error.hint and "--fsdp-cpu-offload" in error.hint


def test_weights_of_four_bits_are_not_to_be_sharded() -> None:
    whole = TrainingOptions(device="cuda", lora_rank=8)
    assert "--distributed-backend fsdp" in memory_hint(whole)
    assert "--distributed-backend" not in memory_hint(whole.model_copy(update={"lora_quantize_dtype": "nf4"}))


def failing(context: JobContext) -> dict[str, Any]:
    """The ranks of the jobs' tests, with the errors of a training."""
    with explained(context, TrainingOptions()):
        return ranks.run(context)


@pytest.mark.slow
def test_hanging_rank_ends_in_a_sentence_about_the_time_out() -> None:
    options = {"rank": 1, "how": "hang", "timeout": 2}
    folder = launch(new_spec("train", "tests.core.training.test_failures:failing", options, title="Ranks"))
    wait_for(folder, "failed")
    error = observe(folder).error
    assert error is not None
    assert (error["code"], error["message"]) == (
        "collective-timeout",
        "An exchange between the processes did not end within 2 s.",
    )
    assert "--collective-timeout above 2" in str(error["hint"])


@pytest.mark.slow
def test_used_port_is_reported_on_all_nodes(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as used:
        options = {"endpoint": f"127.0.0.1:{used.getsockname()[1]}", "shared": str(tmp_path)}
        launch(new_spec("train", "tests.core.training.test_failures:failing", options, title="Ranks"))
        launcher = ranks.two_nodes(1, options["endpoint"], options["shared"])
        error = Member(launcher, options, lambda _line: None, lambda: 0).run()["error"]
    assert error["code"] == "port-in-use"
    assert "--rdzv-endpoint" in error["hint"]
