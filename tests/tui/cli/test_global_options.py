"""Options before the command: they count for every command, or the command says why not."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from core import paths
from tests.tui.cli.running import LABTOP, labtop

pytestmark = pytest.mark.slow

LEAF = """\
version: 3
created_by: me
domain: d
"""


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    """A taxonomy in git whose only leaf is new."""
    root = tmp_path / "tax"
    (root / "knowledge" / "leaf").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "commit", "-q", "--allow-empty", "-m", "begin"], check=True)
    (root / "knowledge" / "leaf" / "qna.yaml").write_text(LEAF)
    return root


@pytest.mark.parametrize(
    "command",
    [
        ("taxonomy", "diff", "--taxonomy-base", "main", "--json"),
        ("diff", "--taxonomy-base", "main", "--json"),
        ("taxonomy", "tree", "--taxonomy-base", "main", "--json"),
        ("taxonomy", "lint", "--json"),
        ("taxonomy", "docs", "--taxonomy-base", "main", "--json"),
    ],
)
def test_taxonomy_path_before_command(taxonomy: Path, command: tuple[str, ...]) -> None:
    before = subprocess.run([LABTOP, "--taxonomy-path", taxonomy, *command], capture_output=True, text=True)
    option = (taxonomy,) if "lint" in command else ("--taxonomy-path", taxonomy)
    after = subprocess.run([LABTOP, *command, *option], capture_output=True, text=True)
    assert "leaf" in before.stdout
    assert (before.returncode, before.stdout, before.stderr) == (after.returncode, after.stdout, after.stderr)


def test_taxonomy_path_before_generate(taxonomy: Path) -> None:
    failed = labtop("--taxonomy-path", str(taxonomy), "data", "generate", "--taxonomy-base", "main", status=1)
    assert "leaf" in failed.stderr
    shown = labtop("--taxonomy-path", str(taxonomy), "config", "show", "--json").stdout
    assert json.loads(shown)["settings"]["generate"]["taxonomy_path"] == str(taxonomy)
    assert json.loads(shown)["origins"]["generate.taxonomy_path"] == "--taxonomy-path"


def test_taxonomy_path_of_command_wins(taxonomy: Path) -> None:
    arguments = ("--taxonomy-path", "/nowhere", "taxonomy", "tree", "--taxonomy-path", str(taxonomy), "--json")
    assert [leaf["path"] for leaf in json.loads(labtop(*arguments).stdout)] == ["knowledge/leaf"]


def test_taxonomy_path_before_init(taxonomy: Path) -> None:
    labtop("--taxonomy-path", str(taxonomy), "config", "init", "--non-interactive")
    assert labtop("config", "show", "-k", "generate.taxonomy_path").stdout == f"{taxonomy}\n"


def test_config_before_command(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("train:\n  num_epochs: 3\nlint:\n  nonsense: 1\n")
    for command in (("taxonomy", "lint"), ("config", "show"), ("model", "list"), ("data", "generate")):
        done = subprocess.run([LABTOP, "--config", file, *command], capture_output=True, text=True)
        assert done.returncode == 0 if command == ("model", "list") else "mine.yaml:4: lint.nonsense" in done.stderr


def test_config_init_creates_named_file(tmp_path: Path) -> None:
    file = tmp_path / "new" / "mine.yaml"
    labtop("--config", str(file), "config", "init", "--non-interactive", "--taxonomy-base", "other")
    assert labtop("--config", str(file), "config", "show", "-k", "generate.taxonomy_base").stdout == "other\n"
    assert not paths.current().config_file.exists()
    labtop("--config", str(tmp_path / "none.yaml"), "config", "show", status=1)


def test_verbose_shows_origins(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("train:\n  num_epochs: 3\n")
    command = [LABTOP, "-v", "--config", str(file), "model", "train", "--warmup-steps", "2"]
    failed = subprocess.run(command, capture_output=True, text=True)
    assert "train.num_epochs: 3  # mine.yaml:2\n" in failed.stderr
    assert "train.warmup_steps: 2  # --warmup-steps\n" in failed.stderr
    assert "Traceback" in failed.stderr and "Error: No student model given." in failed.stderr
    quiet = labtop("--config", str(file), "model", "train", "--warmup-steps", "2", status=1)
    assert "mine.yaml" not in quiet.stderr


def test_ascii_applies_to_every_command(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"messages": [{"role": "user", "content": "Größe ½ 中"}]}) + "\n")
    assert "── 1 ──" in labtop("data", "show", str(rows)).stdout
    plain = labtop("--ascii", "data", "show", str(rows)).stdout
    assert plain.isascii() and "-- 1 --" in plain and "Gr" in plain
    shown = labtop("--ascii", "data", "show", str(rows), "--json").stdout
    assert shown.isascii()
    assert json.loads(shown)[0]["messages"][0]["content"] == "Größe ½ 中"


@pytest.mark.parametrize(("variable", "colours"), [("", True), ("1", False)])
def test_no_color(variable: str, colours: bool) -> None:
    leader, follower = pty.openpty()
    environment = {**os.environ, "NO_COLOR": variable, "TERM": "xterm-256color"}
    try:
        done = subprocess.run(
            [LABTOP, "model", "serve", "--model-path", "/nowhere"], env=environment, stdout=follower, stderr=follower
        )
        shown = os.read(leader, 10_000)
    finally:
        os.close(leader)
        os.close(follower)
    assert done.returncode == 1
    assert b"Error:" in shown and b"Hint:" in shown
    assert (b"\x1b[" in shown) is colours


def test_theme_is_a_setting_with_an_origin() -> None:
    shown = json.loads(labtop("--theme", "light", "config", "show", "--json").stdout)
    assert shown["settings"]["workbench"] == {"theme": "light", "bell": True}
    assert shown["origins"]["workbench.theme"] == "--theme"
    file = paths.current().config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("version: 1\nworkbench:\n  theme: high-contrast\n")
    shown = json.loads(labtop("config", "show", "--json").stdout)
    assert (shown["settings"]["workbench"]["theme"], shown["origins"]["workbench.theme"]) == (
        "high-contrast",
        "config.yaml:3",
    )
    assert "blue" in labtop("--theme", "blue", status=2).stderr
