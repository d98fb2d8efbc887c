"""Heartbeats: memory and GPU use of a job's process tree every ten seconds, and a cap on the size of its logs."""

from __future__ import annotations

import itertools
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from core.errors import LabtopError
from core.jobs.folder import JobFolder
from core.jobs.processes import tree
from core.jobs.writer import EventWriter
from core.system.gpu import GpuMonitor, GpuReading

CHECK_SECONDS = 1.0
"""Between two checks of the logs' sizes; a log can exceed its cap by what is printed in that time."""

CHECKS_PER_HEARTBEAT = 10

LOG_BYTES = 64 * 2**20
"""The cap of each log in the job's folder; a log of that size is cut to its last quarter."""


def send_heartbeats(folder: JobFolder, writer: EventWriter) -> None:
    """Report the memory in use and keep the logs under their cap, until the process ends."""
    monitor = GpuMonitor()
    for check in itertools.count(1):
        time.sleep(CHECK_SECONDS)
        cap_logs(folder, LOG_BYTES)
        if check % CHECKS_PER_HEARTBEAT:
            continue
        processes = tree(os.getpid())
        reading, pids = monitor.read(), {process.pid for process in processes}
        gpu_memory, gpu_utilization = gpu_use(reading, pids)
        use: dict[str, Any] = {
            "rss": resident_memory(processes),
            "gpu_memory": gpu_memory,
            "gpu_utilization": gpu_utilization,
        }
        if gpus := each_gpu(reading, pids):
            use["gpus"] = gpus
        with suppress(LabtopError):  # a full disk ends the job in its work, not here
            writer.write("heartbeat", None, use)


def resident_memory(processes: list[psutil.Process]) -> int:
    """Bytes of resident memory; shared pages are counted once per process."""
    total = 0
    for process in processes:
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def gpu_use(reading: GpuReading, pids: set[int]) -> tuple[int | None, float | None]:
    """Bytes of GPU memory that these processes use, and the mean utilization, 0 to 1, of the GPUs that they use.

    Unknown values are None: both without a driver, the second also when they use no GPU.
    """
    if not reading.gpus:
        return None, None
    ours = [(gpu, process) for gpu in reading.gpus for process in gpu.all_processes if process.pid in pids]
    busy = [gpu.utilization for gpu in {gpu.index: gpu for gpu, _ in ours}.values() if gpu.utilization is not None]
    return sum(process.memory or 0 for _, process in ours), sum(busy) / len(busy) if busy else None


def each_gpu(reading: GpuReading, pids: set[int]) -> list[dict[str, int | float | None]]:
    """For each GPU that these processes use its index, the bytes that they use of its memory, and its utilization."""
    return [
        {
            "index": gpu.index,
            "memory": sum(process.memory or 0 for process in gpu.all_processes if process.pid in pids),
            "utilization": gpu.utilization,
        }
        for gpu in reading.gpus
        if any(process.pid in pids for process in gpu.all_processes)
    ]


def cap_logs(folder: JobFolder, limit: int) -> None:
    """Cap every log in a job's folder, including those of its servers."""
    for log in folder.path.glob("*.log"):
        cap_log(log, limit)


def cap_log(path: Path, limit: int) -> None:
    """Cut a log above its limit to its last quarter. Its writers append, so they continue at the new end."""
    with suppress(OSError):
        size = path.stat().st_size
        if size <= limit:
            return
        with path.open("rb") as stream:
            stream.seek(size - limit // 4)
            tail = stream.read()
        tail = tail.partition(b"\n")[2] or tail  # from the beginning of a line, if there is one
        os.truncate(path, 0)
        with path.open("ab") as stream:
            stream.write(b"... %d bytes of older output were dropped\n" % (size - len(tail)) + tail)
