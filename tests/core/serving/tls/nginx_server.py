"""A real nginx on loopback, with the files that `labtop tls init` writes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from core.serving.tls.front import Front, create_front
from tests.ports import free_port
from tests.waiting import wait_until

NGINX = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"]))
"""Debian installs it in a folder that only root's PATH contains."""


def require_nginx() -> str:
    """The program. Skips the test where it is not installed."""
    if NGINX is None:
        pytest.skip("nginx is not installed: apt install nginx-light")
    return NGINX


@contextmanager
def nginx_front(
    folder: Path, upstream: str, *, names: tuple[str, ...] = ("127.0.0.1",), edit: Callable[[str], str] = str
) -> Iterator[Front]:
    """nginx in front of a server, at a free port; `edit` changes its configuration as an administrator would."""
    program = require_nginx()
    port = free_port()
    front = create_front(names, folder, port, upstream)
    listen = f"listen {port} ssl;"
    text = front.site_file.read_text()
    assert listen in text
    front.site_file.write_text(edit(text).replace(listen, f"listen 127.0.0.1:{port} ssl;"))
    process = subprocess.Popen(
        [program, "-p", folder, "-c", "nginx.conf", "-e", "error.log", "-g", "daemon off;"], stderr=subprocess.DEVNULL
    )

    def answers() -> bool:
        assert process.poll() is None, (folder / "error.log").read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    try:
        wait_until(answers, what="nginx")
        yield front
    finally:
        process.terminate()
        process.wait(60)
