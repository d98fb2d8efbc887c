"""The metrics of a training for TensorBoard, where it is installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.errors import LabtopError, disk_error


class TensorBoardLog:
    """One event file of each attempt in a folder; TensorBoard shows the attempts as one curve."""

    def __init__(self, folder: Path, after_step: int) -> None:
        """Continue after a step: what an earlier attempt wrote for later ones is not shown. Raises LabtopError."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise LabtopError(
                "TensorBoard is not installed.",
                hint="Install it (pip install tensorboard), or leave out --tensorboard-log-dir.",
                code="no-tensorboard",
            ) from error
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._writer = SummaryWriter(str(folder), purge_step=after_step + 1)
        except OSError as error:
            raise disk_error(error, f"writing {folder}") from error

    def add(self, step: int, values: Mapping[str, float]) -> None:
        try:
            for name, value in values.items():
                self._writer.add_scalar(name, value, step)
        except OSError as error:
            raise disk_error(error, f"writing {self._folder}") from error

    def close(self) -> None:
        """Write what is still in memory."""
        try:
            self._writer.close()
        except OSError as error:
            raise disk_error(error, f"writing {self._folder}") from error
