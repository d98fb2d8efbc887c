"""Opening the workbench on this terminal. The environment is set before Textual is imported, which reads it once."""

from __future__ import annotations

import gc
import io
import os
import sys
from pathlib import Path

from core.taxonomy.rules.options import AdviceOptions
from tui.defects import record

OVER_SSH = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0", "TEXTUAL_FPS": "15"}
"""A slow line gets fewer and smaller updates; what the user has set stays."""


def open_workbench(
    *,
    ascii_only: bool = False,
    taxonomy_path: Path | None = None,
    taxonomy_base: str | None = None,
    lint: AdviceOptions | None = None,
    base_url: str | None = None,
    model: str | None = None,
) -> None:
    """Run the workbench until the user leaves it. A terminal that speaks no UTF-8 gets ASCII.

    Raises LabtopError when it stopped on a defect; the traceback is in the log.
    """
    if os.environ.get("SSH_CONNECTION"):
        for name, value in OVER_SSH.items():
            os.environ.setdefault(name, value)

    from rich.console import Console

    from core.taxonomy.git.changes import DEFAULT_BASE
    from tui.app import BASE_URL, Workbench
    from tui.escape_parser import install_escape_parser

    app = Workbench(
        ascii_only=ascii_only or not speaks_utf8(),
        taxonomy_path=taxonomy_path,
        taxonomy_base=taxonomy_base or DEFAULT_BASE,
        lint=lint,
        base_url=base_url or BASE_URL,
        model=model,
    )
    install_escape_parser()
    traceback = io.StringIO()
    app.error_console = Console(file=traceback, width=120)
    gc.freeze()  # all that is loaded stays: a search of it for garbage would halt the screen for 20 ms
    app.run()
    if traceback.getvalue():
        raise record(traceback.getvalue())
    if app.return_code:
        raise SystemExit(app.return_code)
    told = farewell([job.spec.id for job in app.context.jobs if job.status in ("queued", "running", "stalled")])
    if told:
        sys.stdout.write(told + "\n")


def speaks_utf8() -> bool:
    """Whether signs beyond ASCII can be written to the terminal."""
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def farewell(running: list[str]) -> str:
    """What is said of jobs that go on; empty when there are none."""
    if not running:
        return ""
    if len(running) == 1:
        return f"{running[0]} goes on. Watch it with: labtop process attach {running[0]}"
    return f"{len(running)} jobs go on: {', '.join(running)}. Watch one with: labtop process attach ID"
