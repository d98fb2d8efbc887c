"""How a server is started, and the line by which it says that it is ready."""

from __future__ import annotations

import sys

from core.serving.names import BUILTIN_TEACHER

READY = "Ready at "
"""Begins the line that a server writes once clients can connect; the base URL follows."""


def embedded_argv(
    model_path: str,
    *,
    host: str,
    port: int,
    served_name: str | None = None,
    threads: int | None = None,
    die_with_parent: bool = True,
) -> list[str]:
    """The embedded server's command line; port 0 has it choose a free one."""
    if model_path == BUILTIN_TEACHER:
        argv = [sys.executable, "-m", "core.quickstart.extractive"]
    else:
        argv = [sys.executable, "-m", "core.serving.embedded", "--model-path", model_path]
    argv += ["--host", host, "--port", str(port)]
    if served_name is not None:
        argv += ["--served-model-name", served_name]
    if threads is not None and model_path != BUILTIN_TEACHER:
        argv += ["--threads", str(threads)]
    if die_with_parent:
        argv.append("--die-with-parent")
    return argv


def base_url(host: str, port: int) -> str:
    """The URL under which clients on this machine reach a server."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{reachable}]:{port}/v1" if ":" in reachable else f"http://{reachable}:{port}/v1"
