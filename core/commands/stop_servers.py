"""Stopping servers of the registry: which ones the user means, and ending each with all its processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

from core.errors import LabtopError, UsageError
from core.jobs.control import cancel
from core.jobs.folder import JobStore
from core.jobs.processes import end_processes, start_ticks, tree, wait_gone
from core.serving.health.gpu_memory import MemoryBefore, Read, read_devices
from core.serving.plan import STOP_SECONDS
from core.serving.registry import ServerRecord, ServerRegistry, describe, matching
from core.system.devices import Device

SUPERVISOR_SECONDS = 45.0
"""The time for `model serve` to end its server: more than the longest grace period of a plan."""

LIST_HINT = "`labtop model serve --list` shows what runs."


@dataclass(frozen=True)
class Stopped:
    """A server that was stopped."""

    server: ServerRecord
    gpu_memory: int | None
    """Bytes that its processes held on GPUs; None if they held none, or it is unknown."""
    still_held: str | None = None
    """What of it is not free again, as a sentence."""

    def to_data(self) -> dict[str, Any]:
        return {
            **self.server.to_data(),
            "status": "stopped",
            "gpu_memory": self.gpu_memory,
            "still_held": self.still_held,
        }


def to_stop(servers: Sequence[ServerRecord], target: str | None, *, every: bool, force: bool) -> list[ServerRecord]:
    """The servers that the user means. Raises LabtopError when that is unclear, or when something else needs one.

    Without a target it is the only server; with `every` it is all of them, except those that a job or a chat needs.
    """
    if every and target is not None:
        raise UsageError("--all cannot be used with the name of a server.")
    own = [server for server in servers if force or server.purpose == "serve"]
    if every:
        return [server for server in own if server.is_ours()]
    if target is None:
        if len(own) > 1:
            raise LabtopError(
                f"{len(own)} servers run: {describe(own)}.",
                hint="Name one by its model, URL, port or job, or use --all.",
            )
        if not own:
            raise LabtopError("No server of labtop runs.", hint=_needed_hint(servers))
        return own
    found = matching(servers, target)
    if not found:
        what = f"what runs is {describe(servers)}" if servers else "none runs"
        raise LabtopError(f"No server of labtop is called {target}; {what}.", hint=LIST_HINT)
    if len(found) > 1:
        raise LabtopError(f"{target} is ambiguous: {describe(found)}.", hint="Name one by its URL, port or job.")
    for server in found:
        if not force and server.purpose != "serve":
            raise LabtopError(f"The server for {server.name} is used by {server.owner}.", hint=_needed_hint(found))
    return found


def _needed_hint(servers: Sequence[ServerRecord]) -> str | None:
    """How to end what needs the servers."""
    if not servers:
        return None
    server = servers[0]
    if server.job is None:
        return f"The server for {server.name} ends with the chat in {server.owner}; --force stops it now."
    return f"End the job, and its server with it: labtop process cancel {server.job}; or stop the server with --force."


def stop(server: ServerRecord, read: Read = read_devices) -> Stopped:
    """End a server and all its processes. Returns when they are gone, and the GPUs' memory is free again."""
    registry = ServerRegistry()
    if server.runs() and not server.is_ours():
        raise LabtopError(
            f"Process {server.pid} was not started by labtop, and is not stopped.",
            hint=f"Its record is wrong: delete {registry.file(server)}",
        )
    processes = tree(server.pid) if server.runs() else []
    pids = {process.pid for process in processes}
    devices = [device for device in read() if pids & {process.pid for process in device.processes}]
    memory = held_by(pids, devices)
    if server.purpose == "serve" and server.job is not None:
        with suppress(LabtopError):  # its folder was removed
            cancel(JobStore().find(server.job))
    elif server.purpose == "serve" and start_ticks(server.parent) == server.parent_ticks:
        parent = psutil.Process(server.parent)
        with suppress(ProcessLookupError):
            os.kill(server.parent, signal.SIGTERM)
        processes = [*wait_gone([*processes, parent], SUPERVISOR_SECONDS)]
        processes = [process for process in processes if process != parent]
    end_processes(processes, STOP_SECONDS)
    if server.runs():
        raise LabtopError(
            f"The server for {server.name} does not end (process {server.pid}).",
            hint="It may be waiting for a device, or belong to another user: see ps -ef.",
        )
    registry.remove(server)
    others = {device.id: (device.memory_used or 0) - (held_by(pids, [device]) or 0) for device in devices}
    return Stopped(server, memory, MemoryBefore(others).await_free(pids, read=read))


def held_by(pids: Collection[int], devices: Iterable[Device]) -> int | None:
    """Bytes that processes hold on GPUs; None if they use none, or it is not reported."""
    used = [
        process.memory
        for device in devices
        for process in device.processes
        if process.pid in pids and process.memory is not None
    ]
    return sum(used) if used else None
