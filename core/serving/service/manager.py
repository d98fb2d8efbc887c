"""systemd's manager of this user's services, by its own commands."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import LabtopError
from core.printable import printable

COMMAND_SECONDS = 120
"""The longest time for one command of systemd; stopping a server takes up to a minute."""

PROPERTIES = (
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "MainPID",
    "NRestarts",
    "Result",
    "ExecMainStatus",
    "StateChangeTimestampMonotonic",
)

INSTEAD = (
    "In a container, use `labtop model serve --detached`. After su or sudo, log in as the user instead, for example by "
    "ssh; `labtop service install --print` shows the unit for another place."
)


@dataclass(frozen=True)
class ServiceState:
    """What the manager knows of a service."""

    active: str
    """`active`, `activating`, `inactive`, `failed`, …"""
    sub: str
    """`running`, `auto-restart`, `dead`, …"""
    enabled: bool
    """Whether it starts with the manager: at boot if the user lingers, else at login."""
    pid: int | None
    """The process of `model serve`."""
    restarts: int
    result: str
    """`success`, `exit-code`, `start-limit-hit`, …"""
    exit_status: int
    """Of its last process that ended."""
    changed: float | None
    """Seconds since 1970 of the last change of state."""


class UserManager:
    """Calls systemctl, loginctl and journalctl. Raises LabtopError for their failures."""

    def require(self) -> None:
        """Raise LabtopError where this user has no running manager."""
        if shutil.which("systemctl") is None:
            raise LabtopError("systemd is not installed on this machine.", hint=INSTEAD, code="no-systemd")
        if self._run("systemctl", "--user", "show", "--property=Version").returncode != 0:
            raise LabtopError(
                f"No systemd manager runs for the services of user {user_name()}.", hint=INSTEAD, code="no-systemd"
            )

    def reload(self) -> None:
        """Read the units again."""
        self._systemctl("daemon-reload")

    def enable(self, name: str) -> None:
        """Let a service start with the manager."""
        self._systemctl("enable", _unit(name))

    def restart(self, name: str) -> None:
        """Start a service, also one that runs or was given up."""
        self._run("systemctl", "--user", "reset-failed", _unit(name))
        self._systemctl("restart", _unit(name))

    def disable(self, name: str) -> None:
        """Stop a service, and do not start it again."""
        self._systemctl("disable", "--now", _unit(name))

    def state(self, name: str) -> ServiceState | None:
        """The state of a service; None if the manager does not know it."""
        shown = self._systemctl("show", _unit(name), f"--property={','.join(PROPERTIES)}")
        values = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
        if values.get("LoadState") in (None, "not-found"):
            return None
        changed = _number(
            values.get("StateChangeTimestampMonotonic")
        )  # microseconds; older versions print no other number
        return ServiceState(
            active=values.get("ActiveState", "unknown"),
            sub=values.get("SubState", "unknown"),
            enabled=values.get("UnitFileState") == "enabled",
            pid=_number(values.get("MainPID")) or None,
            restarts=_number(values.get("NRestarts")),
            result=values.get("Result", ""),
            exit_status=_number(values.get("ExecMainStatus")),
            changed=time.time() - time.monotonic() + changed / 1e6 if changed else None,
        )

    def lingers(self) -> bool | None:
        """Whether this user's services run without a login; None if that is unknown."""
        if shutil.which("loginctl") is None:
            return None
        done = self._run("loginctl", "show-user", user_name(), "--property=Linger", "--value")
        if done.returncode == 0:
            return done.stdout.strip() == "yes"
        # logind does not know a user who is not logged in and does not linger.
        return Path("/var/lib/systemd/linger", user_name()).exists() if Path("/run/systemd/system").exists() else None

    def log_lines(self, name: str, lines: int, *, follow: bool) -> Iterator[str]:
        """The last lines that a service wrote, and with `follow` all later ones until the caller stops."""
        if shutil.which("journalctl") is None:
            raise LabtopError("journalctl, which reads the logs of services, is not installed.")
        argv = ["journalctl", f"--user-unit={_unit(name)}", f"--lines={lines}", "--no-pager", "--output=short-iso"]
        with subprocess.Popen(
            [*argv, *(["--follow"] if follow else [])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
        ) as process:
            assert process.stdout is not None and process.stderr is not None
            try:
                for line in process.stdout:
                    yield line.decode(errors="replace").rstrip("\n")
            finally:
                process.terminate()
            problem = process.stderr.read().decode(errors="replace").strip()
            if process.wait() > 0 and not follow:
                raise LabtopError(f"journalctl failed: {_last_line(problem)}.")

    def _systemctl(self, *words: str) -> str:
        done = self._run("systemctl", "--user", *words)
        if done.returncode != 0:
            reason = _last_line(done.stderr) or f"status {done.returncode}"
            raise LabtopError(
                f"systemctl --user {' '.join(words)} failed: {reason}.",
                hint="`journalctl --user -n 50` may say more.",
                code="systemctl-failed",
            )
        return done.stdout

    def _run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=COMMAND_SECONDS,
                env=_environment(),
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise LabtopError(f"{' '.join(argv)} did not end within {COMMAND_SECONDS} seconds.") from error


def user_name() -> str:
    """This process's user, as `loginctl` knows it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _environment() -> dict[str, str]:
    """Ours, in English, and with the folder of the manager's socket, which su and cron do not set."""
    runtime = f"/run/user/{os.getuid()}"
    default = {"XDG_RUNTIME_DIR": runtime} if Path(runtime).is_dir() else {}
    return {**default, **os.environ, "LC_ALL": "C", "SYSTEMD_COLORS": "0"}


def _unit(name: str) -> str:
    return f"{name}.service"


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return printable(lines[-1]).rstrip(".") if lines else ""
