"""Before a training: servers of labtop that use its GPUs are reported, and stopped if the user agrees."""

from __future__ import annotations

import os
from collections.abc import Callable

from core.commands.request import Note, ignore
from core.commands.stop_servers import stop
from core.config.options.train import TrainOptions
from core.errors import LabtopError
from core.serving.exclusion import conflicts, family, same_processor, stop_command
from core.serving.gpu_plan import in_use
from core.serving.registry import ServerRecord, ServerRegistry
from core.system.devices import describe_process, usable_devices
from core.system.gpu import GpuReading, read_gpus

Agree = Callable[[str], bool]
"""Asks whether to stop a server; the sentence says which one, and why."""


def to_make_room(
    options: TrainOptions,
    note: Note = ignore,
    agree: Agree = lambda _sentence: False,
    reading: GpuReading | None = None,
) -> tuple[ServerRecord, ...]:
    """The servers to stop before the training starts.

    Raises LabtopError for a server on the training's GPUs that is not to be stopped. Without GPUs both can run, so the
    server is only noted.
    """
    servers = ServerRegistry().read()
    if options.device == "cpu":
        sharing = [server for server in same_processor(servers) if server.purpose != "job"]
        if options.stop_servers:
            return tuple(sharing)
        for server in sharing:
            note(
                f"The server for {server.name} ({server.owner}) computes on this machine's processor, too: both are"
                f" slower. It can be stopped with: {stop_command(server)}"
            )
        return ()
    needed = usable_devices(reading or read_gpus(), os.environ)[: options.nproc_per_node]
    stopped = []
    for conflict in conflicts(needed, servers):
        server = conflict.server
        if server.purpose == "job" or not (options.stop_servers or agree(conflict.sentence)):
            also = "" if server.purpose == "job" else ", or pass --stop-servers"
            raise LabtopError(
                conflict.sentence, hint=f"Stop it with `{stop_command(server)}`{also}.", code="gpu-in-use"
            )
        stopped.append(server)
    ours = {pid for server in stopped for pid in family(server.pid)}
    for sentence in in_use(needed, describe_process, without=ours):
        note(sentence)
    return tuple(stopped)


def in_the_way(options: TrainOptions, reading: GpuReading | None = None) -> list[dict[str, str]]:
    """The servers of labtop that a training shares the processor with, or that hold its GPUs.

    Each with its name, its owner, a sentence about it, and the command that stops it.
    """
    servers = ServerRegistry().read()
    if options.device == "cpu":
        found = [
            (server, f"The server for {server.name} ({server.owner}) computes on this machine's processor, too.")
            for server in same_processor(servers)
        ]
    else:
        needed = usable_devices(reading or read_gpus(), os.environ)[: options.nproc_per_node]
        found = [(conflict.server, conflict.sentence) for conflict in conflicts(needed, servers)]
    return [
        {"name": server.name, "owner": server.owner, "sentence": sentence, "stop": stop_command(server)}
        for server, sentence in found
    ]


def stop_first(servers: tuple[ServerRecord, ...], note: Note) -> None:
    """Stop the servers of a request. Raises LabtopError if one does not end."""
    for server in servers:
        stop(server)
        note(f"Stopped the server for {server.name} ({server.owner}).")


def make_room(options: TrainOptions, note: Note) -> None:
    """Stop the servers that were started meanwhile, if the options ask for it.

    Raises LabtopError for another server on the training's GPUs. Other servers were noted before.
    """
    stop_first(to_make_room(options), note)
