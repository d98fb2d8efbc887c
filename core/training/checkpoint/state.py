"""States to resume a training from, exactly.

    <output>/full_state/step_<n>/
        state.json            identity, progress, and the size and checksum of every other file; written last
        random-<rank>.safetensors
        …                     weights and optimizer, as the back end writes them

All ranks write into one folder, which gets its name when it is complete. The newest two are kept, so that a damaged one
can be replaced by the one before it. Runs in a worker process: the module imports torch.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch.distributed.checkpoint.api import CheckpointException

from core.errors import LabtopError, disk_error
from core.events import Reporter
from core.files import atomic_directory, back_up
from core.models.contents import checksum
from core.training.checkpoint.export import RunningLoss
from core.training.engine.backend import WriteSnapshot
from core.training.engine.ranks import Ranks
from core.training.engine.trainer import Trainer

FULL_STATE = "full_state"
STATE_RECORD = "state.json"
KEPT = 2
"""The newest states that are kept."""

PROBE_BYTES = 1 << 20
"""More than the largest file that was written: what does not fit is the cause of a failed write."""


@dataclass(frozen=True)
class StateRecord:
    """What is known about a state without reading it."""

    identity: str
    step: int
    loss_total: float
    loss_tokens: int
    format: str
    """Of the back end: what can read it."""
    files: dict[str, list[int]]
    """Size in bytes and CRC-32 of each file, by its path in the folder."""

    @property
    def loss(self) -> RunningLoss:
        return RunningLoss(self.loss_total, self.loss_tokens)


def state_path(output: Path, step: int) -> Path:
    return output / FULL_STATE / f"step_{step}"


@dataclass(frozen=True)
class Snapshot:
    """The state after a step, to be written by `write_state`."""

    record: StateRecord
    """Without the files."""
    random: dict[str, torch.Tensor]
    write: WriteSnapshot


def take_snapshot(trainer: Trainer, loss: RunningLoss, identity: str, *, copy: bool) -> Snapshot:
    """The present state; of a `copy` in host memory training may continue before it is written."""
    backend = trainer.backend
    record = StateRecord(identity, trainer.steps_done, loss.total, loss.tokens, backend.state_format, {})
    return Snapshot(record, _random_state(trainer.ranks), backend.snapshot(copy=copy))


def write_state(output: Path, snapshot: Snapshot, ranks: Ranks) -> None:
    """Write a full state, in all ranks at once, and remove those before the previous one."""
    final = state_path(output, snapshot.record.step)
    if ranks.from_first(final.exists()):
        return
    with _shared_folder(ranks, final) as folder:
        with _explain_write(folder, final):
            snapshot.write(folder, ranks)
        save_file(snapshot.random, random_file(folder, ranks.rank))
        ranks.wait()
        sums: dict[str, list[int]] = {}
        for part in ranks.gather(_checksums(folder, ranks)):
            sums |= part
        if ranks.is_first:
            (folder / STATE_RECORD).write_text(json.dumps(asdict(replace(snapshot.record, files=sums))))
    if ranks.is_first:
        for older in list_states(output)[:-KEPT]:
            shutil.rmtree(older, ignore_errors=True)


def load_state(output: Path, trainer: Trainer, identity: str, reporter: Reporter) -> RunningLoss | None:
    """Restore a trainer from the newest complete state of the same run; without one, changes nothing.

    A damaged state is backed up, and the one before it is used. Raises LabtopError for one of another back end.
    """
    ranks = trainer.ranks
    while True:
        newest: tuple[Path, StateRecord] | None = ranks.from_first(
            _newest(output, identity, reporter) if ranks.is_first else None
        )
        if newest is None:
            return None
        folder, record = newest
        sums = _checksums(folder, ranks, record.files)
        damaged = [name for names in ranks.gather(_differing(sums, record)) for name in names]
        if not damaged:
            break
        if ranks.is_first:
            _back_up(folder, f"{damaged[0]} is missing, or not as it was written", reporter)
        ranks.wait()
    if record.format != trainer.backend.state_format:
        raise LabtopError(
            f"The state in {folder} was written with {_describe(record.format)}, and not with "
            f"{_describe(trainer.backend.state_format)}.",
            hint="Use the same --distributed-backend and --deepspeed-zero-stage, or choose another output folder.",
            code="other-state",
        )
    trainer.backend.load_state(folder)
    trainer.steps_done = record.step
    _restore_random(random_file(folder, ranks.rank), ranks)
    return record.loss


def list_states(output: Path) -> list[Path]:
    """The states of an output folder, oldest first."""
    folders = [path for path in (output / FULL_STATE).glob("step_*") if path.name[5:].isdecimal()]
    return sorted(folders, key=lambda path: int(path.name[5:]))


def remove_states(output: Path) -> None:
    """Remove the states of a finished training."""
    for state in list_states(output):
        shutil.rmtree(state, ignore_errors=True)
    folder = output / FULL_STATE
    if folder.is_dir() and not any(folder.iterdir()):  # backups of damaged ones are kept
        folder.rmdir()


def random_file(folder: Path, rank: int) -> Path:
    return folder / f"random-{rank}.safetensors"


def read_record(folder: Path) -> StateRecord | None:
    """The record of a state; None if it is missing or invalid."""
    try:
        record = StateRecord(**json.loads((folder / STATE_RECORD).read_text()))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    whole = folder.name == f"step_{record.step}" and isinstance(record.files, dict) and record.files
    return record if whole else None


def _newest(output: Path, identity: str, reporter: Reporter) -> tuple[Path, StateRecord] | None:
    for folder in reversed(list_states(output)):
        record = read_record(folder)
        if record is None:
            _back_up(folder, f"{STATE_RECORD} is missing or damaged", reporter)
        elif record.identity == identity:
            return folder, record
    return None


def _differing(sums: dict[str, list[int]], record: StateRecord) -> list[str]:
    return [name for name, found in sums.items() if record.files[name] != found]


def _back_up(folder: Path, damage: str, reporter: Reporter) -> None:
    target = back_up(folder)
    reporter.note(
        "warning",
        f"The state in {folder} is damaged: {damage}. It was moved to {target or folder}.",
        hint="Training resumes from the state before it, or from the beginning.",
    )


@contextmanager
def _explain_write(folder: Path, final: Path) -> Iterator[None]:
    """Turn torch's error about a file that could not be written into that of the operating system."""
    try:
        yield
    except CheckpointException as error:
        for cause, _ in error.failures.values():
            if isinstance(cause, OSError):
                raise disk_error(cause, f"writing {final}") from error
        try:  # torch says only at which byte it failed
            sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
            with (folder / "probe").open("wb") as probe:
                os.posix_fallocate(probe.fileno(), 0, max(sizes, default=0) + PROBE_BYTES)
        except OSError as cause:
            raise disk_error(cause, f"writing {final}") from error
        first = str(next(iter(error.failures.values()))[0]).partition("\n")[0]
        raise LabtopError(f"{final} could not be written: {first}.", code="file-error") from error


@contextmanager
def _shared_folder(ranks: Ranks, final: Path) -> Iterator[Path]:
    """A folder that all ranks fill, which becomes `final` when all are done."""
    with atomic_directory(final) if ranks.is_first else nullcontext() as made:
        folder = Path(ranks.from_first(str(made)))
        yield folder
    ranks.wait()


def _checksums(folder: Path, ranks: Ranks, files: dict[str, Any] | None = None) -> dict[str, list[int]]:
    """Size and CRC-32 of this rank's share of the files: those listed, or those there are."""
    names = sorted(
        files if files is not None else (str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    )
    return {name: _checksum(folder / name) for name in names[ranks.rank :: ranks.world_size]}


def _checksum(file: Path) -> list[int]:
    try:
        return [*checksum(file)]
    except OSError:
        return [-1, 0]


def _random_state(ranks: Ranks) -> dict[str, torch.Tensor]:
    state = {"cpu": torch.get_rng_state()}
    if ranks.device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(ranks.device)
    return state


def _restore_random(file: Path, ranks: Ranks) -> None:
    """Restore this rank's random state; a rank that did not exist keeps its own."""
    if not file.exists():
        return
    state = load_file(file)
    torch.set_rng_state(state["cpu"])
    if ranks.device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], ranks.device)


def _describe(state_format: str) -> str:
    name, *rest = state_format.split("-")
    return f"DeepSpeed ZeRO-{rest[0]}" if name == "deepspeed" else "torch"
