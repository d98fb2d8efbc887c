"""From a markdown document to a valid, committed leaf: in the workbench alone, at 80x24, without the mouse."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from core import paths
from core.taxonomy.authoring.load import load_leaf
from core.taxonomy.lint import lint_file
from core.taxonomy.rules.options import AdviceOptions
from core.taxonomy.rules.second_pass import SecondPass
from tests.tui.terminal import COMMAND, Terminal, needs_terminal
from tests.waiting import wait_until

pytestmark = [needs_terminal, pytest.mark.slow]

CATS = {
    "lion": "Prides of females hunt antelopes together on open savannah",
    "tiger": "Stripes hide this swimmer among tall reeds near rivers",
    "lynx": "Tufted ears hear hares under deep northern snow",
    "puma": "Mountains from Canada down into Chile are its home",
    "ocelot": "Spotted fur blends with rainforest leaves after dusk",
}
"""And what is said of each."""


def passage(cat: str) -> str:
    return f"The {cat} purrs: softly, # and often.\n{CATS[cat]}."


@pytest.fixture(autouse=True)
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another editor, which appends a line."""
    monkeypatch.setenv("EDITOR", f"{Path('/bin/sh')} {tmp_path / 'editor'}")
    (tmp_path / "editor").write_text('printf "# by another editor\\n" >> "$1"\n')


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout


def test_terminal_leaf_from_document_to_commit(terminal: Terminal, tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "cats.md").write_text("# Cats\n\n" + "\n\n".join(map(passage, CATS)) + "\n")
    git(documents, "init", "--quiet")
    git(documents, "add", ".")
    git(documents, "commit", "--quiet", "-m", "cats")
    taxonomy = paths.current().taxonomy_dir
    taxonomy.mkdir(parents=True)
    git(taxonomy, "init", "--quiet")

    terminal.open(str(COMMAND))
    terminal.shows("1Sys", "^q Quit")
    terminal.keys("2")
    terminal.shows("There is no leaf in", "Press n to create")
    terminal.keys("n")
    terminal.shows("New leaf", "Path", "Documents")
    terminal.type("know")
    terminal.shows(" knowledge/ ")
    terminal.keys("Tab")
    terminal.type("animals/cats")
    terminal.shows(" knowledge/animals/cats ")
    terminal.keys("Tab")
    terminal.type("wild cats")
    terminal.keys("Tab")
    terminal.type(str(documents))
    terminal.keys("Tab", "Tab")
    terminal.type("add/cats")
    terminal.keys("Enter")
    terminal.shows("knowledge/animals/cats", "version: 3", "0/5 contexts")

    terminal.keys("F6")
    terminal.shows("cats.md", "The lion purrs")
    terminal.keys("Down", "Down")
    for number in range(1, len(CATS) + 1):
        terminal.keys("Enter")
        terminal.shows(f"{number}/5 contexts", f"{number} used")

    terminal.keys("F6", "C-Home")
    terminal.shows("version: 3", " 1:1  ")
    for cat in CATS:
        for question, answer in (
            (f"How does the {cat} purr?", "It purrs softly, and often."),
            (f"What is known of the {cat}?", f"{CATS[cat]}."),
            (f"Is it often that one hears a {cat}?", f"The {cat} purrs often."),
        ):
            terminal.keys("C-n")
            terminal.type(question)
            terminal.keys("C-n")
            terminal.type(answer)
    terminal.shows("15/15 pairs")
    terminal.keys("C-n")
    terminal.type("Facts about cats  ")
    terminal.shows("trailing spaces", "F7 fixes it.")
    terminal.keys("F7")
    terminal.shows("✓✓✓✓✓", "5/5 contexts", "15/15 pairs", "not saved")
    terminal.keys("F2")
    terminal.shows("knowledge/animals/cats/attribution.txt", "to write: Title of work, Link to work")
    for said in ("Cats", "https://example.org/cats", "first of May", "CC-BY-4.0", "Cat Writers"):
        terminal.keys("C-n")
        terminal.type(said)
    terminal.shows("complete", "not saved")
    terminal.keys("C-s")
    leaf = taxonomy / "knowledge/animals/cats/qna.yaml"
    wait_until(lambda: "Creator names: Cat Writers" in leaf.with_name("attribution.txt").read_text())
    terminal.keys("Escape")
    terminal.shows("5/5 contexts", "15/15 pairs")
    terminal.keys("F4")
    wait_until(lambda: leaf.read_text().endswith("# by another editor\n"))
    terminal.keys(*["PageDown"] * 9)
    terminal.shows("# by another editor")

    terminal.keys("C-g")
    terminal.shows("on branch add/cats", "? new to git  qna.yaml", "+version: 3")
    terminal.keys("c")
    terminal.shows("Describe the change in one line")
    terminal.type("Teach what cats do")
    terminal.keys("Enter")
    terminal.shows("Committed as")
    terminal.keys("Escape", "Escape")
    terminal.shows("knowledge, committed", "on branch add/cats")
    terminal.keys("C-q")

    assert lint_file(leaf, SecondPass(AdviceOptions(), paths.current().documents_cache_dir)) == []
    loaded = load_leaf(leaf, taxonomy)
    assert loaded.kind == "knowledge"
    assert [seed.context for seed in loaded.seeds] == [f"{passage(cat)}\n" for cat in CATS]
    assert all(len(seed.pairs) == 3 for seed in loaded.seeds)
    assert git(taxonomy, "status", "--porcelain") == ""
    assert "Signed-off-by: Tester <tester@example.org>" in git(taxonomy, "log", "-1", "--format=%B", "add/cats")
