"""Starts the quickstart, after asking."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual.app import App

from core.jobs.folder import JobFolder
from core.jobs.launch import launch
from core.quickstart.options import FOLDER, quickstart_spec
from tui.context import Context
from tui.screens.shared.confirm import ConfirmDialog


async def start_quickstart(app: App[object], context: Context) -> JobFolder | None:
    """Call it in a worker. Returns the job, or None if the answer was to cancel."""
    folder = Path.cwd() / FOLDER
    detail = f"Runs all five steps on a small sample (about 3 to 20 minutes) and writes to {folder}."
    dialog = ConfirmDialog("Start the quickstart?", [("start", "Start")], context.glyphs, detail=detail, safe=["start"])
    if await app.push_screen_wait(dialog) is None:
        return None
    return await asyncio.to_thread(launch, quickstart_spec(folder), context.store)
