"""States of DeepSpeed for another number of ranks, by way of DeepSpeed's universal format."""

from __future__ import annotations

import shutil
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import LabtopError
from core.figures import size
from core.files import PARTIAL
from core.training.engine.ranks import Ranks

COPIES = 2
"""How often the conversion has a state on the disk, besides the state itself: once in pieces, and once whole."""


def saved_ranks(files: Path) -> int:
    """The number of ranks that wrote DeepSpeed's files of a state."""
    return len(list(files.glob("*_optim_states.pt")))


@contextmanager
def universal_copy(files: Path, ranks: Ranks) -> Iterator[Path]:
    """A copy of DeepSpeed's files of a state that any number of ranks can load. It is deleted at the end.

    Rank 0 converts them, as long as a read and a write of the state take. Raises LabtopError without the disk space.
    """
    state = files.parent
    folder = state.with_name(f".{state.name}.universal{PARTIAL}")
    error = _space_error(files) if ranks.is_first else None
    if error := ranks.from_first(error):
        raise error
    if ranks.is_first:
        shutil.rmtree(folder, ignore_errors=True)
        _convert(files, folder / files.name)
    ranks.wait()
    yield folder / files.name
    ranks.wait()
    if ranks.is_first:
        shutil.rmtree(folder, ignore_errors=True)


def _convert(files: Path, target: Path) -> None:
    from deepspeed.checkpoint.ds_to_universal import main

    main(
        Namespace(
            input_folder=str(files),
            output_folder=str(target),
            num_extract_workers=1,
            num_merge_workers=1,
            keep_temp_folder=False,
            strict=True,
            inject_missing_state=True,
        )
    )


def _space_error(files: Path) -> LabtopError | None:
    needed = COPIES * sum(file.stat().st_size for file in files.iterdir())
    free = shutil.disk_usage(files).free
    if needed <= free:
        return None
    return LabtopError(
        f"The disk is too full to convert the state in {files.parent} to another number of processes: "
        f"{size(needed)} are needed, and {size(free)} are free.",
        hint=f"Free some space, or continue with the {saved_ranks(files)} processes that wrote it.",
        code="disk-full",
    )
