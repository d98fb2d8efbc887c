"""Opens the workbench on this terminal. The environment is set first, since Textual reads it when imported."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.taxonomy.rules.options import AdviceOptions
from core.terminal import color_system, launch_environment, needs_ascii, terminfo_colors
from tui.defects import record

OVER_SSH = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0", "TEXTUAL_FPS": "15"}
"""Fewer and smaller updates over a slow line; variables that the user has set are kept."""


def open_workbench(
    *,
    ascii_only: bool = False,
    taxonomy_path: Path | None = None,
    taxonomy_base: str | None = None,
    lint: AdviceOptions | None = None,
    base_url: str | None = None,
    model: str | None = None,
    theme: str | None = None,
    bell: bool = True,
    settings_file: Path | None = None,
    chat: Mapping[str, Any] | None = None,
) -> None:
    """Run the workbench until the user quits. A terminal without UTF-8, or without its symbols, gets ASCII.

    `chat` are the settings of that section.
    Raises LabtopError after an unexpected error; its traceback is in the log.
    """
    if os.environ.get("SSH_CONNECTION"):
        for name, value in OVER_SSH.items():
            os.environ.setdefault(name, value)

    colors = os.environ.setdefault("TEXTUAL_COLOR_SYSTEM", color_system(os.environ, terminfo_colors))

    from rich.console import Console

    from core.taxonomy.git.changes import DEFAULT_BASE
    from tui.app import BASE_URL, Workbench
    from tui.escape_parser import install_escape_parser
    from tui.job_ends import RESTORE_TITLE
    from tui.themes import DEFAULT_THEME

    app = Workbench(
        ascii_only=ascii_only or needs_ascii(launch_environment(), sys.stdout.encoding),
        taxonomy_path=taxonomy_path,
        taxonomy_base=taxonomy_base or DEFAULT_BASE,
        lint=lint,
        base_url=base_url or BASE_URL,
        model=model,
        theme=theme or DEFAULT_THEME,
        bell=bell,
        few_colors=colors == "standard",
        settings_file=settings_file,
        load_ahead=True,
    )
    if chat is not None:
        app.context.use_chat_settings(chat)
    install_escape_parser()
    traceback = io.StringIO()
    app.error_console = Console(file=traceback, width=120)
    gc.freeze()  # everything loaded so far stays: collecting it would block the screen for 20 ms
    app.run()
    if app.title_changed:
        sys.stdout.write(RESTORE_TITLE)
        sys.stdout.flush()
    if traceback.getvalue():
        raise record(traceback.getvalue())
    if app.return_code:
        raise SystemExit(app.return_code)
    message = farewell([job.spec.id for job in app.context.jobs if job.status in ("queued", "running", "stalled")])
    if message:
        sys.stdout.write(message + "\n")


def farewell(running: list[str]) -> str:
    """The message about jobs that are still running; empty if there are none."""
    if not running:
        return ""
    if len(running) == 1:
        return f"{running[0]} is still running. Watch it with: labtop process attach {running[0]}"
    return f"{len(running)} jobs are still running: {', '.join(running)}. Watch one with: labtop process attach ID"
