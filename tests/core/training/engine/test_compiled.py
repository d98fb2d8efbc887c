"""Locks of modules that torch compiles."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from torch.utils.file_baton import FileBaton

from core.training.engine.compiled import remove_stale_locks

pytestmark = pytest.mark.torch

KILLED = """
import os, signal, sys
from torch.utils.file_baton import FileBaton
assert FileBaton(sys.argv[1]).try_acquire()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_only_locks_of_killed_processes_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_EXTENSIONS_DIR", str(tmp_path))
    assert remove_stale_locks() == []
    stale, used = tmp_path / "cpu_adam" / "lock", tmp_path / "deepspeed_shm_comm" / "lock"
    for lock in (stale, used):
        lock.parent.mkdir()
    killed = subprocess.run([sys.executable, "-c", KILLED, str(stale)], check=False)
    assert (killed.returncode, stale.exists()) == (-9, True)
    baton = FileBaton(str(used))
    assert baton.try_acquire()
    assert remove_stale_locks() == [stale]
    assert (stale.exists(), used.exists()) == (False, True)
    baton.release()
