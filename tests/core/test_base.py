"""Paths, files and errors, on which all else stands."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import paths
from core.errors import LabtopError, disk_error
from core.files import locked_folder, write_atomic
from tests.tui.cli.running import labtop


def test_labtop_home_holds_everything() -> None:
    found = paths.resolve({"LABTOP_HOME": "/lab", "XDG_DATA_HOME": "/data", "HOME": "/home/x"})
    for folder in (found.config_file, found.jobs_dir, found.datasets_dir, found.models_dir, found.documents_cache_dir):
        assert folder.is_relative_to("/lab")


def test_without_it_data_and_models_lie_where_instructlab_has_them() -> None:
    found = paths.resolve({"HOME": "/home/x", "XDG_STATE_HOME": "relative"})
    assert found.config_file == Path("/home/x/.config/labtop/config.yaml")
    assert found.jobs_dir == Path("/home/x/.local/state/labtop/jobs")
    assert found.datasets_dir == Path("/home/x/.local/share/instructlab/datasets")
    assert found.models_dir == Path("/home/x/.cache/instructlab/models")
    assert paths.resolve({"HOME": "/h", "XDG_CACHE_HOME": "/c"}).models_dir == Path("/c/instructlab/models")


def test_a_user_without_a_home_gets_a_sentence() -> None:
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
    told, jobs = done.stdout.splitlines()
    assert "has no home folder" in told and "LABTOP_HOME" in told
    assert jobs == "/lab/state/jobs"


def test_the_home_of_a_user_who_does_not_exist_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.expanded("~/data") == tmp_path / "data"
    assert paths.expanded(Path("~no-such-user/data")) == Path("~no-such-user/data")
    stderr = labtop("generate", "--pipeline", "~no-such-user/data", status=1).stderr
    assert "There is no pipeline" in stderr and "Unforeseen" not in stderr


def test_a_private_file_is_for_its_owner_only(tmp_path: Path) -> None:
    write_atomic(tmp_path / "chat.json", "[]", private=True)
    write_atomic(tmp_path / "chat.json", "[1]", private=True)
    assert (tmp_path / "chat.json").stat().st_mode & 0o777 == 0o600


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "status.json"
    write_atomic(file, "old")
    file.chmod(0o640)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LabtopError, match="The disk is full") as caught:
        write_atomic(file, "new", sync=True)
    assert caught.value.hint is not None
    assert [entry.name for entry in tmp_path.iterdir()] == ["status.json"]
    assert file.read_text() == "old"
    monkeypatch.undo()
    write_atomic(file, "new", sync=True)
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_folder_has_one_writer_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from core.files import locked_folder\n"
        "with locked_folder(Path(sys.argv[1]), 'generating'): print('in', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(LabtopError, match=f"in use: generating, process {holder.pid}"), locked_folder(tmp_path, "x"):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with locked_folder(tmp_path, "training"):
        pass


def test_an_operating_systems_error_becomes_a_sentence() -> None:
    denied = disk_error(PermissionError(errno.EACCES, "Permission denied"), "writing x")
    assert denied.message == "Permission denied while writing x."
    assert denied.hint is not None


def test_a_new_file_has_the_mode_that_the_users_mask_asks_for_and_the_mask_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.umask(0o027)

    def touched(_mask: int) -> int:
        raise AssertionError("another thread's files would be open to everyone meanwhile")

    monkeypatch.setattr(os, "umask", touched)
    try:
        write_atomic(tmp_path / "new", "x")
    finally:
        monkeypatch.undo()
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


def test_a_lock_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(LabtopError, match="The disk is full"), locked_folder(tmp_path, "x"):
        pass
