"""Running git on repositories that come from anyone, without a terminal and with a time-out."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from core.errors import LabtopError, disk_error
from core.jobs.processes import child_environment, end_tree

LOCAL_SECONDS = 60.0
"""The longest that a command without network may take."""

_ENVIRONMENT = {
    "LC_ALL": "C",  # its messages are parsed
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",  # not `ext`, which runs any command
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",  # answers with nothing instead of opening a window
    "SSH_ASKPASS_REQUIRE": "never",
}

_NOBODY_TO_ASK = ("-c", "credential.interactive=false")
"""Respected by credential helpers that open a window; stored logins are still used."""

_REPOSITORY_VARIABLES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_SHALLOW_FILE",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)
"""Set inside a git hook, where they would redirect our commands to another repository or to other files of it."""

MAX_REASON = 200
"""Characters of git's output in an error message; a server can make it 64 KB long."""

_LAST_LINES = 5


class GitFailed(Exception):  # noqa: N818 - a fact, not an error that a user sees
    """A git command ended with a status other than 0."""

    def __init__(self, output: str) -> None:
        super().__init__(output)
        self.output = output
        """Its standard output and then its standard error."""

    @property
    def reason(self) -> str:
        """The line that says what was wrong, as part of a sentence."""
        lines = self._lines or ["git gave no reason"]
        fatal = [line for line in lines if line.startswith(("fatal:", "ssh:"))] or lines[-1:]
        return _short(fatal[0].removeprefix("fatal: ").rstrip("."))

    @property
    def last_lines(self) -> str:
        """The last few lines of the output, where a hook says what it requires."""
        return "\n".join(_short(line) for line in self._lines[-_LAST_LINES:])

    @property
    def _lines(self) -> list[str]:
        return [line.strip() for line in self.output.splitlines() if line.strip()]


def _short(text: str) -> str:
    return text if len(text) <= MAX_REASON else f"{text[:MAX_REASON]}…"


def start_git(
    repository: Path, arguments: tuple[str, ...], *, before: tuple[str, ...] = (), stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Start git in a repository, through another program if one is given as `before`.

    Raises LabtopError when there is no git or no such folder.
    """
    if shutil.which("git") is None:
        raise LabtopError("The program git is not installed.", hint="Install git, then try again.")
    environment = child_environment(_ENVIRONMENT)
    for name in _REPOSITORY_VARIABLES:
        environment.pop(name, None)
    try:
        return subprocess.Popen(
            [*before, "git", *_NOBODY_TO_ASK, *arguments],
            cwd=repository,
            env=environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # so that ssh and hooks find no terminal to ask on
        )
    except OSError as error:
        raise disk_error(error, f"running git in {repository}") from error


def run_git(repository: Path, *arguments: str, seconds: float = LOCAL_SECONDS) -> bytes:
    """The output of a git command that needs no network, run in a repository.

    Raises GitFailed when it ends with a status other than 0, LabtopError when it takes too long or there is no git.
    """
    with start_git(repository, arguments) as process:
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            end_tree(process.pid, 0)
            raise too_long(arguments, seconds) from None
        except BaseException:
            end_tree(process.pid, 0)
            raise
    if process.returncode != 0:
        raise GitFailed("\n".join(part.decode(errors="replace") for part in (output, errors) if part))
    return output


def too_long(arguments: tuple[str, ...], seconds: float) -> LabtopError:
    """The error for a git command that did not end in time."""
    return LabtopError(
        f"git {_verb(arguments)} took longer than {seconds:.0f} seconds and was ended.",
        hint="Check the network and the address, then try again.",
    )


def _verb(arguments: tuple[str, ...]) -> str:
    words = [word for word in arguments if not word.startswith("-") and "=" not in word]
    return words[0] if words else ""
