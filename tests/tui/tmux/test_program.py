"""The installed command in a real terminal: tmux at 80x24."""

from __future__ import annotations

import signal
import subprocess
from functools import partial
from pathlib import Path

import psutil
import pytest

from core.jobs.launch import launch
from core.jobs.observe import observe
from core.jobs.spec import new_spec
from core.taxonomy.authoring import unsaved_texts
from tests.tui.terminal import COMMAND, Terminal, needs_terminal
from tests.waiting import wait_for, wait_until

pytestmark = [needs_terminal, pytest.mark.slow]


def workbench_of(taxonomy: Path) -> psutil.Process:
    """The workbench that was opened with this taxonomy. A child of it has the same command line before its exec."""
    found = [
        process
        for process in psutil.process_iter(["name", "cmdline", "create_time"])
        if str(taxonomy) in (process.info["cmdline"] or ()) and not process.info["name"].startswith("tmux")
    ]
    return min(found, key=lambda process: process.info["create_time"])


def test_terminal_session(terminal: Terminal, tmp_path: Path) -> None:
    options = {"do": "count", "steps": 60, "pause": 0.02, "until": str(tmp_path / "go")}
    job = launch(new_spec("run", "tests.core.jobs.work:run", options, title="Count the steps"))
    wait_for(job, "running")
    terminal.open("sh")
    terminal.keys(f"{COMMAND}; echo left with $?", "Enter")
    terminal.shows("0Home", "1Sys", "2Tax", "6Chat", "8Jobs", "▶1", "running", "Count the steps", "^q Quit")
    terminal.keys("8")
    terminal.shows("60/60 steps")
    terminal.keys("1")
    terminal.shows("cpu ", "memory ")
    terminal.keys("2")
    terminal.shows("There is no leaf in")
    terminal.keys("8")
    terminal.shows("Count the steps")
    terminal.keys("F1")
    terminal.shows("In Jobs", "Filter jobs by text.")
    terminal.keys("Escape")
    terminal.shows("Stop")
    assert all(len(line) <= 80 for line in terminal.text().splitlines())
    terminal.keys("C-q")
    terminal.shows(f"{job.id} is still running", "left with 0")
    assert observe(job).status == "running"
    (tmp_path / "go").touch()
    wait_for(job, "succeeded")


def test_terminal_without_symbols_gets_ascii(terminal: Terminal) -> None:
    terminal.open("sh")
    for variables in ("LC_ALL= LANG=C", "LC_ALL=POSIX", "TERM=linux"):
        terminal.keys(f"clear; {variables} {COMMAND}", "Enter")
        terminal.shows("0Home", "+- ", "^q Quit")
        assert terminal.text().isascii()
        terminal.keys("C-q")
        wait_until(lambda: "^q Quit" not in terminal.text())
    terminal.keys(f"clear; LANG=C NO_COLOR=1 {COMMAND}", "Enter")
    terminal.shows("╭─ ", "^q Quit")


def test_terminal_ignores_control_sequences_in_files(terminal: Terminal, tmp_path: Path) -> None:
    evil = "\x1b]2;PWNED\x07\x1b[2J\x9b31m"
    documents, taxonomy = tmp_path / "documents", tmp_path / "taxonomy"
    leaf = taxonomy / f"knowledge/cats{evil[:9]}/qna.yaml"
    documents.mkdir()
    (documents / "cats.md").write_text(f"# Cats\n\nThey {evil} purr.\n")
    git = partial(subprocess.run, check=True, capture_output=True, text=True)
    for command in (["init"], ["add", "."], ["commit", "-m", "x"]):
        git(["git", "-C", documents, *command])
    commit = git(["git", "-C", documents, "rev-parse", "HEAD"]).stdout.strip()
    leaf.parent.mkdir(parents=True)
    leaf.write_text(f"version: 3\ndocument:\n  repo: {documents}\n  commit: {commit}\n  patterns:\n    - '*.md'\n")
    git(["git", "init", taxonomy])
    terminal.open("sh")
    terminal.keys(f"{COMMAND} --taxonomy-path {taxonomy}", "Enter")
    terminal.shows("1Sys")
    terminal.keys("2")
    terminal.shows("cats")
    terminal.keys("Down", "Enter")
    terminal.shows("repo: ")
    terminal.keys("F6")
    terminal.shows("They", "purr.")
    leaf.write_text(leaf.read_text() + f"# {evil}\n")
    terminal.keys("Escape", "Escape", "C-g")
    terminal.shows("on branch")
    assert "PWNED" not in terminal.do("display-message", "-p", "#{pane_title}")
    terminal.keys("Escape", "C-q")


def test_terminal_escape_followed_by_key(terminal: Terminal, tmp_path: Path) -> None:
    for name in ("cats", "newts"):
        leaf = tmp_path / f"taxonomy/knowledge/animals/{name}/qna.yaml"
        leaf.parent.mkdir(parents=True)
        leaf.write_text("version: 3\n")
    terminal.open("sh")
    terminal.keys(f"{COMMAND} --taxonomy-path {tmp_path}/taxonomy", "Enter")
    terminal.shows("1Sys", "^q Quit")
    terminal.keys(*"2/newt", "Enter", "Down", "Enter", *"#new")
    terminal.shows("#newversion: 3")  # an escape that waits for a second would drop what was typed before it
    terminal.keys("Escape", *"/cat", "Enter", "Down", "Enter")
    terminal.shows("newts/qna.yaml is not saved.")
    terminal.keys("Right", "Enter", *"#cat", "C-s")
    terminal.shows("#catversion: 3", "saved.")
    assert (tmp_path / "taxonomy/knowledge/animals/newts/qna.yaml").read_text() == "#newversion: 3\n"
    terminal.keys("Escape", *"1", "Escape", *"2", "C-q")


def test_terminal_alt_and_digit_switch_panes(terminal: Terminal, tmp_path: Path) -> None:
    leaf = tmp_path / "taxonomy/knowledge/animals/cats/qna.yaml"
    leaf.parent.mkdir(parents=True)
    leaf.write_text("version: 3\n")
    terminal.open("sh")
    terminal.keys(f"{COMMAND} --taxonomy-path {tmp_path}/taxonomy", "Enter")
    terminal.shows("1Sys", "^q Quit")
    terminal.keys("M-6", *"ask8", "M-2")  # M-8 is sent as the escape character and 8, in one piece
    terminal.shows("cats")
    terminal.keys("Down", "Enter", *"#8", "M-8")
    terminal.shows("No jobs yet")
    terminal.keys("M-2")
    terminal.shows("#8version: 3")
    terminal.keys("Escape")
    terminal.shows("i Write")
    terminal.keys("8")  # an escape that was pressed earlier is a key of its own
    terminal.shows("No jobs yet")
    terminal.keys("6")
    terminal.shows("│ ask8")


@pytest.mark.parametrize("number", ["TERM", "HUP"])
def test_terminal_closing_keeps_unsaved_text(terminal: Terminal, tmp_path: Path, number: str) -> None:
    leaf = tmp_path / "taxonomy/knowledge/animals/cats/qna.yaml"
    leaf.parent.mkdir(parents=True)
    leaf.write_text("version: 3\n")
    command = f"{COMMAND} --taxonomy-path {tmp_path}/taxonomy; echo left with $?"
    terminal.open("sh")
    terminal.keys(command, "Enter")
    terminal.shows("1Sys", "^q Quit")
    terminal.keys(*"2/cats", "Enter", "Down", "Enter", *"#mine")
    terminal.shows("#mineversion: 3", "not saved")
    workbench_of(tmp_path / "taxonomy").send_signal(getattr(signal, f"SIG{number}"))
    terminal.shows(f"left with {128 + getattr(signal, f'SIG{number}')}")
    assert terminal.do("display-message", "-p", "#{alternate_on}#{mouse_any_flag}#{cursor_flag}").strip() == "001"
    assert leaf.read_text() == "version: 3\n"
    terminal.keys("clear", "Enter", command, "Enter")
    terminal.shows("1Sys", "^q Quit")
    terminal.keys(*"2/cats", "Enter", "Down", "Enter")
    terminal.shows("#mineversion: 3", "Unsaved changes")
    terminal.shows("#mineversion: 3", "not saved")  # once the message above it is gone
    terminal.keys("C-s")
    terminal.shows("saved.")
    assert leaf.read_text() == "#mineversion: 3\n"
    terminal.keys("C-q")
    terminal.shows("left with 0")


def test_terminal_closing_leaves_no_process(terminal: Terminal, tmp_path: Path) -> None:
    leaf = tmp_path / "taxonomy/knowledge/animals/cats/qna.yaml"
    leaf.parent.mkdir(parents=True)
    leaf.write_text("version: 3\n")
    terminal.open(str(COMMAND), "--taxonomy-path", str(tmp_path / "taxonomy"))
    terminal.shows("1Sys", "^q Quit")
    terminal.keys(*"2/cats", "Enter", "Down", "Enter", *"#mine")
    terminal.shows("#mineversion: 3", "not saved")
    process = workbench_of(tmp_path / "taxonomy")
    terminal.close()
    process.wait(timeout=60)
    assert unsaved_texts.take(leaf) == ("#mineversion: 3\n", "version: 3\n")
