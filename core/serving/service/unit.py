"""The text of a systemd unit, with every character of its values escaped (systemd.syntax(7), systemd.service(5))."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import LabtopError

MARK = "# Written by `labtop service install`, which replaces it; `labtop service remove` deletes it."
"""The first line of our units, by which they are recognised."""

RESTART_SECONDS = 5
"""The pause before a service is started again."""

START_LIMIT = (5, 600)
"""Starts within these seconds after which a service that keeps failing is given up."""

USAGE_STATUS = 2
"""The exit status of wrong options, which another start would not change."""

UNSAFE = "\"'\\"
"""Characters that systemd rejects in the path of a program, escaped or not."""


@dataclass(frozen=True)
class ServiceUnit:
    """A service that runs one command."""

    name: str
    """Without `.service`."""
    description: str
    command: tuple[str, ...]
    """The first word is an absolute path."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables without secrets: every user of the machine may be able to read the unit."""
    environment_file: Path | None = None
    """A private file with the variables that are secrets."""


def unit_text(unit: ServiceUnit) -> str:
    """The unit's file. Raises LabtopError for values that systemd cannot have."""
    program, *arguments = unit.command
    if any(sign in program for sign in UNSAFE) or not program.isprintable():
        raise LabtopError(
            f"A service cannot run {program}: systemd rejects quotation marks and backslashes in a program's path.",
            hint="Install labtop into a folder without them.",
        )
    starts, seconds = START_LIMIT
    lines = [
        MARK,
        "[Unit]",
        f"Description={_plain(unit.description)}",
        f"StartLimitBurst={starts}",
        f"StartLimitIntervalSec={seconds}",
        "",
        "[Service]",
        "Type=exec",
        # Variables are not expanded in the program's path, so that `$` is an ordinary character there.
        " ".join([f"ExecStart={_quoted(program)}", *(_quoted(word).replace("$", "$$") for word in arguments)]),
        *(f"Environment={_quoted(f'{name}={value}')}" for name, value in unit.environment.items()),
        *([] if unit.environment_file is None else [f"EnvironmentFile={_plain(str(unit.environment_file))}"]),
        "Restart=on-failure",
        f"RestartSec={RESTART_SECONDS}",
        f"RestartPreventExitStatus={USAGE_STATUS}",
        # The supervisor ends its server itself; a signal to both would look like a server that ended by itself.
        "KillMode=mixed",
        "",
        "[Install]",
        "WantedBy=default.target",
    ]
    return "\n".join(lines) + "\n"


def environment_text(variables: Mapping[str, str]) -> str:
    """The text of an `EnvironmentFile`. Raises LabtopError for values with line breaks."""
    lines = []
    for name, value in variables.items():
        if not value.isprintable():
            raise LabtopError(f"{name} contains a line break or another character that a service cannot have.")
        escaped = "".join(f"\\{sign}" if sign in '"\\`$' else sign for sign in value)
        lines.append(f'{name}="{escaped}"\n')
    return "".join(lines)


def command_words(text: str) -> str | None:
    """The ExecStart line of a unit, for display; None if it has none."""
    return next((line.partition("=")[2] for line in text.splitlines() if line.startswith("ExecStart=")), None)


def _quoted(word: str) -> str:
    """One word in double quotes. Bytes that are not UTF-8 text are written as escapes, `%` is doubled."""
    return f'"{"".join(_escapes(word))}"'


def _escapes(word: str) -> Iterator[str]:
    for sign in word:
        if sign in '"\\':
            yield f"\\{sign}"
        elif sign == "%":
            yield "%%"
        elif sign == "\0":
            raise LabtopError("A service's command and variables cannot contain a null character.")
        elif sign.isprintable():
            yield sign
        else:
            yield "".join(f"\\x{byte:02x}" for byte in os.fsencode(sign))


def _plain(text: str) -> str:
    """A value that is not split into words, in which only `%` has a meaning."""
    if not text.isprintable() or text != text.strip() or text.endswith("\\"):
        raise LabtopError(
            f"A service cannot have {text!r}.",
            hint="Use a name or folder of printable characters without outer spaces.",
        )
    return text.replace("%", "%%")
