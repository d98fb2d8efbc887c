"""Putting what an earlier run left out of the way, under another name beside it: nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

from core.errors import disk_error


def set_aside(path: Path) -> Path | None:
    """Rename a file, or a folder that holds something, to `<name>.earlier-<k>`; its new path, if it was there."""
    try:
        if not path.exists() or (path.is_dir() and not any(path.iterdir())):
            return None
        number = 1
        while (target := path.with_name(f"{path.name}.earlier-{number}")).exists():
            number += 1
        path.rename(target)
    except OSError as error:
        raise disk_error(error, f"putting {path} aside") from error
    return target
