"""Process trees: children that end with their parent, finding a whole tree, and ending it.

A process group is not enough to end a tree: torchrun gives each rank a session of its own. So descendants are found
by their parents before any signal is sent, and by the job's variable in their environment afterwards.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil

JOB_VARIABLE = "LABTOP_JOB"
"""Environment variable with the path of the job's folder, set in all its processes."""

GRACE_SECONDS = 30.0
"""The time for a process to end by itself when its job is stopped."""

_PARENT_VARIABLE = "LABTOP_PARENT"
"""Environment variable with the id of the process that made this environment for its children."""

_EXEC_SECONDS = 0.5
"""The longest time for which the environment of a process that starts reads as empty, in execve(2)."""

_GPU_DRIVERS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
"""Where one of these exists there may be a GPU: of NVIDIA, of AMD, of the Windows host."""

_PR_SET_PDEATHSIG = 1


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of every process that we start.

    `PYTHONSAFEPATH` keeps a folder named `core` or `tui` in the working directory from shadowing our packages.
    `DS_ACCELERATOR` keeps DeepSpeed, which transformers imports, from writing to the output that it found no GPU.
    """
    ours = {"PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1", _PARENT_VARIABLE: str(os.getpid())}
    defaults = {} if any(map(os.path.exists, _GPU_DRIVERS)) else {"DS_ACCELERATOR": "cpu"}
    return {**defaults, **os.environ, **ours, **(extra or {})}


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends for any reason (Linux `prctl(2)`).

    The signal is tied to the thread that started this process, so workers are started from main threads only.
    """
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # If the parent ended before the signal was set, our parent is process 1 now. In a container our own command may be
    # process 1, and then it is the parent that started us.
    if os.getppid() != parent or (parent == 1 and os.environ.get(_PARENT_VARIABLE) != "1"):
        os._exit(1)


def start_ticks(pid: int) -> int | None:
    """When a living process started, in clock ticks since boot: what distinguishes it from a later one with its id.

    None for a process that has ended. Unlike a time of day, this does not change when the clock is set.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return None if fields[0] in "ZXx" else int(fields[19])
    except (OSError, ValueError, IndexError):
        pass
    if sys.platform == "linux":
        return None
    with suppress(psutil.Error):
        return int(psutil.Process(pid).create_time() * 100)
    return None


def was_started_by(pid: int, parent: int) -> bool:
    """Whether a process of this user was started by labtop's process `parent`, with `child_environment`."""
    deadline = time.monotonic() + _EXEC_SECONDS
    try:
        process = psutil.Process(pid)
        while not (environment := process.environ()):
            if is_gone(process) or time.monotonic() > deadline:  # a process may overwrite its environment with a title
                return process.ppid() == parent
            time.sleep(0.01)
    except (psutil.Error, OSError):
        return False
    return environment.get(_PARENT_VARIABLE) == str(parent)


def tree(pid: int) -> list[psutil.Process]:
    """A process and all its living descendants."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def is_gone(process: psutil.Process) -> bool:
    """Whether a process has ended. A zombie has: pid 1 of a container may never reap it."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_gone(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until all have ended, at most `seconds`; returns those that have not."""
    deadline = time.monotonic() + seconds
    left = [process for process in processes if not is_gone(process)]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [process for process in left if not is_gone(process)]
    return left


def session_members(session: int) -> list[psutil.Process]:
    """The living processes of a session, by the id of the process that started it, which may have ended."""
    found = []
    for pid in psutil.pids():
        with suppress(OSError, psutil.Error):
            if os.getsid(pid) == session:
                found.append(psutil.Process(pid))
    return [process for process in found if not is_gone(process)]


def end_processes(processes: Iterable[psutil.Process], grace_seconds: float) -> None:
    """Ask each process to end, wait, then kill those that have not, and their new children.

    Returns when none is left; a process in an uninterruptible system call is given up.
    """
    targets = list(processes)
    for process in targets:
        with suppress(psutil.Error):
            process.terminate()
    left = wait_gone(targets, grace_seconds)
    for _ in range(3):
        if not left:
            return
        for process in list(left):
            with suppress(psutil.Error):
                left.extend(process.children(recursive=True))
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        left = wait_gone(left, 5)


def end_tree(pid: int, grace_seconds: float) -> None:
    """End a process and all its descendants, across sessions; kill what is left after the grace period."""
    end_processes(tree(pid), grace_seconds)


def processes_of_job(job_folder: str) -> list[psutil.Process]:
    """The living processes with a job's variable in their environment, except for this one."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(JOB_VARIABLE) == job_folder:
                found.append(process)
    return found


def end_marked(job_folder: str, grace_seconds: float = 0.0) -> None:
    """End all other processes of a job, including those that are started meanwhile."""
    for _ in range(30):
        left = processes_of_job(job_folder)
        if not left:
            return
        end_processes(left, grace_seconds)
