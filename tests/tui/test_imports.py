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


def test_opening_the_workbench_imports_no_pydantic() -> None:
    program = (
        "import sys, tui.start\n"
        "from tui.cli.main import _open_workbench, cli\n"
        "tui.start.open_workbench = lambda **settings: print(settings['theme'], 'pydantic' in sys.modules)\n"
        "_open_workbench(cli.make_context('labtop', []))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "dark False\n"


def test_environment_is_set_before_textual_is_imported() -> None:
    program = "import tui.start, sys; assert 'textual' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
