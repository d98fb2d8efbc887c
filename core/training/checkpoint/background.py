"""A write that runs while training continues."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class BackgroundWrite:
    """A function in a thread of its own, which does not outlive the process."""

    def __init__(self, write: Callable[[], object]) -> None:
        self._write = write
        self._error: BaseException | None = None
        self.seconds = 0.0
        """What it took, once it is done."""
        self._thread = threading.Thread(target=self._run, name="checkpoint-writer", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        began = time.monotonic()
        try:
            self._write()
        except BaseException as error:  # torch's CheckpointException is not an Exception
            self._error = error
        self.seconds = time.monotonic() - began

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def wait(self) -> None:
        """Return when it is done. Raises what it raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
