"""What `system info` reports: the machine, this installation, labtop's processes, and room for checkpoints."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from math import isfinite
from typing import Any

from core import paths
from core.config.settings import Settings
from core.errors import LabtopError
from core.jobs.folder import JobStore
from core.jobs.observe import observe_all
from core.monitor.checkpoint_space import CheckpointSpace, CheckpointSpaceReader
from core.monitor.gpu_roles import plan_roles
from core.monitor.processes import ProcessReader, ProcessRow
from core.system.gpu import GpuMonitor, GpuReading
from core.system.host import read_host
from core.system.info import to_data


def read_report(settings: Callable[[], Settings]) -> dict[str, Any]:
    """Plain data with sizes in bytes; `settings` reads the settings, and may raise LabtopError."""
    monitor = GpuMonitor()
    try:
        gpus = monitor.read(traffic=True)
    finally:
        monitor.close()
    store = JobStore(paths.current().jobs_dir)
    space = CheckpointSpaceReader(lambda: settings().train).read(observe_all(store))
    return {
        **to_data(read_host(), gpus),
        "processes": [process_data(row) for row in ProcessReader(store.root).read(gpus)],
        "checkpoints": None if space is None else space_data(space),
        "gpu_plan": _gpu_plan(settings, gpus),
    }


def _gpu_plan(settings: Callable[[], Settings], gpus: GpuReading) -> dict[str, Any] | None:
    """Which GPUs teacher, student and judge get; None without GPUs, or with settings that cannot be read."""
    if not gpus.gpus:
        return None
    try:
        plan = plan_roles(settings(), gpus, os.environ)
    except LabtopError:
        return None
    return None if plan is None else plan.to_data()


def process_data(row: ProcessRow) -> dict[str, Any]:
    """A process for JSON; unknown values are None."""
    return {**asdict(row), "cpu": row.cpu if isfinite(row.cpu) else None}


def space_data(space: CheckpointSpace) -> dict[str, Any]:
    """The room for coming checkpoints for JSON."""
    return {**asdict(space), "folder": str(space.folder), "fits": space.fits}
