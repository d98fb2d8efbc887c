"""The logins that podman, skopeo and docker have stored for registries."""

from __future__ import annotations

import base64
import binascii
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FILE_VARIABLE = "REGISTRY_AUTH_FILE"

Login = tuple[str, str]
"""A user and a password, or a token in its place."""


def login_files() -> list[Path]:
    """Where logins may be stored, in the order in which podman looks, see containers-auth.json(5)."""
    if named := os.environ.get(FILE_VARIABLE):
        return [Path(named)]
    runtime = os.environ.get("XDG_RUNTIME_DIR") or f"/run/containers/{os.getuid()}"
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    docker = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    folder = Path(runtime, "containers") if "XDG_RUNTIME_DIR" in os.environ else Path(runtime)
    return [folder / "auth.json", config / "containers/auth.json", docker / "config.json"]


def find_login(host: str, path: str) -> Login | None:
    """The login for a repository; of several in a file the most specific one. None if there is none."""
    parts = path.split("/")
    names = [*("/".join([host, *parts[:length]]) for length in range(len(parts), 0, -1)), host]
    for file in login_files():
        data = _read(file)
        for name in (*names, f"https://{host}", f"https://{host}/v1/", f"http://{host}"):
            if found := _of_entry(_mapping(data.get("auths")).get(name)):
                return found
        helper = _mapping(data.get("credHelpers")).get(host) or data.get("credsStore")
        if isinstance(helper, str) and (found := _of_helper(helper, host)):
            return found
    return None


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return _mapping(json.loads(file.read_bytes()))
    except (OSError, ValueError, RecursionError):
        return {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _of_entry(entry: Any) -> Login | None:
    text = _mapping(entry).get("auth")
    if not isinstance(text, str) or not text:
        return None
    try:
        user, colon, password = base64.b64decode(text).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (user, password.rstrip("\0")) if colon else None


def _of_helper(name: str, host: str) -> Login | None:
    """Ask a credential helper, whose protocol is that of docker: the host on stdin, JSON on stdout."""
    program = shutil.which(f"docker-credential-{name}")
    if program is None or "/" in name:
        return None
    try:
        done = subprocess.run([program, "get"], input=host.encode(), capture_output=True, check=False, timeout=30)
        data = _mapping(json.loads(done.stdout)) if done.returncode == 0 else {}
    except (OSError, subprocess.TimeoutExpired, ValueError, RecursionError):
        return None
    user, password = data.get("Username"), data.get("Secret")
    return (user, password) if isinstance(user, str) and isinstance(password, str) else None


def parse_challenge(header: str) -> tuple[str, dict[str, str]]:
    """The scheme (in lower case) and the parameters of a WWW-Authenticate header."""
    scheme, _, rest = header.strip().partition(" ")
    return scheme.lower(), dict(_parameters(rest))


def _parameters(text: str) -> Iterator[tuple[str, str]]:
    while text := text.lstrip(", "):
        name, equals, text = text.partition("=")
        if not equals:
            return
        if text.startswith('"'):
            value, _, text = text[1:].partition('"')
        else:
            value, _, text = text.partition(",")
        yield name.strip().lower(), value.strip()
