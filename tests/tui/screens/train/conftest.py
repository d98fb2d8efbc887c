"""Trainings at a fixed time: one that runs, one that was stopped, and a finished one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.system.gpu import GpuMonitor, GpuReading
from tests.core.overview.training.jobs import finished, model, running, stopped


@pytest.fixture
def fixed_time(fixed_time: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GpuMonitor, "read", lambda _, traffic: GpuReading(absent="There is no NVIDIA driver."))


@pytest.fixture
def trainings(fixed_time: None, short_path: Path) -> Iterator[None]:
    """The newest one runs, according to its lock. All but one of their checkpoints are on the disk."""
    for name in ("new/phase1/hf_format/samples_640", "new/phase1/hf_format/samples_1280"):
        model(short_path / name)
    for name in ("old/phase1/hf_format/samples_1280", "old/phase2/hf_format/samples_480"):
        model(short_path / name)
    model(short_path / "old/phase2/hf_format/samples_960")
    finished(20_000, str(short_path / "old")).put("train-k3f9x")
    stopped(6_000).put("train-7mq2v")
    lock = running(400, str(short_path / "new")).put("train-pd4wz").take_lock()
    yield
    os.close(lock)
