"""What the failures of a training's processes mean: of memory, of GPUs, and of the connections between processes.

The patterns are those of torch's, NCCL's and gloo's messages, in an exception or in a process's output.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from core.config.options.train import TrainingOptions
from core.errors import LabtopError
from core.jobs.context import JobContext
from core.jobs.tail import last_lines
from core.jobs.workers.handle import PEER_LOST, PROCESS_DIED, PROCESS_KILLED
from core.known_failures import Failures, find_failure

OUT_OF_MEMORY = "out-of-memory"

NETWORK = (
    "Set NCCL_SOCKET_IFNAME and GLOO_SOCKET_IFNAME to the network interface that the nodes share (ip addr lists them), "
    "and check that a firewall lets the nodes' processes through; NCCL_DEBUG=INFO shows the connections."
)

SLOW = (
    "A process hangs or is much slower than the others: look for the first error in the output. If it was only slow, "
    "for example because of a busy file system, raise --collective-timeout above {seconds:.0f}."
)


def unknown_host(host: str) -> tuple[str, str, str]:
    """Sentence, hint and code for a host of `--rdzv-endpoint` that this machine does not know."""
    return (
        f"The host {host} of --rdzv-endpoint is not known on this machine.",
        "Use the address of node rank 0 as the other nodes know it: a name that they resolve, or its IP address.",
        "nodes-unreachable",
    )


FAILURES: Failures = (
    (
        re.compile(r"uncorrectable ECC error|CUDA_ERROR_ECC_UNCORRECTABLE"),
        lambda _: (
            "A GPU reported an error of its memory that cannot be corrected (ECC).",
            "nvidia-smi -q -d ECC shows which one. Reset or replace it, or leave it out with CUDA_VISIBLE_DEVICES.",
            "gpu-failed",
        ),
    ),
    (
        re.compile(r"GPU is lost|has fallen off the bus|CUDA_ERROR_DEVICE_UNAVAILABLE|device\(s\) is/are busy"),
        lambda _: (
            "A GPU cannot be used any more: it was lost, or another process has it exclusively.",
            "nvidia-smi shows the GPUs' state; the kernel's log (dmesg) has the cause.",
            "gpu-failed",
        ),
    ),
    (
        re.compile(
            r"CUDA out of memory|torch\.OutOfMemoryError|CUDA error: out of memory|Cuda failure '?out of memory"
        ),
        lambda _: ("A GPU has too little memory for this training.", "Lower --max-batch-len.", OUT_OF_MEMORY),
    ),
    (
        re.compile(
            r"shared memory segment (?:\S*/)?nccl|failed to extend /dev/shm|shm_open failed|posix_fallocate failed"
        ),
        lambda _: (
            "NCCL cannot create its shared memory: /dev/shm is full, too small, or not writable.",
            "Start the container with a larger one (docker run --shm-size 8g, --ipc host), or delete old files in it.",
            "nccl-failed",
        ),
    ),
    (
        re.compile(r"no socket interface found|NET/Socket : no interface found|Unable to find (?:address|interface)"),
        lambda _: (
            "No network interface was found for the connections between the processes.",
            NETWORK,
            "nodes-unreachable",
        ),
    ),
    (
        re.compile(r"(?:EADDRINUSE|[Aa]ddress already in use)"),
        lambda _: (
            "The port on which the processes meet is in use on this machine.",
            "Use another port in --rdzv-endpoint on all nodes, or end the program that has it: ss -ltnp shows it.",
            "port-in-use",
        ),
    ),
    (
        re.compile(r"network addresses of \((\S+), \d+\) cannot be retrieved"),
        lambda found: unknown_host(found[1].strip("[]")),
    ),
    (
        re.compile(r"client socket has (?:timed out|failed to connect)[^()]*\((\S+), (\d+)\)"),
        lambda found: (
            f"{found[1].strip('[]')}:{found[2]}, where node rank 0 should listen, cannot be reached.",
            "Check --rdzv-endpoint, and that a firewall lets this port of node rank 0 through.",
            "nodes-unreachable",
        ),
    ),
    (
        re.compile(r"OpType=(\w+).{0,200}?Timeout\(ms\)=(\d+)"),
        lambda found: (
            f"An exchange between the processes ({found[1].strip('_').lower()}) did not end within "
            f"{int(found[2]) / 1000:.0f} s.",
            SLOW.format(seconds=int(found[2]) / 1000),
            "collective-timeout",
        ),
    ),
    (
        re.compile(r"Timed out waiting (\d+)\s?ms for (?:recv|send) operation"),
        lambda found: (
            f"An exchange between the processes did not end within {int(found[1]) / 1000:.0f} s.",
            SLOW.format(seconds=int(found[1]) / 1000),
            "collective-timeout",
        ),
    ),
    (
        re.compile(r"No route to host|Network is unreachable"),
        lambda found: (
            f"The processes of a training cannot reach each other: {found[0]}.",
            NETWORK,
            "nodes-unreachable",
        ),
    ),
    (
        re.compile(r"no kernel image is available|driver version is insufficient|forward compatibility was attempted"),
        lambda found: (
            f"This build of torch does not fit the GPU or its driver: {found[0]}.",
            "Install the build for this driver's CUDA version; `labtop system info` shows it.",
            "wrong-cuda",
        ),
    ),
    (
        re.compile(r"(?:ncclSystemError|unhandled system error)(?:.{0,300}?Last error:\s*(\S[^\n]*))?", re.DOTALL),
        lambda found: (
            f"NCCL could not connect the GPUs{f': {found[1].strip()}' if found[1] else ''}.".replace("..", "."),
            NETWORK,
            "nccl-failed",
        ),
    ),
    (
        re.compile(r"(?:ncclRemoteError|remote process exited or there was a network error)"),
        lambda _: (
            "Another process of this training ended, or the connection to it broke.",
            "Its own error comes first in the output.",
            PEER_LOST,
        ),
    ),
    (
        re.compile(r"CUDA error: ([^\n]+)"),
        lambda found: (
            f"A GPU reported an error: {found[1].strip().rstrip('.')}.",
            "Resume the training. If it happens again at the same step, set CUDA_LAUNCH_BLOCKING=1 to find the place; "
            "at another step, check the GPU (nvidia-smi -q, dmesg).",
            "gpu-failed",
        ),
    ),
    (
        re.compile(r"Connection (?:closed|reset) by peer|Broken pipe"),
        lambda _: (
            "Another process of this training ended, or the connection to it broke.",
            "Its own error comes first in the output.",
            PEER_LOST,
        ),
    ),
)

UNEXPLAINED = ("unexpected", PROCESS_DIED, PROCESS_KILLED)
"""Codes of errors of which the output may know the cause."""


@contextmanager
def explained(context: JobContext, settings: TrainingOptions) -> Iterator[None]:
    """Replace an error of the job's processes inside the block by what their output says about it, if that is known."""
    log = context.folder.log
    start = log.stat().st_size if log.exists() else 0
    try:
        yield
    except LabtopError as error:
        lines = [last_lines(each, start if each == log else 0) for each in context.logs]
        raise explain(error, "\n".join(map("\n".join, lines)), settings) from error


def explain(error: LabtopError, output: str, settings: TrainingOptions) -> LabtopError:
    """The same error, or one that names its cause and the setting to change."""
    if error.code not in UNEXPLAINED:
        return error
    if error.code == PROCESS_KILLED:
        hint = f"If memory ran out (dmesg shows it): {memory_hint(settings)}"
        return LabtopError(error.message, hint=hint, code=error.code, job_command="resume")
    found = find_failure(error.message, FAILURES) or find_failure(output, FAILURES)
    if found is None:
        return error
    message = found.message if error.code == "unexpected" else f"{error.message} {found.message}"
    advice = memory_hint(settings) if found.code == OUT_OF_MEMORY else found.hint
    return LabtopError(message, hint=advice, code=found.code, job_command="resume")


def memory_error(settings: TrainingOptions, what: str) -> LabtopError:
    """The error for a training that does not fit."""
    return LabtopError(
        f"{what} has too little memory for this training.",
        hint=f"{memory_hint(settings)} The same command then resumes it.",
        code=OUT_OF_MEMORY,
    )


def memory_hint(settings: TrainingOptions) -> str:
    """The settings that need less memory, the cheapest first."""
    budget = settings.max_batch_len
    if budget > settings.max_seq_len:
        hints = [f"Lower --max-batch-len from {budget}, for example to {budget // 2}."]
    else:
        hints = [f"Lower --max-batch-len and --max-seq-len from {budget}; longer samples are left out."]
    if settings.activation_checkpointing == "off":
        hints.append("Leave out --activation-checkpointing off.")
    four_bits = settings.lora_rank and settings.lora_quantize_dtype  # which cannot be sharded
    if settings.device == "cuda" and settings.backend in ("none", "ddp") and not four_bits:
        hints.append("Shard the model over GPUs: --distributed-backend fsdp with a larger --nproc-per-node.")
    elif settings.backend == "deepspeed" and not settings.deepspeed_cpu_offload_optimizer:
        hints.append("Keep the optimizer in host memory: --deepspeed-cpu-offload-optimizer.")
    elif settings.backend == "fsdp" and not settings.fsdp_cpu_offload_optimizer:
        hints.append("Keep weights and optimizer in host memory: --fsdp-cpu-offload-optimizer.")
    return " ".join(hints)
