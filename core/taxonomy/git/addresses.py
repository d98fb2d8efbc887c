"""Which repositories, commits and patterns a leaf may name: strangers write them, and git would run some."""

from __future__ import annotations

import re

from core.errors import LabtopError
from core.paths import expanded

_SCHEMES = ("https://", "http://", "ssh://", "git://", "file://")
_SSH = re.compile(r"ssh://(?:[\w.+-]+@)?(?:\w[\w.-]*|\[[\da-f:.]+\])(?::\d+)?/\S.*", re.IGNORECASE)
"""Of a host or a user nothing but plain names: ssh's settings may give them to a shell."""

_SCP_LIKE = re.compile(r"(?:[\w.+-]+@)?\w[\w.-]*:(?!:)[^\s]+")
_COMMIT = re.compile(r"\w[\w./-]*")
_WEB_LOGIN = re.compile(r"(https?://)[^/\s]*@", re.IGNORECASE)
_PASSWORD = re.compile(r"(\w://[^/:@\s]*:)[^/\s]*@")

MAX_PATTERN = 1_000
"""Characters of a pattern; matching costs more than its length."""


def checked_url(repo: str) -> str:
    """The address to give to git, with its scheme as git knows it; a plain path becomes absolute.

    Refuses what git would run as a command.
    """
    address = repo.strip()
    if address.startswith(("/", "~/")):
        return str(expanded(address))
    scheme = next((scheme for scheme in _SCHEMES if address.lower().startswith(scheme)), None)
    if scheme == "ssh://":
        sound = _SSH.fullmatch(address) is not None
    elif scheme:
        sound = not address[len(scheme) :].startswith("-")
    else:
        sound = "://" not in address and _SCP_LIKE.fullmatch(address) is not None
    if sound:
        return scheme + address[len(scheme) :] if scheme else address
    raise LabtopError(
        f"'{without_login(repo)}' is not an address that documents are fetched from.",
        hint="Write https://…, ssh://…, git://…, file://…, user@host:path or an absolute path.",
    )


def without_login(text: str) -> str:
    """A text without the passwords of its addresses, nor the users of its web addresses, which may be tokens."""
    return _PASSWORD.sub(r"\1…@", _WEB_LOGIN.sub(r"\1", text))


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
