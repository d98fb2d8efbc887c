"""`labtop config`: InstructLab's options, and what to do next."""

from __future__ import annotations

from pathlib import Path

import yaml

from core import paths
from core.config.load import load
from tests.tui.cli.running import labtop


def test_init_says_what_comes_next_and_it_works(tmp_path: Path) -> None:
    folder = tmp_path / "tax"
    done = labtop("config", "init", "--non-interactive", "--taxonomy-path", str(folder))
    *_, ready, first, second = done.stdout.splitlines()
    assert ready == "Initialization completed successfully, you're ready to start using labtop. Enjoy!"
    assert first == f"Next, begin your taxonomy: git init {folder}"
    assert second == f"Then write a leaf: labtop taxonomy new knowledge/SUBJECT --taxonomy-path {folder}"
    folder.mkdir()
    labtop("taxonomy", "new", "knowledge/birds", "--taxonomy-path", str(folder))
    again = labtop("config", "init", "--non-interactive", "--taxonomy-path", str(folder), "--force")
    assert again.stdout.splitlines()[-1] == f"Next: labtop taxonomy tree --taxonomy-path {folder}"
    labtop("taxonomy", "tree")


def test_init_names_the_command_that_clones() -> None:
    folder = paths.current().taxonomy_dir
    options = ("--repository", "https://example.org/taxonomy.git", "--min-taxonomy")
    done = labtop("config", "init", "--non-interactive", *options)
    assert done.stdout.splitlines()[-1] == (
        f"Next, get your taxonomy: git clone --depth 1 https://example.org/taxonomy.git {folder}"
    )


def test_init_writes_the_file_that_config_names_after_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    labtop("init", "--non-interactive", "--config", str(file), "--model-path", "granite-7b-starter")
    assert load(file, environment={}).settings.train.model_path == "granite-7b-starter"
    assert not paths.current().config_file.exists()


def test_init_points_to_the_settings_of_instructlab(own_home: Path) -> None:
    theirs = own_home / ".config" / "instructlab" / "config.yaml"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("version: 1.0.0\ntrain:\n  num_epochs: 3\n")
    done = labtop("init", "--non-interactive")
    assert f"InstructLab's settings are in {theirs}. Take them over: labtop config migrate --force" in done.stdout
    labtop("config", "migrate", "--force")
    assert labtop("config", "show", "-k", "train.num_epochs").stdout == "3\n"


def test_show_without_comments() -> None:
    with_comments = labtop("config", "show").stdout
    without = labtop("config", "show", "-wc").stdout
    assert "# default" in with_comments and "#" not in without
    assert yaml.safe_load(with_comments) == yaml.safe_load(without)
