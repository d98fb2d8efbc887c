import errno
import os
from pathlib import Path

import psutil
import pytest

from core.system.host import read_disks, read_host, read_memory, usable_cores


@pytest.fixture
def group(tmp_path: Path) -> Path:
    """The root of a control group hierarchy that contains this process in any of its groups."""
    own = Path("/proc/self/cgroup").read_text().splitlines()
    inner = next((line[3:] for line in own if line.startswith("0::")), "/")
    (tmp_path / inner.lstrip("/")).mkdir(parents=True, exist_ok=True)
    return tmp_path


def test_read_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABTOP_HOME", str(tmp_path / "not-made-yet"))
    host = read_host()
    assert host.name == os.uname().nodename
    assert host.kernel == os.uname().release
    assert 1 <= host.cores <= (os.cpu_count() or 1)
    assert host.processor
    assert host.system
    assert 0 < host.memory.available <= host.memory.total <= psutil.virtual_memory().total
    assert host.memory.used == host.memory.total - host.memory.available
    (disk,) = host.disks
    assert disk.folders == (tmp_path,)
    assert 0 <= disk.free <= disk.total


def test_affinity_limits_the_cores(tmp_path: Path) -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert usable_cores(tmp_path) == 1
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize(
    ("quota", "cores"), [("50000 100000", 1), ("100000 100000", 1), ("max 100000", None), ("", None)]
)
def test_cgroup_quota_limits_the_cores(group: Path, quota: str, cores: int | None) -> None:
    (group / "cpu.max").write_text(f"{quota}\n")
    assert usable_cores(group) == (cores or len(os.sched_getaffinity(0)))


def test_cgroup_memory_limit_is_used(group: Path) -> None:
    (group / "memory.max").write_text("1000000\n")
    (group / "memory.current").write_text("600000\n")
    (group / "memory.stat").write_text("anon 400000\ninactive_file 150000\n")
    memory = read_memory(group)
    assert (memory.total, memory.available, memory.used) == (1_000_000, 550_000, 450_000)


def test_cgroup_without_a_limit_keeps_the_machines_memory(group: Path) -> None:
    (group / "memory.max").write_text("max\n")
    (group / "memory.current").write_text("600000\n")
    assert read_memory(group).total == psutil.virtual_memory().total


def test_folders_of_one_file_system_are_one_disk(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    disks = read_disks([tmp_path / "data", tmp_path / "data" / "later" / "deeper", tmp_path])
    assert [disk.folders for disk in disks] == [(tmp_path / "data", tmp_path)]


def test_unreadable_file_systems_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_path: str) -> None:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(psutil, "disk_usage", fail)
    assert read_disks([tmp_path]) == ()
