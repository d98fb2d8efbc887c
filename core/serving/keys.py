"""The API key that a server requires, and the names by which it may be addressed.

The key reaches the server in its environment: command lines and the files of jobs are readable by others.
"""

from __future__ import annotations

import ipaddress
import secrets
import socket
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core import paths
from core.errors import LabtopError
from core.files import write_atomic
from core.paths import expanded
from core.serving.credentials import API_KEY_VARIABLE, Mask, export_line
from core.serving.plan import ServerPlan

SERVER_KEY_VARIABLE = "LABTOP_SERVER_API_KEY"
"""The environment variable in which a server of ours finds the key that it requires."""

ALLOWED_HOSTS_VARIABLE = "LABTOP_SERVER_ALLOWED_HOSTS"
"""The environment variable with the names that it accepts in addition, separated by spaces."""

KEY_BYTES = 32
"""Random bytes of a new key."""

MIN_KEY_LENGTH = 16
"""Characters of a key for a server that other machines can reach; a shorter one can be guessed."""

MAX_KEY_FILE_BYTES = 4096
"""A longer file is not a key."""


@dataclass(frozen=True)
class Access:
    """What a server requires of its clients."""

    api_key: str | None = field(default=None, repr=False)
    """The key that requests must have; None for none."""
    allowed_hosts: tuple[str, ...] = ()
    """Names by which the server may be addressed in addition to this machine's own."""
    notes: tuple[str, ...] = ()
    """What the user should know, in sentences."""


LOCAL = Access()
"""Of a server for this machine alone, without a key."""


def is_loopback_address(host: str) -> bool:
    """Whether only this machine can connect to a server that listens on this address or name."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found)


def server_access(
    host: str, key_file: Path | None, allowed_hosts: Sequence[str], environment: Mapping[str, str]
) -> Access:
    """The access to a server on `host`: the key is in the file, else in LABTOP_API_KEY.

    Without either, a server for other machines gets a key of its own, kept in a private file. Raises LabtopError for
    an unusable file, key or name.
    """
    hosts = tuple(allowed_hosts)
    for name in hosts:
        if not name.strip() or not name.isprintable() or any(sign in name for sign in " /@*,"):
            raise LabtopError(
                f"{name!r} is not a host name that a server can be addressed by.",
                hint="For example: --allowed-host models.example.com",
            )
    local = is_loopback_address(host)
    if key_file is not None:
        key, notes = _read(expanded(key_file)), _readable_by_others(expanded(key_file))
        notes = (f"Requests need the API key in {key_file}.", *notes)
    elif environment.get(API_KEY_VARIABLE, "").strip():
        key = _checked(environment[API_KEY_VARIABLE], f"The API key in {API_KEY_VARIABLE}")
        notes = (f"Requests need the API key in {API_KEY_VARIABLE}.",)
    elif not local:
        file = paths.current().server_key_file
        key = _read(file) if file.exists() else _new_key(file)
        notes = (
            f"Requests need the API key in {file}, since other machines can connect.",
            f"For clients: {export_line(file)}",
        )
    else:
        return Access(allowed_hosts=hosts)
    if not local and len(key) < MIN_KEY_LENGTH:
        raise LabtopError(
            f"The API key has {len(key)} characters, too few for a server that other machines can reach.",
            hint=f"Use at least {MIN_KEY_LENGTH}, for example of: openssl rand -hex 32",
        )
    return Access(key, hosts, notes)


def with_access(plan: ServerPlan, access: Access) -> ServerPlan:
    """The plan of a server that requires what `access` says."""
    variables = {}
    if access.api_key is not None:
        variables["VLLM_API_KEY" if plan.backend == "vllm" else SERVER_KEY_VARIABLE] = access.api_key
    if access.allowed_hosts:
        variables[ALLOWED_HOSTS_VARIABLE] = " ".join(access.allowed_hosts)
    return replace(plan, env={**plan.env, **variables}, api_key=access.api_key) if variables else plan


def _new_key(file: Path) -> str:
    key = secrets.token_urlsafe(KEY_BYTES)
    write_atomic(file, key + "\n", sync=True, private=True)
    return key


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_KEY_FILE_BYTES + 1)
    except OSError as error:
        raise LabtopError(
            f"The file of the API key, {file}, cannot be read: {error.strerror}.",
            hint="Check --api-key-file, or create the file with: (umask 077; openssl rand -hex 32 > FILE)",
        ) from error
    if len(content) > MAX_KEY_FILE_BYTES:
        raise LabtopError(f"{file} is too long for an API key.", hint="It should contain one line with the key alone.")
    return _checked(content.decode("utf-8", errors="replace"), f"The API key in {file}")


def _checked(text: str, what: str) -> str:
    try:
        key = Mask(text).key
    except LabtopError:
        key = " "
    if not key or " " in key:
        raise LabtopError(
            f"{what} is empty or has a character that a request cannot contain.",
            hint="It must be one line of ASCII characters without spaces.",
        )
    return key


def _readable_by_others(file: Path) -> tuple[str, ...]:
    if file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        return (f"Other users of this machine can read {file}: chmod 600 makes it private.",)
    return ()
