"""How busy the machine was."""

from __future__ import annotations

from math import isnan
from pathlib import Path

import psutil
import pytest

from core.system.gpu import GpuReading
from core.system.host import read_host
from core.system.usage import SAMPLES_KEPT, CpuMeter, Usage, UsageHistory, usage_of


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


def test_usage_of_a_host() -> None:
    host = read_host()
    usage = usage_of(host, GpuReading(absent="none"), 0.5)
    assert (usage.cpu, usage.gpus) == (0.5, ())
    assert 0 < usage.memory < 1


def test_history_is_bounded_and_has_one_gap_for_a_pause() -> None:
    history = UsageHistory(2.0)
    one = Usage(0.1, 0.2)
    assert history.add(one, 10.0) == (one,)
    assert history.add(one, 12.0) == (one, one)
    assert history.add(one, 500.0)[1:] == (one, Usage(), one)
    for second in range(SAMPLES_KEPT + 10):
        samples = history.add(one, 500.0 + second)
    assert len(samples) == SAMPLES_KEPT
