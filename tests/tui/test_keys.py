"""One meaning per key: what every binding of every pane, dialog and widget calls its key."""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import ModalScreen

import tui
import widgets
from tui.app import Workbench

MOVES = ("list", "tree", "dialog", "help", "text", "input")
"""Groups of keys that move a cursor or a selection, or edit text: the usual ones everywhere."""

MEANINGS = {
    "n": "New",
    "r": "Resume",
    "c": "Stop",
    "x": "Remove",
    "l": "Log",
    "z": "Zoom",
    "g": "Generate",
    "t": "Train",
    "e": "Evaluate",
    "s": "Serve",
    "d": "Download",
    "p": "Upload",
    "o": "Checkpoints",
    "y": "Copy",
    "a": "Attach",
    "w": "Next step",
    "space": "Mark",
    "slash": "Filter",
    "i": "Write",
    "m": "Graph",
}
"""What these keys are called wherever they are bound."""

ALLOWED = {
    "git.stage": "the letters in the git dialog are those of its verbs; no key of a pane works in a dialog",
    "git.commit": "as git.stage",
    "git.branch": "as git.stage",
    "problem.close": "the key that opened a dialog also closes it",
    "draft.take": "y and n answer the dialog's question",
    "draft.leave": "y and n answer the dialog's question",
    "draft.more": "a dialog's own verb",
    "editor.go-to-gap": "in the editor letters are text; ctrl+n is its most frequent movement: to the next gap",
    "editor.offer-keys": "only in the editor",
    "log.next-match": "in a log n and N go from match to match, as in pagers; a new job is started from the list",
    "log.find-text": "a log shows all its lines, also those that do not match",
    "log-search.leave": "named after where it leads",
    "editor.leave-attribution": "esc goes one level back, and is named after where that is",
}
"""Bindings that use a key with another meaning, with the reason."""

NAMED_AFTER_PLACE = ("escape", "enter", "v")
"""esc goes one level back, enter opens what is under the cursor, and v draws a graph in another way: each binding says
where that leads."""


def classes() -> Iterator[type[DOMNode]]:
    for package in (tui, widgets):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".cli" in module.name:
                continue
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, type) and issubclass(value, DOMNode) and value.__module__ == module.name:
                    yield value


def bindings(*, of_dialogs: bool = True) -> list[Binding]:
    owners = [owner for owner in classes() if of_dialogs or not issubclass(owner, ModalScreen)]
    declared = [binding for owner in owners for binding in owner.__dict__.get("BINDINGS", ())]
    return [*Binding.make_bindings(declared)]


def named() -> list[Binding]:
    """The bindings that a person reads: those with a description."""
    return [binding for binding in bindings() if binding.description]


def test_keys_have_one_meaning() -> None:
    meanings: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for binding in named():
        group = binding.id.partition(".")[0] if binding.id else ""
        if binding.key in NAMED_AFTER_PLACE or group in MOVES or binding.id in ALLOWED:
            continue
        meanings[binding.key][binding.description].append(str(binding.id))
    several = {key: dict(found) for key, found in meanings.items() if len(found) > 1}
    assert not several
    other = {key: dict(found) for key, found in meanings.items() if key in MEANINGS and set(found) != {MEANINGS[key]}}
    assert not other


def test_keys_that_are_allowed_exist() -> None:
    assert set(ALLOWED) <= {binding.id for binding in named()}


def test_keys_have_id_and_tooltip() -> None:
    for binding in named():
        assert binding.id, binding
        assert binding.tooltip or binding.id.partition(".")[0] in ("help", "dialog"), binding


def test_keys_escape_never_quits() -> None:
    assert all("quit" not in binding.action for binding in bindings() if binding.key == "escape")


def test_keys_are_documented() -> None:
    text = (Path(__file__).parents[2] / "docs/workbench.md").read_text()
    table = {
        row.split("|")[1].strip(" `"): row.split("|")[2].strip()
        for row in text.partition("## Keys")[2].partition("\n## ")[0].splitlines()
        if row.startswith("| `")
    }
    shown = {"slash": "/"}
    for key, meaning in MEANINGS.items():
        assert table.get(shown.get(key, key), "").startswith(meaning), key


@pytest.mark.slow
async def test_keys_escape_goes_back_and_stays_in_the_pane(tmp_path: Path) -> None:
    app = Workbench(taxonomy_path=tmp_path, base_url="http://127.0.0.1:9/v1")
    async with app.run_test(size=(80, 24)) as pilot:
        for entry in tui.panes.PANES:
            await pilot.press(f"alt+{entry.key}", *["escape"] * 4)
            screen = app.screen
            await pilot.press("f1", "escape", "ctrl+p", "escape", "escape")
            assert app.screen is screen
            assert not app._exit
