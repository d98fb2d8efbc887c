"""Which terminals get ASCII."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from core.terminal import color_system, needs_ascii


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm-256color", "LANG": "en_US.UTF-8"}, False),
        ({"TERM": "screen-256color", "LANG": "de_DE.utf8"}, False),
        ({"TERM": "tmux-256color", "LC_ALL": "C.UTF-8", "LANG": "C"}, False),
        ({"LANG": "ca_ES.UTF-8@valencia"}, False),
        ({"LC_CTYPE": "UTF-8"}, False),
        ({}, False),
        ({"LANG": "en_US"}, False),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, True),
        ({"LC_ALL": "", "LC_CTYPE": "POSIX", "LANG": "en_US.UTF-8"}, True),
        ({"LANG": "C"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, True),
        ({"LANG": "de_DE@euro"}, False),
        ({"TERM": "linux", "LANG": "en_US.UTF-8"}, True),
    ],
)
def test_needs_ascii_follows_font_and_locale(environment: dict[str, str], expected: bool) -> None:
    assert needs_ascii(environment, "utf-8") is expected


def test_needs_ascii_follows_encoding_of_output() -> None:
    assert needs_ascii({"LANG": "de_DE"}, "iso-8859-1")
    assert needs_ascii({}, None)


@pytest.mark.parametrize(("locale", "expected"), [("C", "True"), ("C.UTF-8", "False")])
def test_needs_ascii_sees_the_locale_that_python_replaces(locale: str, expected: str) -> None:
    code = "import sys, core.terminal as t; print(t.needs_ascii(t.launch_environment(), sys.stdout.encoding))"
    environment = {name: value for name, value in os.environ.items() if name not in ("LC_ALL", "LC_CTYPE", "TERM")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env={**environment, "LANG": locale}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected


@pytest.mark.parametrize(
    ("environment", "colors", "expected"),
    [
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, 8, "truecolor"),
        ({"TERM": "xterm-256color", "COLORTERM": "24bit"}, 8, "truecolor"),
        ({"TERM": "xterm-kitty"}, 256, "truecolor"),
        ({"TERM": "alacritty"}, 256, "truecolor"),
        ({"TERM": "xterm-direct"}, 256, "truecolor"),
        ({"TERM": "screen-256color"}, 8, "256"),
        ({"TERM": "tmux-256color-italic"}, 8, "256"),
        ({"TERM": "st"}, 256, "256"),
        ({"TERM": "xterm"}, 8, "standard"),
        ({"TERM": "screen"}, 8, "standard"),
        ({"TERM": "linux"}, 256, "standard"),
        ({}, 0, "standard"),
    ],
)
def test_color_system_follows_names_and_terminfo(environment: dict[str, str], colors: int, expected: str) -> None:
    assert color_system(environment, lambda: colors) == expected
