"""`labtop config`: InstructLab's options, and what to do next."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import yaml

from core import paths
from core.config.load import load
from core.sdg.leaves.changed import checked_leaves
from tests.core.taxonomy.leaves import skill
from tests.tui.cli.running import labtop


def command_of(line: str) -> str:
    """The command after the words of a line."""
    return line.partition(": ")[2]


def test_init_next_steps_work(tmp_path: Path) -> None:
    folder = tmp_path / "tax"
    done = labtop("config", "init", "--non-interactive", "--taxonomy-path", str(folder))
    *_, ready, first, second = done.stdout.splitlines()
    assert ready == "Initialization completed successfully, you're ready to start using labtop. Enjoy!"
    begin = command_of(first)
    assert begin == f"git init -b main {folder} && git -C {folder} commit --allow-empty -m 'Start the taxonomy'"
    write = command_of(second)
    assert write == f"labtop taxonomy new knowledge/SUBJECT --branch add/SUBJECT --taxonomy-path {folder}"
    subprocess.run(begin, shell=True, check=True, capture_output=True)
    labtop(*shlex.split(write.replace("SUBJECT", "birds"))[1:])
    leaf = folder / "compositional_skills/writing/letters/qna.yaml"
    leaf.parent.mkdir(parents=True)
    leaf.write_text(skill())
    assert "knowledge/birds/qna.yaml\n" in labtop("taxonomy", "diff", status=1).stdout
    shutil.rmtree(folder / "knowledge")
    assert labtop("taxonomy", "diff").stdout.startswith("compositional_skills/writing/letters/qna.yaml\n")
    assert labtop("taxonomy", "lint").stdout.endswith("1 file, 0 errors, 1 warning\n")
    base = load(paths.current().config_file, environment={}).settings.generate.taxonomy_base
    assert base == "main"
    assert len(checked_leaves(folder, base)) == 1  # data generate begins with it
    again = labtop("config", "init", "--non-interactive", "--taxonomy-path", str(folder), "--force")
    assert again.stdout.splitlines()[-1] == f"Next: labtop taxonomy tree --taxonomy-path {folder}"
    labtop("taxonomy", "tree")


def test_init_prints_clone_command() -> None:
    folder = paths.current().taxonomy_dir
    options = ("--repository", "https://example.org/taxonomy.git", "--min-taxonomy")
    done = labtop("config", "init", "--non-interactive", *options)
    assert done.stdout.splitlines()[-1] == (
        f"Next, get your taxonomy: git clone --depth 1 https://example.org/taxonomy.git {folder}"
    )


def test_init_writes_existing_base(tmp_path: Path) -> None:
    """A default that is not there would make diff and generate fail."""

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True)

    def chosen() -> str:
        labtop("init", "--non-interactive", "--force", "--taxonomy-path", str(tmp_path))
        labtop("taxonomy", "tree")
        return load(paths.current().config_file, environment={}).settings.generate.taxonomy_base

    assert chosen() == "empty"
    git("init", "-b", "trunk")
    git("commit", "--allow-empty", "-m", "x")
    assert chosen() == "trunk"
    git("branch", "main")
    assert chosen() == "main"
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert chosen() == "origin/main"


def test_init_with_config_option(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    labtop("init", "--non-interactive", "--config", str(file), "--model-path", "granite-7b-starter")
    assert load(file, environment={}).settings.train.model_path == "granite-7b-starter"
    assert not paths.current().config_file.exists()


def test_init_points_to_instructlab(own_home: Path) -> None:
    theirs = own_home / ".config" / "instructlab" / "config.yaml"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("version: 1.0.0\ntrain:\n  num_epochs: 3\n")
    done = labtop("init", "--non-interactive")
    assert f"InstructLab's settings are in {theirs}. To convert them: labtop config migrate --force" in done.stdout
    labtop("config", "migrate", "--force")
    assert labtop("config", "show", "-k", "train.num_epochs").stdout == "3\n"


def test_show_without_comments() -> None:
    with_comments = labtop("config", "show").stdout
    without = labtop("config", "show", "-wc").stdout
    assert "# default" in with_comments and "#" not in without
    assert yaml.safe_load(with_comments) == yaml.safe_load(without)
