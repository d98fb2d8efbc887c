"""The shape of the packages: no import cycles between modules, no crowded folders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("core", "widgets", "tui")
MAX_MODULES = 24
"""Of a folder; in a larger one nothing is easy to find."""


def test_modules_import_each_other_without_cycles() -> None:
    """Imports inside functions count, too: they hide a cycle without removing it."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    try:
        TopologicalSorter(
            {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
        ).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_folders_hold_few_modules() -> None:
    sizes = {str(folder.relative_to(ROOT)): sum(1 for _ in folder.glob("*.py")) for folder in _folders()}
    crowded = {folder: size for folder, size in sizes.items() if size > MAX_MODULES}
    assert not crowded


def test_handlers_do_not_call_those_of_their_base_class() -> None:
    """Textual calls the handlers of all base classes by itself, so these would run twice."""
    handler = re.compile(r"super\(\)\.(on_\w+)\(\)")
    found = {
        f"{file.relative_to(ROOT)}: {name}"
        for package in ("tui", "widgets")
        for file in (ROOT / package).rglob("*.py")
        for name in handler.findall(file.read_text())
    }
    assert not found


def _folders() -> Iterator[Path]:
    for package in (*PACKAGES, "tests"):
        yield ROOT / package
        yield from (folder for folder in (ROOT / package).rglob("*") if folder.is_dir())
