"""Replay: a share of the user's own instruction data is mixed into the training data, against forgetting.

A part of that data is never trained on, so that the loss on it shows what was forgotten. All selections depend on the
content and the seed alone, so they are the same when a training is resumed.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config.options.base import Options
from core.config.options.training.phases import ReplayShare
from core.config.worker_arguments import parse
from core.errors import LabtopError, disk_error
from core.files import atomic_file
from core.models.digest import file_digest
from core.sdg.datasets.catalogue import count_lines
from core.training.prepare.records import read_conversations

HELD_OUT_SHARE = 0.1
HELD_OUT_MOST = 200
"""The part of the replay data that is not trained on."""

MIN_RECORDS = 2


class ReplayOptions(Options):
    """Which data is mixed in, and how much of it."""

    data: Path
    share: ReplayShare

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> ReplayOptions:
        return parse(cls, data, "Replay data")

    def digest(self) -> bytes:
        """Of the content of the data."""
        return file_digest(self.data)


@dataclass(frozen=True)
class Mixed:
    """The replay records that were mixed into a training."""

    file: Path
    samples: int
    wanted: int
    """More than `samples` where there are too few."""
    share: float
    """Of the mixed data."""

    @property
    def note(self) -> str:
        """A sentence."""
        mixed = f"{self.samples:,} replay samples are mixed in: {self.share:.1%} of the data."
        return mixed if self.samples == self.wanted else f"{mixed} There are no more; {self.wanted:,} were asked for."


def mix(replay: ReplayOptions, data: Sequence[Path], file: Path, seed: int, part: str = "") -> Mixed:
    """Write the replay records for a training on `data` to `file`; `part` makes the selection that of a phase."""
    kept, _ = split_records(replay.data, seed)
    own = sum(map(count_lines, data))
    wanted = round(own * replay.share / (1 - replay.share))
    chosen = kept if wanted >= len(kept) else sorted(random.Random(f"{seed}/replay/{part}").sample(kept, wanted))
    _copy(replay.data, chosen, file)
    total = own + len(chosen)
    return Mixed(file, len(chosen), wanted, len(chosen) / total if total else 0.0)


def hold_out(replay: ReplayOptions, file: Path, seed: int) -> int:
    """Write the replay records that are never trained on to `file`; returns their number."""
    _, held_out = split_records(replay.data, seed)
    _copy(replay.data, held_out, file)
    return len(held_out)


def split_records(data: Path, seed: int) -> tuple[list[int], list[int]]:
    """The numbers of the lines that may be trained on, and of those that are held out.

    Raises LabtopError for a line that is not a chat sample, or too few of them.
    """
    numbers = [number for number, _ in enumerate(read_conversations(data))]
    if len(numbers) < MIN_RECORDS:
        raise LabtopError(
            f"{data} has {len(numbers)} samples, too few to mix in and to hold some out.",
            hint="It needs JSON lines with messages, as the training data has.",
        )
    count = max(1, min(HELD_OUT_MOST, int(len(numbers) * HELD_OUT_SHARE)))
    held_out = set(random.Random(f"{seed}/held out").sample(numbers, count))
    return [number for number in numbers if number not in held_out], sorted(held_out)


def _copy(source: Path, numbers: Sequence[int], target: Path) -> None:
    """Copy samples by their numbers, counted without empty lines."""
    wanted = set(numbers)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with source.open("rb") as stream, atomic_file(target, sync=True, single_writer=True) as out:
            lines = (line for line in stream if line.strip())
            for number, line in enumerate(lines):
                if number in wanted:
                    out.write(line.decode().rstrip("\r\n") + "\n")
    except OSError as error:
        raise disk_error(error, f"writing {target}") from error
