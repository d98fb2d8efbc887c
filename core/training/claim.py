"""The output folder of a training: which run it belongs to, and what an earlier one left there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.events import Reporter
from core.files import back_up, write_atomic
from core.training.checkpoint.choice import checkpoint_result
from core.training.checkpoint.marker import ADAPTERS, HF_FORMAT, back_up_damaged, list_checkpoints
from core.training.checkpoint.state import FULL_STATE, list_states, read_record
from core.training.metrics.log import METRICS_FILE

WRITTEN = (HF_FORMAT, ADAPTERS, FULL_STATE, METRICS_FILE)
"""What a run writes."""

RUN_FILE = "run.json"
"""In the output folder: the identity of its run, and the result when it has finished."""


def claim(output: Path, identity: str, samples: Sequence[int], reporter: Reporter) -> dict[str, Any] | None:
    """Assign the output folder to a run; the result of a finished one, with the checkpoints after these `samples`.

    Checkpoints and states of another run are backed up. If this run's were backed up before, they are put back. Then
    damaged checkpoints are backed up.
    """
    known, result = _read(output / RUN_FILE)
    if known is None:  # the file is damaged or missing
        known = next((state.identity for each in list_states(output) if (state := read_record(each))), None)
    if known != identity:
        backups = _back_up(output, known)
        if backups:
            reporter.note(
                "info",
                "The checkpoints and metrics of an earlier run with other data or settings were moved to "
                f"{' and '.join(map(str, backups))}.",
            )
        finish(output, identity, None)
        result = None
    _put_back(output, identity, reporter)
    back_up_damaged(output, reporter)
    if not isinstance(result, dict):
        return None
    samples = [number for number in samples if number not in result.get("removed", ())]
    wanted = [each for each in list_checkpoints(output) if each.samples in samples]
    if missing := sorted(set(samples) - {each.samples for each in wanted}):
        names = ", ".join(f"samples_{number}" for number in missing)
        reporter.note(
            "info", f"The finished run is trained again, from the beginning, to write what is missing: {names}."
        )
        return None
    return {**result, **checkpoint_result(wanted)}


def finish(output: Path, identity: str, result: dict[str, Any] | None) -> None:
    """Record whose the folder is, and the result."""
    write_atomic(output / RUN_FILE, json.dumps({"identity": identity, "result": result}, indent=1), sync=True)


def _read(file: Path) -> tuple[str | None, Any]:
    try:
        record = json.loads(file.read_text())
        return record.get("identity"), record.get("result")
    except (OSError, ValueError, AttributeError):
        return None, None


def _back_up(output: Path, identity: str | None) -> list[Path]:
    """Rename what a run wrote, and record it after each one: a killed attempt is continued by the next."""
    backups = []
    for name in WRITTEN:
        if moved := back_up(output / name):
            backups.append(moved)
            if identity is not None:
                note = _note(output, identity)
                write_atomic(note, json.dumps([*_names(note), moved.name]), sync=True)
    return backups


def _note(output: Path, identity: str) -> Path:
    """The file with the names of a run's backups."""
    return output / f"{RUN_FILE}.{identity[:12]}"


def _names(note: Path) -> list[str]:
    try:
        return [str(name) for name in json.loads(note.read_text())]
    except (OSError, ValueError, TypeError):
        return []


def _put_back(output: Path, identity: str, reporter: Reporter) -> None:
    """Restore what was backed up when another run took the folder over."""
    note = _note(output, identity)
    for name in _names(note):
        backup, original = output / Path(name).name, output / name.rpartition(".earlier-")[0]
        if original.name in WRITTEN and backup.exists() and not original.exists():
            backup.rename(original)
            reporter.note("info", f"{backup} is of this run; it was moved back to {original}.")
    note.unlink(missing_ok=True)
