"""Ports for servers that are started later, or that come back where they were."""

from __future__ import annotations

import socket
from contextlib import suppress
from random import SystemRandom

PORTS = range(10_000, 32_000)
"""Linux gives connections, and servers that ask for any port, those from 32,768 on, so nobody gets one of these."""


def free_port() -> int:
    """A port on which no program listens; other tests choose theirs at random, too."""
    while True:
        port = SystemRandom().choice(PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
