"""The command line's frame: help, errors, exit statuses, settings."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from core import paths
from tests.tui.cli.running import LABTOP, labtop
from tui.cli.main import COMMANDS, MODEL


def test_help_without_terminal() -> None:
    assert labtop().stdout == labtop("--help").stdout
    assert "quickstart" in labtop().stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_command(name: str) -> None:
    assert labtop(name, "--help").stdout.startswith(f"Usage: labtop {name}")


@pytest.mark.parametrize("name", MODEL)
def test_help_of_every_model_command(name: str) -> None:
    assert labtop("model", name, "--help").stdout.startswith(f"Usage: labtop model {name}")


@pytest.mark.parametrize("group", ["config", "data", "model", "process", "system", "taxonomy"])
def test_group_lists_commands(group: str) -> None:
    assert "Commands:" in labtop(group).stdout


def test_help_shows_default_of_flag() -> None:
    assert "[default: checkpoint-at-epoch]" in labtop("model", "train", "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("model", "convert"), "labtop serves and trains models in the Hugging Face layout"),
        (("rag", "ingest"), "labtop model chat --rag FOLDER"),
    ],
)
def test_command_of_instructlab_is_rejected_with_the_reason(arguments: tuple[str, ...], reason: str) -> None:
    rejected = labtop(*arguments, status=2)
    assert reason in rejected.stderr and "No such command" in rejected.stderr


def test_misspelt_command() -> None:
    assert "Did you mean process?" in labtop("procss", status=2).stderr


def test_file_name_too_long() -> None:
    assert "Error: The name of a file is too long." in labtop("taxonomy", "lint", "a" * 300, status=1).stderr


def test_reader_leaves(tmp_path: Path) -> None:
    folders = [tmp_path / f"knowledge/{number}" for number in range(1000)]  # their findings do not fit into a pipe
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "qna.yaml").write_text("a: [\n")
    command = [LABTOP, "taxonomy", "lint", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141


def test_no_space_for_output() -> None:
    command = [LABTOP, "taxonomy", "lint", str(Path(__file__).parents[3] / "profiles")]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The output cannot be written: no space left on device.\nHint: ")


def test_missing_settings_file() -> None:
    labtop("config", "show")
    failed = labtop("--config", "/nowhere/config.yaml", "config", "show", status=1)
    assert failed.stderr.startswith("Error: There is no settings file /nowhere/config.yaml.\nHint: ")


def test_broken_settings_file() -> None:
    file = paths.current().config_file
    file.parent.mkdir(parents=True)
    file.write_text("generate:\n  modle: x\n")
    failed = labtop("data", "generate", status=1)
    assert "config.yaml:2: generate.modle " in failed.stderr
    assert "Hint: Did you mean model?" in failed.stderr


def test_init_menu_of_profiles() -> None:
    done = labtop("config", "init", stdin="\n3\n")
    assert "[0] No profile (CPU-only)\n[1] A100_H100_x2.yaml\n" in done.stdout
    assert "[6] L4_x8.yaml\n" in done.stdout
    assert "You selected: A100_H100_x8.yaml" in done.stdout
    assert labtop("config", "show", "--key", "train.nproc_per_node").stdout == "8\n"
    labtop("init", "--non-interactive", status=1)
    labtop("init", "--non-interactive", "--profile", "L4_x8", "--force")
    shown = json.loads(labtop("config", "show", "--json").stdout)
    assert shown["settings"]["train"]["max_batch_len"] == 30000
    assert shown["origins"]["train.max_batch_len"] == "profile L4_x8.yaml"
    labtop("config", "show", "--key", "train.nothing", status=2)


def test_init_not_writable() -> None:
    paths.current().data_dir.parent.mkdir(parents=True)
    paths.current().data_dir.write_text("no folder")
    failed = labtop("init", "--non-interactive", status=1)
    assert f"{paths.current().data_dir}/datasets.\nHint: " in failed.stderr
    assert "Unexpected error" not in failed.stderr


def test_edit_checks_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\necho 'train: {num_epochs: none}' > $1\n")
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    assert "config.yaml:1: train.num_epochs: " in labtop("config", "edit", status=1).stderr
    monkeypatch.setenv("EDITOR", "/nowhere/editor")
    _, _, hint = labtop("config", "edit", status=1).stderr.partition("\nHint: ")
    assert "EDITOR" in hint


def test_show_suggests_setting() -> None:
    assert "Did you mean train.num_epochs?" in labtop("config", "show", "--key", "train.num_epoch", status=2).stderr


def test_prompt_at_end_of_input() -> None:
    failed = labtop("config", "init", status=1)
    assert "The input ended before all questions were answered." in failed.stderr
    assert "--non-interactive" in failed.stderr
