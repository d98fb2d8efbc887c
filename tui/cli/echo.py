"""Typing while something is drawn: the terminal must not print the keys into the picture."""

from __future__ import annotations

import os
import sys
import termios
from contextlib import suppress
from typing import Any

_LOCAL_MODES = 3
"""Index of the local modes in what `termios.tcgetattr` returns."""


class EchoSwitch:
    """Switches the echo of the terminal that stdin is off and on again. Without such a terminal it does nothing.

    What is typed meanwhile is read by the next prompt, or by the shell.
    """

    def __init__(self) -> None:
        self._before: list[Any] | None = None

    def off(self) -> None:
        """Do not print what is typed from here on."""
        if self._before is not None or not _is_in_foreground():
            return
        with suppress(termios.error):
            before = termios.tcgetattr(sys.stdin)
            modes = [*before]
            modes[_LOCAL_MODES] &= ~termios.ECHO
            termios.tcsetattr(sys.stdin, termios.TCSANOW, modes)
            self._before = before

    def restore(self) -> None:
        """As it was before."""
        before, self._before = self._before, None
        if before is not None and _is_in_foreground():
            with suppress(termios.error):
                termios.tcsetattr(sys.stdin, termios.TCSANOW, before)


def _is_in_foreground() -> bool:
    """Whether this process may change the terminal; the kernel stops one in the background that does."""
    try:
        return sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):  # stdin is closed, or is no file
        return False
