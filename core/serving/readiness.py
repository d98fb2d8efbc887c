"""Detecting that a server is ready: by a line in its log, or by a response over HTTP from its own port."""

from __future__ import annotations

import http.client
import socket
from collections import deque
from contextlib import closing
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from core.errors import LabtopError
from core.jobs.processes import is_gone, tree
from core.jobs.tail import LineTail, log_text
from core.serving.announcement import ready_models, ready_url
from core.serving.plan import ReadyLine, ReadyUrl, ServerPlan, base_url

PROBE_SECONDS = 2.0
"""The time for a server to respond after it accepted the connection; one that is loading may not."""

LAST_LINES = 20
"""Lines at the end of the log to keep, in which a server that ended may have reported why."""


ATTEMPT_SECONDS = 2.0
"""The time between two attempts to reach a starting server, as they are counted for the user."""


@dataclass(frozen=True)
class Attempt:
    """How far the start of a server is."""

    number: int
    total: int
    """The last one, after which the server is given up."""
    seconds: float
    """Since the start."""
    url: str | None
    """Where it will answer, if that is known."""
    last_line: str
    """Of its log, printable; may be empty."""


def ignore_attempt(_attempt: Attempt) -> None:
    """Drops it."""


class PortTakenError(LabtopError):
    """Another program took the port while the server was starting."""


class Readiness:
    """Reads one server's log from its start, and sends it requests if its plan has a ReadyUrl."""

    def __init__(self, plan: ServerPlan, log_file: Path, start: int) -> None:
        self._plan = plan
        self._tail = LineTail(log_file, start)
        self.models: list[str] = []
        """The names in the ready line, once it was read."""
        self._last: deque[str] = deque(maxlen=LAST_LINES)

    def url(self, pid: int) -> str | None:
        """The base URL once the server `pid` is ready; an incomplete line does not count.

        Raises PortTakenError when another program answers at its port.
        """
        ready = self._plan.ready
        while lines := self._tail.read():
            for line in lines:
                text = line.decode(errors="replace").strip()
                if text:
                    self._last.append(text)
                if isinstance(ready, ReadyLine) and (url := ready_url(text)) is not None:
                    self.models = ready_models(text)
                    return url
        return self._probe(ready, pid) if isinstance(ready, ReadyUrl) else None

    def _probe(self, ready: ReadyUrl, pid: int) -> str | None:
        url = base_url(self._plan.host, self._plan.port)
        with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=PROBE_SECONDS)) as connection:
            try:
                connection.connect()
            except OSError:
                return None
            if not listens(pid, self._plan.port):
                if all(map(is_gone, tree(pid))):
                    return None
                raise port_taken(self._plan)
            try:
                connection.request("GET", ready.path)
                return url if connection.getresponse().status == 200 else None
            except (OSError, http.client.HTTPException):
                return None

    def attempt(self, seconds: float, ready_seconds: float) -> Attempt:
        """The attempt at a time since the start."""
        total = max(1, ceil(ready_seconds / ATTEMPT_SECONDS))
        url = base_url(self._plan.host, self._plan.port) if self._plan.port else None
        lines = self.last_lines()
        last = log_text(lines[-1].encode()) if lines else ""
        return Attempt(min(total, int(seconds / ATTEMPT_SECONDS) + 1), total, seconds, url, last)

    def last_lines(self) -> list[str]:
        """The log's last lines without blank ones, including an unfinished one."""
        rest = self._tail.unfinished.decode(errors="replace").strip()
        return [*self._last, *([rest] if rest else [])]


def listens(pid: int, port: int) -> bool:
    """Whether a process or a child of it listens on a port; True where the system does not permit reading that."""
    for process in tree(pid):
        try:
            connections = process.net_connections("tcp")
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:
            return True
        if any(found.status == psutil.CONN_LISTEN and found.laddr[1] == port for found in connections):
            return True
    return False


def is_taken(plan: ServerPlan) -> bool:
    """Whether another program accepts connections on the port of a server that has ended."""
    if not plan.port:
        return False
    parts = urlsplit(base_url(plan.host, plan.port))
    try:
        socket.create_connection((parts.hostname, plan.port), timeout=PROBE_SECONDS).close()
    except OSError:
        return False
    return True


def port_taken(plan: ServerPlan) -> PortTakenError:
    """The error for a server whose port another program took."""
    return PortTakenError(
        f"Another program took port {plan.port} on {plan.host} while the server for {plan.what} was starting.",
        hint="Start it again, or choose another port with --port.",
        code="port-in-use",
    )
