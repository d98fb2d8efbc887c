"""A program on a pseudo-terminal, on a line that may be slow: what it shows, writes and computes."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from tests.pty_screen import Screen
from tests.waiting import LIMIT_SECONDS

IDLE_SECONDS, IDLE_SHARE = 1.0, 0.02
"""A program is idle when it uses so little of a core for so long."""

LABTOP = str(Path(sys.executable).with_name("labtop"))


class Program:
    """Starts at once; a context manager that ends it."""

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int] = (80, 24),
        environment: Mapping[str, str] | None = None,
        delay: float = 0.0,
        screen: Screen | None = None,
    ) -> None:
        """`delay` is the time in seconds that bytes take in each direction; `screen` replaces one of that size."""
        self.screen = screen or Screen(*size)
        self.written = 0
        """Bytes that the program has written."""
        self._delay = delay
        self._typed: deque[tuple[float, bytes]] = deque()
        self._arriving: deque[tuple[float, bytes]] = deque()
        variables = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(environment or {})}
        self.started = time.perf_counter()
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            _set_size(0, size)
            os.execvpe(command[0], list(command), variables)

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._terminal)

    @property
    def cpu(self) -> float:
        """Processor time in seconds of all its threads so far, ended ones included."""
        return time.clock_gettime((~self._pid << 3) | 2)  # Linux's number of another process's clock

    @property
    def memory(self) -> int:
        """Resident bytes."""
        pages = Path(f"/proc/{self._pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def send(self, keys: str) -> None:
        """Type these characters; with a delay they arrive while the program is read."""
        self._typed.append((time.perf_counter() + self._delay, keys.encode()))
        self._type()

    def read(self, seconds: float) -> bool:
        """Wait for output and show it on the screen; return whether any arrived."""
        deadline = time.perf_counter() + seconds
        while True:
            self._type()
            now = time.perf_counter()
            if self._arriving and self._arriving[0][0] <= now:
                self.screen.feed(self._arriving.popleft()[1])
                return True
            due = [queue[0][0] for queue in (self._typed, self._arriving) if queue]
            wait = min([deadline, *due]) - now
            if select.select([self._terminal], [], [], max(0.0, wait))[0]:
                try:
                    data = os.read(self._terminal, 65536)
                except OSError:  # the program has ended
                    raise SystemExit(f"the program has ended; it showed\n{self.screen.text}") from None
                self.written += len(data)
                self._arriving.append((time.perf_counter() + self._delay, data))
            elif now >= deadline:
                return False

    def read_for(self, seconds: float) -> None:
        """Show all output of a time."""
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            self.read(left)

    def until(self, condition: Callable[[str], object], what: str = "the condition") -> float:
        """Wait until the text on the screen fulfils a condition; return the time of the clock."""
        deadline = time.perf_counter() + LIMIT_SECONDS
        while not condition(self.screen.text):
            if time.perf_counter() > deadline:
                raise SystemExit(f"{what} did not come true in {LIMIT_SECONDS} s; the screen shows\n{self.screen.text}")
            self.read(0.5)
        return time.perf_counter()

    def shows(self, *texts: str) -> float:
        """Wait until the screen contains all of these texts; return the time of the clock."""
        return self.until(lambda screen: all(text in screen for text in texts), f"{texts} on the screen")

    def settle(self, quiet: float = 0.3, seconds: float = 5.0) -> None:
        """Wait until the program writes nothing for a while; a cursor blinks every half a second."""
        deadline = time.perf_counter() + seconds
        while self.read(quiet) and time.perf_counter() < deadline:
            pass

    def rest(self) -> None:
        """Wait until the program is idle; when a workbench is, it has built all panes."""
        before = -1.0
        while self.cpu - before > IDLE_SHARE * IDLE_SECONDS:
            before = self.cpu
            self.read_for(IDLE_SECONDS)

    def resize(self, size: tuple[int, int]) -> None:
        self.screen.resize(*size)
        _set_size(self._terminal, size)

    def _type(self) -> None:
        while self._typed and self._typed[0][0] <= time.perf_counter():
            os.write(self._terminal, self._typed.popleft()[1])


def _set_size(terminal: int, size: tuple[int, int]) -> None:
    columns, rows = size
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
