"""Which repositories, commits and patterns a leaf may name: they come from anyone, and git would run some of them."""

from __future__ import annotations

import re

from core.paths import expanded
from core.taxonomy.format.leaf import SourceError

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

    Raises SourceError for what git would run as a command.
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
    raise SourceError(
        f"'{without_login(repo)}' is not an address that documents are fetched from.",
        hint="Write https://…, ssh://…, git://…, file://…, user@host:path or an absolute path.",
        field="repo",
    )


def without_login(text: str) -> str:
    """A text without the passwords of its addresses, nor the users of its web addresses, which may be tokens."""
    return _PASSWORD.sub(r"\1…@", _WEB_LOGIN.sub(r"\1", text))


def check_commit(commit: str) -> None:
    """Raises SourceError for what cannot be the name of a commit or a branch."""
    if not _COMMIT.fullmatch(commit) or ".." in commit:
        hint = "git rev-parse HEAD, in the repository, prints it."
        raise SourceError(f"'{commit}' is not a commit.", hint, field="commit")


def check_pattern(pattern: str) -> None:
    """Raises SourceError for a pattern that leads out of the repository, or is too long."""
    if len(pattern) > MAX_PATTERN:
        message = f"A pattern has more than {MAX_PATTERN:,} characters."
        raise SourceError(message, "Name a folder: docs/*.md", field="patterns")
    if pattern.startswith("/") or ".." in pattern.split("/"):
        raise SourceError(
            f"The pattern '{pattern}' leads out of the documents' repository.",
            hint="Write paths relative to the repository's top folder.",
            field="patterns",
        )
