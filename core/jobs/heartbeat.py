"""Signs of life: the memory of a job's tree each ten seconds, and a raw log that cannot fill the disk."""

from __future__ import annotations

import itertools
import os
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pynvml

from core.errors import LabtopError
from core.jobs.folder import JobFolder
from core.jobs.processes import tree
from core.jobs.writer import EventWriter

LOG_SECONDS = 1.0
"""Between two looks at the log's size: what a worker prints in that time is what may go over the cap."""

LOOKS_PER_BEAT = 10

LOG_BYTES = 64 * 2**20
"""The cap of each log in the job's folder; at that size all but its last quarter is let go."""


def beat(folder: JobFolder, writer: EventWriter) -> None:
    """Tell the memory in use and keep the logs under their cap, for as long as the process lives."""
    for look in itertools.count(1):
        time.sleep(LOG_SECONDS)
        cap_logs(folder, LOG_BYTES)
        if look % LOOKS_PER_BEAT:
            continue
        processes = tree(os.getpid())
        memory = {"rss": resident_memory(processes), "gpu_memory": gpu_memory({process.pid for process in processes})}
        with suppress(LabtopError):  # a full disk ends the job where it works, not here
            writer.write("heartbeat", None, memory)


def resident_memory(processes: list[psutil.Process]) -> int:
    """Bytes of resident memory, shared pages counted once for each process."""
    total = 0
    for process in processes:
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def gpu_memory(pids: set[int]) -> int | None:
    """Bytes of GPU memory that these processes hold; None without a driver."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    try:
        total = 0
        for index in range(pynvml.nvmlDeviceGetCount()):
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            for process in pynvml.nvmlDeviceGetComputeRunningProcesses(handle):
                total += (process.usedGpuMemory or 0) if process.pid in pids else 0
        return total
    except pynvml.NVMLError:
        return None
    finally:
        pynvml.nvmlShutdown()


def cap_logs(folder: JobFolder, limit: int) -> None:
    """Cap every log in a job's folder, those of its servers too."""
    for log in folder.path.glob("*.log"):
        cap_log(log, limit)


def cap_log(path: Path, limit: int) -> None:
    """Cut a log that has outgrown its limit to its last quarter. Its writers append, so they go on at the new end."""
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
            stream.write(b"... %d bytes of older output were let go\n" % (size - len(tail)) + tail)
