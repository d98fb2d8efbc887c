"""Values as texts, by the rows of the table: what the command line, variables, the file and forms accept."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config.option import OptionRow
from core.config.option_table import TABLE
from core.config.values import parse_value, wrong_value

ROWS = {name: {row.name: row for row in command.options} for name, command in TABLE.items()}


@pytest.mark.parametrize(
    ("command", "name", "text", "value"),
    [
        ("train", "num_epochs", "3", 3),
        ("train", "learning_rate", "1e-4", 1e-4),
        ("train", "system_message", "merge", "merge"),
        ("evaluate", "batch_size", "auto", "auto"),
        ("evaluate", "batch_size", "8", 8),
        ("train", "model_path", "granite", "granite"),
        ("train", "data_path", "rows.jsonl", Path("rows.jsonl")),
    ],
)
def test_usable_values(command: str, name: str, text: str, value: object) -> None:
    assert parse_value(ROWS[command][name], text) == (value, "")
    assert wrong_value(ROWS[command][name], text) is None


@pytest.mark.parametrize(
    ("command", "name", "text", "reason"),
    [
        ("train", "num_epochs", "0", "input should be greater than 0, not 0"),
        ("train", "num_epochs", "2.5", "input should be a valid integer, not 2.5"),
        ("train", "learning_rate", "nan", "input should be a valid number, not 'nan'"),
        ("serve", "port", "70000", "input should be less than or equal to 65535, not 70000"),
        ("evaluate", "report_style", "new", "input should be 'classic' or 'current', not 'new'"),
        ("evaluate", "batch_size", "some", "input should be a valid integer or 'auto', not 'some'"),
        ("train", "data_path", "", "the path is empty"),
        ("train", "data_path", "\0", "'\\x00' is not a path"),
    ],
)
def test_reasons(command: str, name: str, text: str, reason: str) -> None:
    assert wrong_value(ROWS[command][name], text) == reason


def test_paths_of_the_wrong_kind(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    row = ROWS["generate"]["taxonomy_path"]
    assert wrong_value(row, str(file)) == f"{file} is a file, not a folder"
    assert wrong_value(row, str(tmp_path / "new")) is None
    assert wrong_value(ROWS["evaluate"]["questions"], str(tmp_path)) == f"{tmp_path} is a folder, not a file"
    needed = OptionRow("rules", "", "file", must_exist=True)
    assert wrong_value(needed, str(tmp_path / "gone")) == f"the file {tmp_path / 'gone'} does not exist"
