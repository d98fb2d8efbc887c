"""The plans of our own servers: the embedded one, and the rule-based teacher's."""

from __future__ import annotations

import sys
from pathlib import Path

from core.paths import expanded
from core.serving.names import BUILTIN_TEACHER
from core.serving.plan import ReadyLine, ServerPlan


def embedded_plan(
    model: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    served_name: str | None = None,
    threads: int | None = None,
    context_tokens: int | None = None,
    chat_template: Path | None = None,
) -> ServerPlan:
    """The server of a model's folder or of `builtin:extractive`; with port 0 it chooses a free one."""
    if str(model) == BUILTIN_TEACHER:
        what = BUILTIN_TEACHER
        argv = [sys.executable, "-m", "core.quickstart.extractive"]
    else:
        what = str(expanded(model).absolute())
        argv = [sys.executable, "-m", "core.serving.embedded", "--model-path", what]
    argv += ["--host", host, "--port", str(port)]
    if served_name is not None:
        argv += ["--served-model-name", served_name]
    if what != BUILTIN_TEACHER:
        for option, value in (
            ("--threads", threads),
            ("--context-tokens", context_tokens),
            ("--chat-template", chat_template),
        ):
            argv += [] if value is None else [option, str(value)]
    backend = "rules" if what == BUILTIN_TEACHER else "embedded"
    return ServerPlan(what, tuple(argv), ReadyLine(), host=host, port=port, backend=backend)
