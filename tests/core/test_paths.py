"""Where files and folders are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import paths
from tests.tui.cli.running import labtop


def test_labtop_home_holds_everything() -> None:
    found = paths.resolve({"LABTOP_HOME": "/lab", "XDG_DATA_HOME": "/data", "HOME": "/home/x"})
    for folder in (found.config_file, found.jobs_dir, found.datasets_dir, found.models_dir, found.documents_cache_dir):
        assert folder.is_relative_to("/lab")


def test_default_paths_are_instructlabs() -> None:
    found = paths.resolve({"HOME": "/home/x", "XDG_STATE_HOME": "relative"})
    assert found.config_file == Path("/home/x/.config/labtop/config.yaml")
    assert found.jobs_dir == Path("/home/x/.local/state/labtop/jobs")
    assert found.datasets_dir == Path("/home/x/.local/share/instructlab/datasets")
    assert found.models_dir == Path("/home/x/.cache/instructlab/models")
    assert paths.resolve({"HOME": "/h", "XDG_CACHE_HOME": "/c"}).models_dir == Path("/c/instructlab/models")


def test_user_without_a_home_is_an_error() -> None:
    code = (
        "import os; from core import paths; from core.errors import LabtopError\n"
        "os.setuid(54321)\n"
        "try: paths.resolve({})\n"
        "except LabtopError as error: print(error.message, error.hint)\n"
        "print(paths.resolve({'LABTOP_HOME': '/lab'}).jobs_dir)\n"
    )
    if os.getuid() != 0:
        pytest.skip("becoming another user needs root")
    environment = {name: value for name, value in os.environ.items() if name != "HOME"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    output, jobs = done.stdout.splitlines()
    assert "has no home folder" in output and "LABTOP_HOME" in output
    assert jobs == "/lab/state/jobs"


def test_home_of_an_unknown_user_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.expanded("~/data") == tmp_path / "data"
    assert paths.expanded(Path("~no-such-user/data")) == Path("~no-such-user/data")
    stderr = labtop("generate", "--pipeline", "~no-such-user/data", status=1).stderr
    assert "no-such-user/data." in stderr and "Unexpected error" not in stderr
