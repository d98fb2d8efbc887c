"""The locks of modules that torch compiles when they are first used, as DeepSpeed's."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
from torch.utils.cpp_extension import get_default_build_root


def remove_stale_locks() -> list[Path]:
    """Remove the locks of killed processes, for whose end torch would wait without a limit; returns them.

    torch's lock is a file that exists while a module is compiled (`torch.utils.file_baton`). The process that compiles
    has it open, so that a lock that nobody has open is stale.
    """
    given = os.environ.get("TORCH_EXTENSIONS_DIR")
    locks = [*Path(given).glob("*/lock")] if given else [*Path(get_default_build_root()).glob("*/*/lock")]
    if not locks:
        return []
    used = _open_files()
    stale = [lock for lock in locks if lock.resolve() not in used]
    for lock in stale:
        lock.unlink(missing_ok=True)
    return stale


def _open_files() -> set[Path]:
    """The files that this user's processes have open."""
    found: set[Path] = set()
    for process in psutil.process_iter():
        try:
            found.update(Path(each.path) for each in process.open_files())
        except (psutil.Error, OSError):  # it has ended, or is another user's
            continue
    return found
