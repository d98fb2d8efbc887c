"""The workbench's tree with 2,000 leaves at 80x24, without a terminal: the longest pause of its event loop.

Run as `python tests/benchmarks/taxonomy_tree.py`; prints one JSON line. Opening lasts until every leaf is linted.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from textual.events import Key

LEAVES = 2000
FOLDERS = 20
TICK = 0.002
LIMIT_SECONDS = 120.0
BURST = 1000
"""Letters that come in at once, as from a paste that the terminal does not mark as one."""

LEAF = "version: 2\ntask_description: Rhyme {number}.\ncreated_by: tester\nseed_examples:\n" + "".join(
    f"  - question: What rhymes with {word} {{number}}?\n    answer: Something does.\n"
    for word in ("cat", "dog", "tree", "sun", "day")
)


class Lag:
    """Sleeps for a tick again and again, and notes how much later than asked it wakes."""

    def __init__(self) -> None:
        self.worst = 0.0

    async def watch(self) -> None:
        while True:
            slept = time.perf_counter()
            await asyncio.sleep(TICK)
            self.worst = max(self.worst, time.perf_counter() - slept - TICK)

    def take(self) -> float:
        """The worst since it was taken last, in milliseconds."""
        worst, self.worst = self.worst, 0.0
        return round(worst * 1000, 1)


async def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"not done within {LIMIT_SECONDS} s")
        await asyncio.sleep(0.01)


async def measure(taxonomy: Path) -> dict[str, float]:
    from tui.app import Workbench
    from tui.screens.taxonomy.pane import TaxonomyPane

    app = Workbench(taxonomy_path=taxonomy)
    gc.freeze()  # as the program does
    async with app.run_test(size=(80, 24)) as pilot:
        lag = Lag()
        watching = asyncio.create_task(lag.watch())
        started = time.perf_counter()
        app.simulate_key("2")  # pilot.press would wait for lint
        await until(lambda: "taxonomy" in app.panes)
        pane = app.panes["taxonomy"]
        assert isinstance(pane, TaxonomyPane)
        await until(lambda: pane.is_mounted and len(pane.browser.files) == LEAVES)
        shown = time.perf_counter() - started
        await until(lambda: len(pane.browser.linted) == LEAVES)
        found = {"shown_s": round(shown, 2), "linted_s": round(time.perf_counter() - started, 2), "open_ms": lag.take()}
        await pilot.press("home", "right", *["down"] * 60)
        found["browse_ms"] = lag.take()
        await pilot.press("slash", *"rhyme7", "enter")
        found["filter_ms"] = lag.take()
        await pilot.press("home", "right", "down", "right", "down", "enter")
        await until(lambda: pane.leaf.leaf is not None)
        found["open_leaf_ms"] = lag.take()
        await pilot.press(*"# a comment typed here")
        await until(lambda: pane.leaf.unsaved)
        await asyncio.sleep(1)  # until lint has looked at it
        found["type_ms"] = lag.take()
        started = time.perf_counter()
        for letter in "x" * BURST:
            app.post_message(Key(letter, letter))
        await until(lambda: "x" * BURST in pane.leaf.editor.text)
        found["letters_per_s"] = round(BURST / (time.perf_counter() - started))
        watching.cancel()
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LABTOP_HOME"] = f"{folder}/home"
        taxonomy = Path(folder, "taxonomy")
        for number in range(LEAVES):
            leaf = taxonomy / f"compositional_skills/part{number % FOLDERS}/rhyme{number}/qna.yaml"
            leaf.parent.mkdir(parents=True)
            leaf.write_text(LEAF.format(number=number))
        found = asyncio.run(measure(taxonomy))
    print(json.dumps({"benchmark": "taxonomy_tree", "leaves": LEAVES, **found}))


if __name__ == "__main__":
    main()
