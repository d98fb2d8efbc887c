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
from tests.core.taxonomy.leaves import commit_all, git, skill, write
from tests.tui.cli.running import labtop


def command_of(line: str) -> str:
    """The command after the words of a line."""
    return line.partition(": ")[2]


def test_init_next_steps_work(tmp_path: Path) -> None:
    """Without a terminal nothing is created unasked, and the printed commands do it."""
    folder = tmp_path / "tax"
    done = labtop("config", "init", "--non-interactive", "--taxonomy-path", str(folder))
    *_, ready, first, second = done.stdout.splitlines()
    assert ready == "Initialization completed successfully, you're ready to start using labtop. Enjoy!"
    assert not folder.exists()
    begin = command_of(first)
    assert begin == f"labtop config init --force --create-taxonomy --taxonomy-path {folder}"
    write = command_of(second)
    assert write == f"labtop taxonomy new knowledge/SUBJECT --branch add/SUBJECT --taxonomy-path {folder}"
    again = labtop(*shlex.split(begin)[1:], "--non-interactive")
    assert again.stdout.splitlines()[-1] == f"Next, create a leaf: {write}"
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
    kept = labtop("config", "init", "--non-interactive", "--taxonomy-path", str(folder), "--force", "--create-taxonomy")
    assert f"{folder} exists already and is used as it is." in kept.stdout
    assert kept.stdout.splitlines()[-1] == f"Next: labtop taxonomy tree --taxonomy-path {folder}"
    labtop("taxonomy", "tree")


def test_init_clones(tmp_path: Path) -> None:
    folder = paths.current().taxonomy_dir
    write(tmp_path / "theirs/compositional_skills/letters/qna.yaml", skill())
    commit_all(tmp_path / "theirs", "first")
    absent = labtop("init", "--non-interactive", "--repository", str(tmp_path / "none.git"), status=1)
    assert "cannot be cloned" in absent.stderr
    assert not paths.current().config_file.exists() and not folder.exists()
    done = labtop("init", "--non-interactive", "--repository", str(tmp_path / "theirs"), "--min-taxonomy")
    assert done.stdout.splitlines()[-1] == f"Next: labtop taxonomy tree --taxonomy-path {folder}"
    assert git(folder, "rev-list", "--count", "HEAD").strip() == "1"
    assert "letters" in labtop("taxonomy", "tree").stdout
    both = labtop("init", "--force", "--repository", "x", "--create-taxonomy", status=2)
    assert "cannot be used together" in both.stderr


def test_init_writes_existing_base(tmp_path: Path) -> None:
    """A default that is not there would make diff and generate fail."""

    def run_git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True)

    def chosen() -> str:
        labtop("init", "--non-interactive", "--force", "--taxonomy-path", str(tmp_path))
        labtop("taxonomy", "tree")
        return load(paths.current().config_file, environment={}).settings.generate.taxonomy_base

    assert chosen() == "empty"
    run_git("init", "-b", "trunk")
    run_git("commit", "--allow-empty", "-m", "x")
    assert chosen() == "trunk"
    run_git("branch", "main")
    assert chosen() == "main"
    run_git("update-ref", "refs/remotes/origin/main", "HEAD")
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
