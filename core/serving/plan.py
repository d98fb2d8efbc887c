"""A server process as data: its command line, its address, how it reports that it is ready, and how it is stopped."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field

STOP_SECONDS = 10.0
"""The time for a server to end by itself, unless its plan has another one."""


@dataclass(frozen=True)
class ReadyLine:
    """The server is ready once it has written the line of `core.serving.announcement.ready_line` to its log."""


@dataclass(frozen=True)
class ReadyUrl:
    """The server is ready once it answers this path on its port with status 200."""

    path: str = "/health"


@dataclass(frozen=True)
class Stop:
    """The signal that asks a server to end; after the grace period its remaining processes are killed."""

    number: signal.Signals = signal.SIGTERM
    grace_seconds: float = STOP_SECONDS


@dataclass(frozen=True)
class ServerPlan:
    """How to run one server. `core.serving.lifecycle` starts, monitors and stops it.

    A server that cannot choose its own port is started by `lifecycle.start_on_free_port`.
    """

    what: str
    """What it serves, for messages: a model's folder or name."""
    argv: tuple[str, ...]
    ready: ReadyLine | ReadyUrl
    host: str = "127.0.0.1"
    port: int = 0
    """Where it will listen; 0 where the server takes a free port and reports it in its ready line."""
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Added to the environment of every process that we start."""
    api_key: str | None = field(default=None, repr=False)
    """The key that it requires; it is in `env`, too."""
    stop: Stop = Stop()
    guarded: bool = False
    """Whether its processes outlive each other, so that `core.serving.guard` must end them all."""
    backend: str = "embedded"
    """The kind of server, for the registry of running servers."""
    devices: tuple[str, ...] = ()
    """The GPUs that it uses, as in CUDA_VISIBLE_DEVICES; empty for none in particular."""
    adapters: tuple[str, ...] = ()
    """The folders of the LoRA adapters that it serves besides the model."""

    def __post_init__(self) -> None:
        if isinstance(self.ready, ReadyUrl) and not self.port:
            raise ValueError("a server with ReadyUrl needs a port")


def base_url(host: str, port: int) -> str:
    """The URL under which clients on this machine reach a server."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{reachable}]:{port}/v1" if ":" in reachable else f"http://{reachable}:{port}/v1"
