"""The first run of the installed command in a real terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import paths
from core.config.load import load
from tests.core.taxonomy.leaves import git
from tests.tui.terminal import COMMAND, Terminal, needs_terminal

pytestmark = [needs_terminal, pytest.mark.slow]


def test_terminal_first_run_sets_up(terminal: Terminal) -> None:
    folder = paths.current().taxonomy_dir
    terminal.open("sh")
    terminal.keys(f"{COMMAND}; echo left with $?", "Enter")
    terminal.shows("welcome to labtop", "Settings", "New taxonomy", "^q Quit")
    terminal.keys("Enter")
    terminal.shows("Write the settings", "No profile")
    terminal.keys("Enter")
    terminal.shows("✓ Settings", "done: ")
    terminal.keys("Enter")
    terminal.shows("Create a taxonomy", "Folder")
    terminal.keys("Enter")
    terminal.shows("✓ New taxonomy", "Go to Home")
    terminal.keys("Enter")
    terminal.shows("next step", "Write the first leaf", "committed Create the taxonomy")
    assert all(len(line) <= 80 for line in terminal.text().splitlines())
    terminal.keys("C-q")
    terminal.shows("left with 0")
    assert git(folder, "log", "--format=%s").strip() == "Create the taxonomy"
    terminal.keys("clear", "Enter", f"{COMMAND}", "Enter")
    terminal.shows("next step", "taxonomy on main")  # set up: Home is shown at once
    terminal.keys("u")
    terminal.shows("What is set up", "✓ Settings", "✓ New taxonomy")
    terminal.keys("C-q")


def test_terminal_init_asks_for_a_taxonomy(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    terminal.open("sh")
    terminal.keys(f"{COMMAND} config init; echo left with $?", "Enter")
    terminal.shows("Path to your taxonomy")
    terminal.keys(str(folder), "Enter")
    terminal.shows("Enter the number of your choice [hit enter for the default CPU-only profile]")
    terminal.keys("Enter")
    terminal.shows("[1] Create a new one", "[2] Clone one")
    terminal.keys("1", "Enter")
    terminal.shows("Created the taxonomy", "left with 0")
    generate = load(paths.current().config_file, environment={}).settings.generate
    assert (generate.taxonomy_path, generate.taxonomy_base) == (folder, "main")
    terminal.keys("clear", "Enter", f"{COMMAND} init --force", "Enter")
    terminal.shows("Path to your taxonomy")
    terminal.keys(str(tmp_path / "cloned"), "Enter")
    terminal.shows("Enter the number of your choice")
    terminal.keys("0", "Enter")
    terminal.shows("[2] Clone one")
    terminal.keys("2", "Enter")
    terminal.shows("URL or path of its git repository")
    terminal.keys(str(folder), "Enter")
    terminal.shows("Cloned", "Next, create a leaf")
    assert git(tmp_path / "cloned", "log", "--format=%s").strip() == "Create the taxonomy"
