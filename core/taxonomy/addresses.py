"""Which repositories, commits and patterns a leaf may name: strangers write them, and git would run some."""

from __future__ import annotations

import re
from pathlib import Path

from core.errors import LabtopError

_SCHEMES = ("https://", "http://", "ssh://", "git://", "file://")
_SCP_LIKE = re.compile(r"(?:[\w.+-]+@)?\w[\w.-]*:(?!:)[^\s]+")
_COMMIT = re.compile(r"\w[\w./-]*")

MAX_PATTERN = 1_000
"""Characters of a pattern; matching costs more than its length."""


def checked_url(repo: str) -> str:
    """The address to give to git; a plain path becomes absolute. Refuses what git would run as a command."""
    address = repo.strip()
    if address.startswith(("/", "~/")):
        return str(Path(address).expanduser())
    scheme = next((scheme for scheme in _SCHEMES if address.lower().startswith(scheme)), None)
    if scheme and not address[len(scheme) :].startswith("-"):
        return address
    if not scheme and "://" not in address and _SCP_LIKE.fullmatch(address):
        return address
    raise LabtopError(
        f"'{repo}' is not an address that documents are fetched from.",
        hint="Write https://…, ssh://…, git://…, file://…, user@host:path or an absolute path.",
    )


def check_commit(commit: str) -> None:
    """Raises LabtopError for what cannot be a commit's or a branch's name."""
    if not _COMMIT.fullmatch(commit) or ".." in commit:
        raise LabtopError(f"'{commit}' is not a commit.", hint="git rev-parse HEAD, in the repository, prints it.")


def check_pattern(pattern: str) -> None:
    """Raises LabtopError for a pattern that leads out of the repository, or is too long for one."""
    if len(pattern) > MAX_PATTERN:
        raise LabtopError(f"A pattern has more than {MAX_PATTERN:,} characters.", hint="Name a folder: docs/*.md")
    if pattern.startswith("/") or ".." in pattern.split("/"):
        raise LabtopError(
            f"The pattern '{pattern}' leaves the documents' repository.",
            hint="Count paths from the repository's top.",
        )
