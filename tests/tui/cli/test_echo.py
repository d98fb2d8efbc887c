"""What is typed while a command draws."""

from __future__ import annotations

import sys

from tests.pty_program import Program

DRAWS = """\
from tui.cli.echo import EchoSwitch
echo = EchoSwitch()
echo.off()
print("drawing", flush=True)
typed = input()
echo.restore()
print(f"read {typed.upper()}", flush=True)
print(f"read {input().upper()}", flush=True)
input()
"""


def test_typed_text_is_not_echoed_and_not_lost() -> None:
    with Program([sys.executable, "-c", DRAWS]) as program:
        program.shows("drawing")
        program.send("early\n")
        program.shows("read EARLY")
        assert "early" not in program.screen.text
        program.send("later\n")
        program.shows("later", "read LATER")
