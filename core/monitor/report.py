"""What `system info` reports: the machine, this installation, labtop's processes, and room for checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from math import isfinite
from typing import Any

from core import paths
from core.config.options.train import TrainOptions
from core.jobs.folder import JobStore
from core.jobs.observe import observe_all
from core.monitor.checkpoint_space import CheckpointSpace, CheckpointSpaceReader
from core.monitor.processes import ProcessReader, ProcessRow
from core.system.gpu import GpuMonitor
from core.system.host import read_host
from core.system.info import to_data


def read_report(settings: Callable[[], TrainOptions]) -> dict[str, Any]:
    """Plain data with sizes in bytes; `settings` reads the section `train`, and may raise LabtopError."""
    monitor = GpuMonitor(traffic=True)
    try:
        gpus = monitor.read()
    finally:
        monitor.close()
    store = JobStore(paths.current().jobs_dir)
    space = CheckpointSpaceReader(settings).read(observe_all(store))
    return {
        **to_data(read_host(), gpus),
        "processes": [process_data(row) for row in ProcessReader(store.root).read(gpus)],
        "checkpoints": None if space is None else space_data(space),
    }


def process_data(row: ProcessRow) -> dict[str, Any]:
    """A process for JSON; unknown values are None."""
    return {**asdict(row), "cpu": row.cpu if isfinite(row.cpu) else None}


def space_data(space: CheckpointSpace) -> dict[str, Any]:
    """The room for coming checkpoints for JSON."""
    return {**asdict(space), "folder": str(space.folder), "fits": space.fits}
