"""Which characters a terminal can show, by its environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

FONTS_WITHOUT_SYMBOLS = ("linux", "dumb", "vt100", "vt102", "vt220", "ansi", "cons25")
"""Values of TERM for consoles whose fonts have no braille characters and few symbols."""

LAUNCH_ENVIRONMENT = Path("/proc/self/environ")


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


def launch_environment() -> Mapping[str, str]:
    """The variables this process was started with. Python sets LC_CTYPE to C.UTF-8 in the locale C (PEP 538)."""
    try:
        entries = LAUNCH_ENVIRONMENT.read_bytes().decode(errors="replace").split("\0")
    except OSError:  # not Linux
        return os.environ
    return {name: value for name, separator, value in (entry.partition("=") for entry in entries) if separator}


def _is_utf8(charset: str) -> bool:
    return charset.lower().replace("-", "").replace("_", "") in ("utf8", "cp65001")
