"""Processor time of a letter typed into a leaf, against a bare Textual TextArea of the same text and size.

Run as `python tests/benchmarks/workbench/letters.py`; prints one JSON line. Both programs run on terminals of their own
and get the letters in turn. A letter's time is that of all threads until the program is idle again; lint, which runs in
a pause of typing, is measured on its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path, PurePosixPath

from core.quickstart.sandbox import make_sandbox
from tests.pty_program import LABTOP, Program
from tui.app import Workbench
from tui.screens.taxonomy.pane import TaxonomyPane
from widgets.tree.taxonomy_tree import TaxonomyTree

LETTERS = "where the old keeper of the tower went after the harvest of that year "
LEAF = "knowledge/astronomy/vellan_observatory/qna.yaml"

DOWN, END = "\x1b[B", "\x1b[F"

LINES_DOWN = 20

QUIET_SECONDS = 0.04
"""Without output for so long, a letter has been drawn."""

BARE = """
import sys
from textual.app import App
from textual.widgets import TextArea

class Bare(App):
    ENABLE_COMMAND_PALETTE = False
    CSS = "TextArea { width: %d; height: %d; border: none; padding: 0; scrollbar-size: 1 1; }"

    def compose(self):
        yield TextArea(open(%r).read(), show_line_numbers=True, soft_wrap=True, tab_behavior="indent")

Bare().run()
"""


def editor_size(root: Path, size: tuple[int, int]) -> tuple[int, int]:
    """The size of the workbench's editor on a terminal of this size."""

    async def measure() -> tuple[int, int]:
        app = Workbench(taxonomy_path=root)
        async with app.run_test(size=size) as pilot:
            await app.run_action("show_pane('taxonomy')")
            await pilot.pause()
            pane = app.panes["taxonomy"]
            assert isinstance(pane, TaxonomyPane)
            pane.browser.leaves.post_message(TaxonomyTree.LeafChosen(PurePosixPath(LEAF)))
            for _ in range(100):
                await pilot.pause(0.1)
                if pane.leaf.leaf is not None and pane.leaf.editor.size.height:
                    return pane.leaf.editor.size.width, pane.leaf.editor.size.height
            raise SystemExit("the leaf did not open")

    return asyncio.run(measure())


def open_leaf(ours: Program) -> None:
    """Open the leaf in the editor."""
    ours.shows("Commands")
    ours.send("2")
    ours.shows("vellan_observatory")
    ours.settle()
    ours.send("/")
    ours.settle()
    ours.send("vellan\r")
    ours.settle()
    ours.send("\x1b[F\r")  # end, enter
    ours.shows("seed_examples")
    ours.settle()
    ours.send("\x1b[1;5H")  # ctrl+home
    ours.settle()


def cost(program: Program, letter: str) -> float:
    before = program.cpu
    program.send(letter)
    program.read(1.0)
    program.settle(QUIET_SECONDS, seconds=1.0)
    return program.cpu - before


def measure(root: Path, size: tuple[int, int]) -> dict[str, object]:
    width, height = editor_size(root, size)
    script = BARE % (width, height, str(root / LEAF))
    home = {"LABTOP_HOME": str(root.parent / "home"), "SSH_CONNECTION": ""}
    with (
        Program([LABTOP, "--taxonomy-path", str(root)], size, home) as ours,
        Program([sys.executable, "-c", script], size) as bare,
    ):
        open_leaf(ours)
        for program in (ours, bare):
            program.send(DOWN * LINES_DOWN + END)
            program.settle()
        spent: tuple[list[float], list[float]] = ([], [])
        for letter in LETTERS:
            for program, costs in zip((ours, bare), spent, strict=True):
                costs.append(cost(program, letter))
        for program in (ours, bare):
            program.shows(*LETTERS.split()[-3:])
        before = ours.cpu
        ours.read_for(1.0)
        pause = ours.cpu - before
    costs = [statistics.median(one) for one in spent]
    return {
        "editor": f"{width}x{height}",
        "letter_ms": round(1000 * costs[0], 2),
        "bare_ms": round(1000 * costs[1], 2),
        "ratio": round(costs[0] / costs[1], 2),
        "p95_ms": round(1000 * statistics.quantiles(spent[0], n=20)[-1], 2),
        "bare_p95_ms": round(1000 * statistics.quantiles(spent[1], n=20)[-1], 2),
        "pause_ms": round(1000 * pause, 1),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LABTOP_HOME"] = f"{folder}/home"
        root = make_sandbox(Path(folder, "sample")).taxonomy
        found = {f"{size[0]}x{size[1]}": measure(root, size) for size in ((80, 24), (140, 40))}
    print(json.dumps({"benchmark": "letters", "typed": len(LETTERS), **found}))


if __name__ == "__main__":
    main()
