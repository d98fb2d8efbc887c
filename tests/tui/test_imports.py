"""The workbench imports no model library, and each pane only when it is shown."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("torch", "transformers", "lm_eval", "vllm", "fastapi", "datasets", "numpy")

PROGRAM = """
import asyncio, sys
from tui.app import Workbench

async def visit():
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        print(",".join(sys.modules))
        for key in "2168":
            await pilot.press("escape", key)
            await pilot.pause()
        print(",".join(sys.modules))

asyncio.run(visit())
"""


def test_panes_import_no_model_library() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    first, all_panes = (set(line.split(",")) for line in ran.stdout.splitlines())
    assert not all_panes.intersection(HEAVY)
    assert {"tui.screens.taxonomy.pane", "tui.screens.chat.pane", "tui.screens.jobs.pane"} <= all_panes
    early = {
        "tui.screens.taxonomy.pane",
        "tui.screens.chat.pane",
        "tui.screens.shared.help",
        "openai",
        "pydantic",
        "markdown_it",
        "git",
    }
    assert not first & early


def test_environment_is_set_before_textual_is_imported() -> None:
    program = "import tui.start, sys; assert 'textual' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
