"""Taking the server's port before anything expensive is loaded."""

from __future__ import annotations

import errno
import socket

import psutil

from core.errors import LabtopError

BACKLOG = 2048
"""Connections that may wait to be accepted."""


def bind(host: str, port: int) -> socket.socket:
    """A socket on the address, not yet open to clients; port 0 takes a free one."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise LabtopError(f"{host} is no address of this machine.", hint="Use --host 127.0.0.1.") from error
    listener = socket.socket(family, kind, protocol)
    try:
        # A port whose last server has just ended may be taken again at once.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise _refusal(host, port, error) from error
    return listener


def listen(listener: socket.socket) -> None:
    """Open the socket to clients. Two may bind a port that nobody listens on yet; the second fails here."""
    host, port = listener.getsockname()[:2]
    try:
        listener.listen(BACKLOG)
    except OSError as error:
        raise _refusal(host, port, error) from error


def _refusal(host: str, port: int, error: OSError) -> LabtopError:
    if error.errno == errno.EADDRINUSE:
        return LabtopError(
            f"Port {port} on {host} is already in use{_holder(port)}.",
            hint="Use the server that runs there, stop it, or choose another port with --port.",
            code="port-in-use",
        )
    if error.errno == errno.EACCES:
        return LabtopError(f"Port {port} is reserved for the system.", hint="Choose one above 1023 with --port.")
    return LabtopError(f"{host} is no address of this machine.", hint="Use --host 127.0.0.1.")


def _holder(port: int) -> str:
    """Which process listens on a port, as far as we may see."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:2] == (port,) and connection.pid:
                return f" by process {connection.pid} ({psutil.Process(connection.pid).name()})"
    except (psutil.Error, OSError):
        pass
    return ""
