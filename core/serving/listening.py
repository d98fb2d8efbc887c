"""Binding the server's port before anything expensive is loaded."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress

import psutil

from core.errors import LabtopError
from core.serving.registry import ServerRecord, ServerRegistry

BACKLOG = 2048
"""Connections that can wait to be accepted."""


def bind(host: str, port: int) -> socket.socket:
    """A bound socket that does not listen yet; port 0 takes a free one."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise LabtopError(f"{host} is not an address of this machine.", hint="Use --host 127.0.0.1.") from error
    listener = socket.socket(family, kind, protocol)
    try:
        # A port whose last server has just ended can be reused at once.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise _bind_error(host, port, error) from error
    return listener


def free_port(host: str, wanted: int) -> int:
    """The wanted port if no program listens there, else another free one."""
    with suppress(LabtopError), bind(host, wanted) as probe:
        return int(probe.getsockname()[1])
    with bind(host, 0) as probe:
        return int(probe.getsockname()[1])


def listen(listener: socket.socket) -> None:
    """Open the socket to clients. Two programs can bind a port without a listener; the second one fails here."""
    host, port = listener.getsockname()[:2]
    try:
        listener.listen(BACKLOG)
    except OSError as error:
        raise _bind_error(host, port, error) from error


def _bind_error(host: str, port: int, error: OSError) -> LabtopError:
    if error.errno == errno.EADDRINUSE:
        ours = next((server for server in ServerRegistry().read() if server.port == port), None)
        stop = "stop it" if ours is None else f"stop it with `labtop model stop {port}`"
        return LabtopError(
            f"Port {port} on {host} is already in use{_holder(port, ours)}.",
            hint=f"Use the server that runs there, {stop}, or choose another port with --port.",
            code="port-in-use",
        )
    if error.errno == errno.EACCES:
        return LabtopError(f"Port {port} is reserved for the system.", hint="Choose one above 1023 with --port.")
    return LabtopError(f"{host} is not an address of this machine.", hint="Use --host 127.0.0.1.")


def _holder(port: int, ours: ServerRecord | None) -> str:
    """The process that listens on a port, if the system permits reading it; one of our servers with its model."""
    if ours is not None:
        return f" by process {ours.pid}, the server for {ours.name} ({ours.owner})"
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:2] == (port,) and connection.pid:
                return f" by process {connection.pid} ({psutil.Process(connection.pid).name()})"
    except (psutil.Error, OSError):
        pass
    return ""
