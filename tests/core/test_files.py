"""Atomic files and folders, backups and locks."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.files import atomic_directory, atomic_file, back_up, locked_folder, write_atomic


def test_private_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    write_atomic(tmp_path / "chat.json", "[]", private=True)
    write_atomic(tmp_path / "chat.json", "[1]", private=True)
    assert (tmp_path / "chat.json").stat().st_mode & 0o777 == 0o600


def test_failed_write_keeps_only_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_locked_folder_is_free_after_a_kill(tmp_path: Path) -> None:
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


def test_new_file_respects_the_umask_without_changing_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_lock_that_cannot_be_written_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(LabtopError, match="The disk is full"), locked_folder(tmp_path, "x"):
        pass


def test_atomic_file_single_writer_replaces_the_remains_of_a_killed_attempt(tmp_path: Path) -> None:
    (tmp_path / ".rows.jsonl.partial").write_text("remains of a killed attempt, longer than the new text")
    with atomic_file(tmp_path / "rows.jsonl", single_writer=True) as stream:
        stream.write("row\n")
    assert [entry.name for entry in tmp_path.iterdir()] == ["rows.jsonl"]
    assert (tmp_path / "rows.jsonl").read_text() == "row\n"


def test_atomic_file_keeps_the_old_text_when_the_block_fails(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_file(file) as stream:
        stream.write(str(1 // 0))
    assert file.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["rows.jsonl"]


def test_atomic_directory_appears_when_complete(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "model"
    with atomic_directory(folder) as partial:
        (partial / "sub").mkdir()
        (partial / "sub" / "private").write_text("x")
        (partial / "sub" / "private").chmod(0o600)
        (partial / "link").symlink_to("nowhere")
        (partial / "script").write_text("x")
        (partial / "script").chmod(0o755)
        assert not folder.exists()
    assert [entry.name for entry in folder.parent.iterdir()] == ["model"]
    readable = 0o444 & folder.stat().st_mode
    assert (folder / "sub" / "private").stat().st_mode & 0o444 == readable
    assert (folder / "script").stat().st_mode & 0o777 == 0o755
    assert (folder / "link").is_symlink()


def _full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _full_disk_in_rust() -> None:
    raise RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)")


def _unknown() -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("fail", "expected"),
    [(_full_disk, LabtopError), (_full_disk_in_rust, LabtopError), (_unknown, ZeroDivisionError)],
)
def test_atomic_directory_removes_what_failed(
    tmp_path: Path, fail: Callable[[], None], expected: type[Exception]
) -> None:
    with pytest.raises(expected, match="The disk is full" if expected is LabtopError else None):
        _write_and(fail, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def _write_and(fail: Callable[[], None], folder: Path) -> None:
    with atomic_directory(folder) as partial:
        (partial / "weights").write_text("x")
        fail()


def test_atomic_directory_replaces_the_remains_of_a_killed_attempt(tmp_path: Path) -> None:
    (tmp_path / ".model.partial").mkdir()
    (tmp_path / ".model.partial" / "half").write_text("x")
    with atomic_directory(tmp_path / "model") as partial:
        (partial / "weights").write_text("x")
    assert [entry.name for entry in (tmp_path / "model").iterdir()] == ["weights"]


def test_back_up_replaces_no_broken_link(tmp_path: Path) -> None:
    for path in (tmp_path / "journal.yaml", tmp_path / "checkpoints" / "samples_4"):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    for name in ("journal.yaml", "checkpoints"):
        (tmp_path / f"{name}.earlier-1").symlink_to("nowhere")
        assert back_up(tmp_path / name) == tmp_path / f"{name}.earlier-2"
        assert (tmp_path / f"{name}.earlier-1").is_symlink()


def test_back_up_numbers_the_copies_and_skips_what_is_empty_or_missing(tmp_path: Path) -> None:
    file, folder = tmp_path / "journal.yaml", tmp_path / "checkpoints"
    for text in ("first", "second"):
        file.write_text(text)
        back_up(file)
    assert (tmp_path / "journal.yaml.earlier-1").read_text() == "first"
    assert (tmp_path / "journal.yaml.earlier-2").read_text() == "second"
    folder.mkdir()
    assert back_up(folder) is None and folder.exists()
    assert back_up(file) is None
    (folder / "samples_4").mkdir()
    assert back_up(folder) == tmp_path / "checkpoints.earlier-1"
    assert (tmp_path / "checkpoints.earlier-1" / "samples_4").is_dir()
