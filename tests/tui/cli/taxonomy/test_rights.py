"""Folders that the user may not read, enter or write: reported, never skipped silently."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.core.taxonomy.leaves import commit_all, skill, write

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]

LABTOP = "from tui.cli.main import main; main()"

AS_A_USER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
"""For root may read everything."""


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Path]:
    """A repository of two leaves."""
    for name in "ab":
        write(tmp_path / f"tree/compositional_skills/{name}/qna.yaml", skill(1).replace("1?", f"{name}?"))
    commit_all(tmp_path / "tree")
    yield tmp_path / "tree"
    for folder in (tmp_path / "tree/compositional_skills/b", tmp_path / "tree/.git"):
        folder.chmod(0o755)


@pytest.fixture
def run() -> Run:
    """Runs a program as a user who is not root."""
    if AS_A_USER and shutil.which(AS_A_USER[0]) is None:
        pytest.skip("root can read everything, and there is no setpriv")

    def run(*arguments: str | Path, program: str = LABTOP) -> subprocess.CompletedProcess[str]:
        command = [*AS_A_USER, sys.executable, "-c", program, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    return run


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_unreadable_folder_is_error(tree: Path, run: Run, mode: int) -> None:
    folder = tree / "compositional_skills/b"
    folder.chmod(mode)
    place = ("--taxonomy-path", tree, "--taxonomy-base")
    commands: list[tuple[str | Path, ...]] = [
        ("lint", tree),
        ("lint", folder),
        *((command, *place, base) for command in ("diff", "docs") for base in ("main", "empty")),
    ]
    for command in commands:
        done = run("taxonomy", *command)
        assert done.returncode == 1, command
        assert "compositional_skills/b:1:1 error this folder cannot be read" in done.stdout, command
        assert "valid" not in done.stdout
    report = json.loads(run("taxonomy", "lint", tree, "--json").stdout)
    assert (report["files"], [found["code"] for found in report["diagnostics"]]) == (1, ["unreadable"])
    shown = run("taxonomy", "tree", *place, "main")
    assert "  a  freeform, 5 seed examples\n  b  unreadable, 1 error\n" in shown.stdout
    failed = run("data", "generate", *place, "empty", "--endpoint-url", "http://127.0.0.1:1/v1", "--model", "x")
    assert "compositional_skills/b cannot be read" in failed.stderr


@pytest.mark.parametrize("name", ["qna.yaml", "folder"])
def test_file_in_unreadable_folder(tree: Path, run: Run, name: str) -> None:
    below = tree / "compositional_skills/b" / name
    below.parent.chmod(0o000)
    options = ("--taxonomy-path", below)
    for command in (("lint", below), ("diff", *options), ("docs", *options), ("tree", *options)):
        done = run("taxonomy", *command)
        assert done.returncode == 1
        assert f"Error: {below} cannot be accessed: permission denied." in done.stderr


@pytest.mark.parametrize("mode", [0o000, 0o111, 0o444])
def test_unreadable_taxonomy(tree: Path, run: Run, mode: int) -> None:
    tree.chmod(mode)
    try:
        for command in ("diff", "tree", "docs"):
            done = run("taxonomy", command, "--taxonomy-path", tree, "--taxonomy-base", "empty")
            assert done.returncode in (1, 2)
            assert "readable" in done.stderr or "cannot be read" in done.stderr
    finally:
        tree.chmod(0o755)


def test_workbench_lists_unreadable_folder(tree: Path, run: Run) -> None:
    (tree / "compositional_skills/b").chmod(0o000)
    program = (
        "import sys; from pathlib import Path; from core.taxonomy.authoring.tree_files import find_files;"
        "from core.taxonomy.authoring.whole_tree import first_pass;"
        "root = Path(sys.argv[1]); files = find_files(root);"
        "print([str(file) for file in files]);"
        "print([(str(file), one.code) for batch in first_pass(root, files) for file in batch for one in batch[file]])"
    )
    assert run(tree, program=program).stdout.splitlines() == [
        "['compositional_skills/a/qna.yaml', 'compositional_skills/b']",
        "[('compositional_skills/b', 'unreadable')]",
    ]


def test_read_only_repository(tree: Path, run: Run) -> None:
    (tree / ".git").chmod(0o555)
    done = run("taxonomy", "new", "knowledge/c", "--branch", "add/c", "--taxonomy-path", tree)
    assert (done.returncode, "Permission denied" in done.stderr) == (1, True)
    assert "Another git command" not in done.stderr
