"""What the header shows of the machine."""

from __future__ import annotations

from math import isnan, nan
from types import ModuleType

import pytest

from core.system.gpu import GpuMonitor
from core.system.pulse import SHARES_KEPT, PulseMeter
from core.system.usage import CpuMeter
from tests.core.system.fake_nvml import FakeNvml, gpu, named_only


def no_driver() -> ModuleType:
    raise ImportError


def test_pulse_is_of_the_processor_without_a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    shares = iter([nan, *(number / 100 for number in range(100))])
    monkeypatch.setattr(CpuMeter, "read", lambda _: next(shares))
    meter = PulseMeter(gpus=GpuMonitor(no_driver))
    pulses = [meter.read() for _ in range(SHARES_KEPT + 5)]
    assert pulses[0].shares == (0.0,)
    assert pulses[-1].source == "CPU"
    assert pulses[-1].shares == tuple(number / 100 for number in range(5, SHARES_KEPT + 5))
    assert len(pulses[-1].clock) == 5


def test_pulse_is_of_the_gpus_that_report() -> None:
    nvml = FakeNvml(gpu(), named_only("NVIDIA A2"))
    monitor = GpuMonitor(lambda: nvml)
    first, second = monitor.utilizations() or ()
    assert isnan(second)
    assert first == 0.87
    meter = PulseMeter(gpus=monitor)
    assert (meter.read().source, meter.read().shares) == ("GPU", (first, first))
    meter.close()
    assert nvml.connected == 0
