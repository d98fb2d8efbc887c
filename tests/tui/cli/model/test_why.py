"""`labtop model why`."""

from __future__ import annotations

import json
from pathlib import Path

from core import paths
from core.sdg.datasets.jsonl import write_lines
from core.sdg.datasets.records import closed_book_records
from tests.tui.cli.running import labtop

ROW = {
    "question": "Who replaced the mast?",
    "answer": "A carpenter replaced it.",
    "document": "The Petrel is a ship. A storm broke the mast. A carpenter replaced the mast.",
    "domain": "ships",
    "leaf": "knowledge_ships_petrel",
}


def test_why_names_the_leaf_and_what_is_missing() -> None:
    leaf = paths.current().taxonomy_dir / "knowledge/ships/petrel/qna.yaml"
    leaf.parent.mkdir(parents=True)
    leaf.touch()
    data = paths.current().datasets_dir / "knowledge_train_msgs_2026-01-01T00_00_00.jsonl"
    data.parent.mkdir(parents=True, exist_ok=True)
    write_lines(data, closed_book_records([ROW]))
    shown = labtop("model", "why", "Who repaired the mast?").stdout
    assert [line.split(maxsplit=1) for line in shown.splitlines()[1:]] == [
        ["answer", "A carpenter replaced it."],
        ["leaf", str(leaf)],
        ["passage", ROW["document"]],
        ["record", f"{data}, line 1"],
        ["missing", "repaired"],
    ]
    printed = json.loads(labtop("model", "why", "the mast", "--dataset", str(data), "--json").stdout)
    assert printed["taught"][0]["leaf_file"] == str(leaf)
    assert "nothing was taught about it" in labtop("model", "why", "zeppelins").stdout


def test_why_says_that_the_leaf_is_gone(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    write_lines(data, closed_book_records([ROW]))
    paths.current().taxonomy_dir.mkdir(parents=True)
    shown = labtop("model", "why", "Who repaired the mast?", "--dataset", str(data)).stdout
    assert f"knowledge_ships_petrel (not in {paths.current().taxonomy_dir})" in shown


def test_why_names_a_file_without_records(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.touch()
    failed = labtop("model", "why", "the mast", "--dataset", str(data), "--json", status=1)
    assert f"{data} contains no questions and answers." in failed.stderr


def test_why_without_data_names_the_option(tmp_path: Path) -> None:
    failed = labtop("model", "why", "the mast", status=1)
    assert "There is no training data" in failed.stderr
    assert "--dataset" in failed.stderr
    missing = labtop("model", "why", "the mast", "--dataset", str(tmp_path / "none.jsonl"), status=1)
    assert "cannot be read: No such file or directory." in missing.stderr
