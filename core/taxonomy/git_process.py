"""Running git on repositories that strangers wrote, without a terminal and without waiting for ever."""

from __future__ import annotations

import subprocess
from pathlib import Path

from core.errors import LabtopError
from core.jobs.processes import child_environment, end_tree

LOCAL_SECONDS = 60.0
"""The longest that a command without network may take."""

_ENVIRONMENT = {
    "LC_ALL": "C",  # its messages are read
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",  # not `ext`, which runs any command
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",  # answers with nothing instead of opening a window
    "SSH_ASKPASS_REQUIRE": "never",
}

_NOBODY_TO_ASK = ("-c", "credential.interactive=false")
"""Heeded by credential helpers that open a window; the login that one keeps is still used."""

_REPOSITORY_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR")
"""Set inside a git hook, where they would turn our commands to another repository."""

MAX_REASON = 200
"""Characters of what git says that go into a sentence; a server can make it say 64 KB."""


class GitFailed(Exception):  # noqa: N818 - a fact, not an error that a user sees
    """A git command ended with a status other than 0."""

    def __init__(self, output: str) -> None:
        super().__init__(output)
        self.output = output

    @property
    def reason(self) -> str:
        """The line that says what was wrong, as part of a sentence."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()] or ["git gave no reason"]
        fatal = [line for line in lines if line.startswith(("fatal:", "ssh:"))] or lines[-1:]
        reason = fatal[0].removeprefix("fatal: ").rstrip(".")
        return reason if len(reason) <= MAX_REASON else f"{reason[:MAX_REASON]}…"


def run_git(repository: Path, *arguments: str, seconds: float = LOCAL_SECONDS) -> bytes:
    """What a git command prints, run in a repository.

    Raises GitFailed when it ends with a status other than 0, LabtopError when it takes too long or there is no git.
    """
    environment = child_environment(_ENVIRONMENT)
    for name in _REPOSITORY_VARIABLES:
        environment.pop(name, None)
    try:
        process = subprocess.Popen(
            ["git", *_NOBODY_TO_ASK, *arguments],
            cwd=repository,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # so that ssh finds no terminal to ask on
        )
    except FileNotFoundError:
        raise LabtopError("The program git is not installed.", hint="Install git, then try again.") from None
    with process:
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            end_tree(process.pid, 0)
            raise LabtopError(
                f"git {_verb(arguments)} took longer than {seconds:.0f} seconds and was ended.",
                hint="Check the network and the address, then try again.",
            ) from None
        except BaseException:
            end_tree(process.pid, 0)
            raise
    if process.returncode != 0:
        raise GitFailed(errors.decode(errors="replace"))
    return output


def _verb(arguments: tuple[str, ...]) -> str:
    words = [word for word in arguments if not word.startswith("-") and "=" not in word]
    return words[0] if words else ""
