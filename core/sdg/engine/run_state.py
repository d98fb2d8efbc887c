"""The state of the latest run in an output folder: `.run/run.json`, next to the journal of replies.

A resumed run keeps its timestamp and so its file names; a run with other inputs gets a new timestamp.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core.errors import LabtopError, disk_error
from core.files import write_atomic


@dataclass(frozen=True)
class RunState:
    """The latest run in a folder."""

    timestamp: str
    """When it first started, as in file names: 2024-08-13T20_54_21."""
    inputs: str
    """The fingerprint of everything that its files depend on."""
    fresh: str | None = None
    """The request with which it was started over."""
    result: dict[str, Any] | None = None
    """Set once it is finished."""


def journal_path(folder: Path) -> Path:
    return folder / ".run" / "responses.jsonl"


def open_run(folder: Path, inputs: str, fresh: bool | str) -> RunState:
    """The run to start or to resume in a folder, which is locked."""
    state = _read(folder)
    token = fresh if isinstance(fresh, str) else None
    if fresh and (token is None or state is None or state.fresh != token):
        try:
            journal_path(folder).unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error, f"starting over in {folder}") from error
    elif state and state.inputs == inputs:
        return state if state.result is None or _is_there(state.result) else save_run(folder, state, None)
    return save_run(folder, RunState(_free_timestamp(folder), inputs, token), None)


def save_run(folder: Path, state: RunState, result: dict[str, Any] | None) -> RunState:
    """Save a run and its result."""
    state = RunState(state.timestamp, state.inputs, state.fresh, result)
    write_atomic(_path(folder), json.dumps(asdict(state), ensure_ascii=False, indent=1) + "\n", sync=True)
    return state


def _path(folder: Path) -> Path:
    return folder / ".run" / "run.json"


def _read(folder: Path) -> RunState | None:
    try:
        state = RunState(**json.loads(_path(folder).read_text(encoding="utf-8")))
        return state if state.result is None or state.result["files"] else None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LabtopError(f"{_path(folder)} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _is_there(result: dict[str, Any]) -> bool:
    return all(Path(path).is_file() for path in result["files"].values())


def _free_timestamp(folder: Path) -> str:
    """The current second, or the first later one that no file in the folder is named after."""
    now = datetime.now()
    while any(folder.glob(f"*_{(stamp := now.isoformat(timespec='seconds').replace(':', '_'))}*")):
        now += timedelta(seconds=1)
    return stamp
