"""How busy the machine was since the last reading."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from core.system.gpu import Gpu, GpuReading
from core.system.host import read_host
from core.system.rates import RateMeter, Rates
from core.system.usage import CpuMeter, GpuUsage, usage_of


def test_cpu_meter_first_reading_has_no_value(tmp_path: Path) -> None:
    assert isnan(CpuMeter(tmp_path).read())


def test_cpu_meter_counts_busy_seconds_of_the_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = psutil.cpu_times(percpu=True)[0]
    zero = times._replace(**dict.fromkeys(times._fields, 0.0))
    readings = iter([zero, zero._replace(user=3.0, idle=1.0), zero._replace(user=3.0, idle=1.0)])
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: [next(readings)])
    meter = CpuMeter(tmp_path)
    meter.read()
    assert meter.read() == 0.75
    assert isnan(meter.read()), "no time has passed"


def test_cpu_meter_respects_the_quota(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([100.0, 102.0])
    monkeypatch.setattr("core.system.usage.time.monotonic", lambda: next(now))
    monkeypatch.setattr("core.system.usage.own_groups", lambda _: [tmp_path])
    (tmp_path / "cpu.max").write_text("200000 100000")
    (tmp_path / "cpu.stat").write_text("usage_usec 1000000\nuser_usec 1")
    meter = CpuMeter(tmp_path)
    meter.read()
    (tmp_path / "cpu.stat").write_text("usage_usec 2000000\nuser_usec 1")
    assert meter.read() == pytest.approx(1 / (2 * 2))  # 1 s of the 2 s that each of 2 cores had


@pytest.fixture
def counters(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Counters of a machine with two idle cores, a disk and three interfaces; a test sets how they have changed."""
    times = psutil.cpu_times(percpu=True)[0]
    zero = times._replace(**dict.fromkeys(times._fields, 0.0))
    now = SimpleNamespace(
        time=100.0, cores=[zero, zero], disk=SimpleNamespace(read_bytes=500, write_bytes=900), net=_network(10, 20)
    )
    monkeypatch.setattr("core.system.rates.time.monotonic", lambda: now.time)
    monkeypatch.setattr("core.system.rates.os.sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: now.cores)
    monkeypatch.setattr(psutil, "disk_io_counters", lambda: now.disk)
    monkeypatch.setattr(psutil, "net_io_counters", lambda pernic: now.net)
    return now


def _network(received: int, sent: int) -> dict[str, SimpleNamespace]:
    return {
        "lo": SimpleNamespace(bytes_recv=received * 1000, bytes_sent=sent * 1000),
        "eth0": SimpleNamespace(bytes_recv=received, bytes_sent=sent),
        "ib0": SimpleNamespace(bytes_recv=5, bytes_sent=5),
    }


def test_rates_of_cores_disks_and_network(counters: SimpleNamespace) -> None:
    meter = RateMeter()
    first = meter.read()
    assert first.cores == ()
    assert isnan(first.disk_read)
    zero = counters.cores[0]
    counters.time += 2.0
    counters.cores = [zero._replace(user=1.5, idle=0.5), zero._replace(idle=2.0)]
    counters.disk = SimpleNamespace(read_bytes=700, write_bytes=900)
    counters.net = _network(4010, 2020)
    assert meter.read() == Rates((0.75, 0.0), 100.0, 0.0, 2000.0, 1000.0), "without the loopback interface"


def test_rates_without_a_disk_and_with_counters_that_started_again(counters: SimpleNamespace) -> None:
    meter = RateMeter()
    meter.read()
    counters.time += 2.0
    counters.disk = None
    counters.net = _network(0, 0)
    rates = meter.read()
    assert isnan(rates.disk_read)
    assert (rates.received, rates.sent) == (0.0, 0.0)


def test_usage_of_a_machine() -> None:
    gpu = Gpu(
        0,
        "A",
        "GPU-0",
        200,
        50,
        0.5,
        61,
        150.0,
        600.0,
        None,
        sm_clock=990,
        sm_clock_limit=1980,
        pcie_received=5,
        pcie_sent=7,
    )
    silent = Gpu(1, *[None] * 9)
    usage = usage_of(read_host(), GpuReading((gpu, silent)), 0.5, Rates((0.25, 0.75), 1.0, 2.0, 3.0, 4.0), 9.0, 2.0)
    assert (usage.cpu, usage.cores, usage.time, usage.seconds) == (0.5, (0.25, 0.75), 9.0, 2.0)
    assert (usage.disk_read, usage.disk_written, usage.received, usage.sent) == (1.0, 2.0, 3.0, 4.0)
    assert 0 < usage.memory < 1
    assert usage.gpus[0] == GpuUsage(0.5, 0.25, 0.25, 61.0, 0.5, 12.0)
    assert isnan(usage.gpus[1].utilization)
