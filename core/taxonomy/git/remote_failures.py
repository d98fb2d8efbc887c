"""Why a remote repository cannot be reached, with what to do about it.

What git says differs with its version, with curl's TLS library and with the ssh client, and often has the reason on
another line than the one that it marks as an error.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from core.errors import LabtopError
from core.taxonomy.git.addresses import without_login
from core.taxonomy.git.process import GitFailed


@dataclass(frozen=True)
class _Cause:
    said: str
    """A pattern that some line of git's, curl's, ssh's or the server's output matches."""
    reason: str
    hint: str


_CAUSES = (
    _Cause(
        "REMOTE HOST IDENTIFICATION HAS CHANGED",
        "the server's host key is not the one that ssh knows",
        "Ask the server's operators whether it has a new key; if so, remove the old one: ssh-keygen -R HOST",
    ),
    _Cause(
        "Host key verification failed",
        "ssh does not know the server's host key",
        "Run git ls-remote {url} once by hand: ssh shows the key to compare, and stores it.",
    ),
    _Cause(
        r"Permission denied \([\w,-]+\)|Too many authentication failures",
        "the server accepts none of your ssh keys",
        "Load your key into the agent with ssh-add, and give its public half to the server.",
    ),
    _Cause(
        "certificate verification failed|SSL certificate problem",
        "git does not trust the server's certificate",
        "If you do, set its certificate authority: GIT_SSL_CAINFO=FILE, or git config --global http.sslCAInfo FILE",
    ),
    _Cause(
        "does not match target host|no alternative certificate subject name",
        "the server's certificate is for another host",
        "Use the host name that is in the server's certificate.",
    ),
    _Cause(
        "Authentication failed|could not read (Username|Password)|unable to get password",
        "the server requires a login, and git has none that it accepts",
        "Store one in a credential helper (git help credentials), or use the ssh address. "
        "git ls-remote {url} must answer without asking.",
    ),
    _Cause(
        r"Protocol .* (not supported|disabled)|redirect target URL|redirects followed|from redirection",
        "the server redirects git to an address that nothing is fetched from",
        "Open the address in a browser, and use the one that it leads to.",
    ),
    _Cause(
        r"repository .* not found|does not appear to be a git repository|is this a git repository",
        "the server has no such repository, or hides it",
        "Check the address; for a private repository git ls-remote {url} must answer without asking for a login.",
    ),
    _Cause(
        "Operation too slow|timed out",
        "the server stopped answering",
        "Check the network, and whether it needs a proxy (git config http.proxy); then try again.",
    ),
    _Cause(
        "early EOF|hung up unexpectedly|RPC failed|unexpected disconnect|Connection reset",
        "the connection was interrupted",
        "Try again; the part that was received is not used.",
    ),
)


def explained(
    error: GitFailed, url: str, failing: str, hint: str, *, what: str = "The documents' repository"
) -> LabtopError:
    """The error for a repository that did not answer as it should.

    `what` begins the sentence, and `failing` completes it, as in "cannot be fetched"; the hint, for a cause that is
    not known, may name the address as `{url}`. Passwords are left out.
    """
    shown = without_login(url)
    known = next((cause for cause in _CAUSES if re.search(cause.said, error.output, re.IGNORECASE)), None)
    reason = known.reason if known else without_login(error.reason).removeprefix(f"unable to access '{shown}/': ")
    return LabtopError(
        f"{what} {shown} {failing}: {reason}.",
        hint=(known.hint if known else hint).format(url=shlex.quote(shown)),
    )
