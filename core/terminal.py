"""Which characters and colours a terminal can show, by its environment variables."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

FONTS_WITHOUT_SYMBOLS = ("linux", "dumb", "vt100", "vt102", "vt220", "ansi", "cons25")
"""Values of TERM for consoles whose fonts have no braille characters and few symbols."""

TRUE_COLOR = ("alacritty", "contour", "foot", "ghostty", "kitty", "rio", "wezterm", "direct")
"""Words in the TERM of terminals with 24-bit colours. They also set COLORTERM, which ssh does not pass on."""

ColorSystem = Literal["standard", "256", "truecolor"]
"""As Textual names them; `standard` is 16 colours."""

LAUNCH_ENVIRONMENT = Path("/proc/self/environ")


def has_title(environment: Mapping[str, str]) -> bool:
    """Whether the terminal has a title that can be set; consoles would print parts of the sequence."""
    return environment.get("TERM", "") not in FONTS_WITHOUT_SYMBOLS


def needs_ascii(environment: Mapping[str, str], encoding: str | None) -> bool:
    """Whether to write ASCII only: for the font, the locale, or the encoding of the output.

    Python itself writes UTF-8 in the locale C, whatever the terminal shows, so the encoding is not enough.
    """
    if environment.get("TERM", "") in FONTS_WITHOUT_SYMBOLS:
        return True
    names = (environment.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next((name for name in names if name), "")
    if locale.partition("@")[0] in ("C", "POSIX"):
        return True
    charset = locale.partition("@")[0].partition(".")[2]
    return not _is_utf8(charset or encoding or "")


def color_system(environment: Mapping[str, str], colors: Callable[[], int]) -> ColorSystem:
    """How many colours to use; `colors` is asked for their number if the names do not say it."""
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "truecolor"
    term = environment.get("TERM", "").lower()
    if any(word in re.split(r"[-+.]", term) for word in TRUE_COLOR):
        return "truecolor"
    if "256color" in term or (term not in FONTS_WITHOUT_SYMBOLS and colors() >= 256):
        return "256"
    return "standard"


def terminfo_colors() -> int:
    """The number of colours in this terminal's description; 0 if it is not known."""
    import curses  # needed for few terminals only

    try:
        curses.setupterm()
    except (curses.error, io.UnsupportedOperation):
        return 0
    return curses.tigetnum("colors")


def launch_environment() -> Mapping[str, str]:
    """The variables this process was started with. Python sets LC_CTYPE to C.UTF-8 in the locale C (PEP 538)."""
    try:
        entries = LAUNCH_ENVIRONMENT.read_bytes().decode(errors="replace").split("\0")
    except OSError:  # not Linux
        return os.environ
    return {name: value for name, separator, value in (entry.partition("=") for entry in entries) if separator}


def _is_utf8(charset: str) -> bool:
    return charset.lower().replace("-", "").replace("_", "") in ("utf8", "cp65001")
