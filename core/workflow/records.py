"""Records of the stages of a run, one small file per set of inputs: `record/<stage>-<number>-<key>.json`.

A file is written when the stage starts and again when it has finished, so that a killed stage is recorded, too. Results
of other inputs are kept next to it. The key is a hash of the inputs.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core.files import write_atomic

FOLDER = "record"
KEY_LENGTH = 12
"""Hexadecimal digits of a SHA-256, enough for the runs of one folder."""

_NAME = re.compile(rf"(?P<stage>[a-z_]+)-(?P<number>\d+)-(?P<key>[0-9a-f]{{{KEY_LENGTH}}})\.json")

MAX_INPUT_LENGTH = 200
"""Characters of JSON; a longer input is recorded as a hash, which is enough to detect a change."""

Inputs = Mapping[str, Any]
"""The inputs that a stage's result depends on, by name: digests, texts and plain settings."""


@dataclass(frozen=True)
class Record:
    """One stage with one set of inputs."""

    stage: str
    number: int
    """The number of the stage's record in this folder, from 1; a stage may name a folder by it."""
    inputs: dict[str, Any]
    used: float
    """When it was last started, finished or reused, in seconds since 1970."""
    seconds: float | None = None
    result: dict[str, Any] | None = None
    """None until the stage has finished."""


def shortened(inputs: Inputs) -> dict[str, Any]:
    """The inputs as recorded: JSON values, with hashes instead of long ones."""
    short = {}
    for name, value in inputs.items():
        text = json.dumps(value, sort_keys=True)
        short[name] = json.loads(text) if len(text) <= MAX_INPUT_LENGTH else _hash(text)
    return short


def input_key(inputs: Inputs) -> str:
    """A key that is equal for equal inputs, shortened or not."""
    return _hash(json.dumps(shortened(inputs), sort_keys=True))[:KEY_LENGTH]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Records:
    """The records in a run's locked folder."""

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER

    def find(self, stage: str, inputs: Inputs) -> Record | None:
        """The record of a stage with these inputs; an unreadable one counts as missing."""
        for file, _ in self._files(stage, input_key(inputs)):
            return _read(file)
        return None

    def newest(self, stage: str) -> Record | None:
        """The most recently used finished record of a stage."""
        records = [record for file, _ in self._files(stage) if (record := _read(file)) and record.result is not None]
        return max(records, key=lambda record: record.used, default=None)

    def start(self, stage: str, inputs: Inputs) -> Record:
        """Record that a stage starts, with the number of its earlier record for these inputs or a new one."""
        here = [number for _, number in self._files(stage, input_key(inputs))]
        number = here[0] if here else 1 + max((number for _, number in self._files(stage)), default=0)
        return self._write(Record(stage, number, shortened(inputs), time.time()))

    def finish(self, record: Record, result: dict[str, Any], seconds: float) -> Record:
        """Record the result of a stage."""
        return self._write(replace(record, result=result, seconds=round(seconds, 3), used=time.time()))

    def touch(self, record: Record) -> Record:
        """Record that a finished record was reused."""
        return self._write(replace(record, used=time.time()))

    def _files(self, stage: str, key: str | None = None) -> list[tuple[Path, int]]:
        found = []
        for file in sorted(self._folder.glob(f"{stage}-*.json")):
            match = _NAME.fullmatch(file.name)
            if match and match["stage"] == stage and key in (None, match["key"]):
                found.append((file, int(match["number"])))
        return found

    def _write(self, record: Record) -> Record:
        name = f"{record.stage}-{record.number}-{input_key(record.inputs)}.json"
        text = json.dumps(asdict(record), ensure_ascii=False, indent=1)
        write_atomic(self._folder / name, f"{text}\n", sync=True)
        return record


def _read(file: Path) -> Record | None:
    try:
        record = Record(**json.loads(file.read_text(encoding="utf-8")))
        numbers = isinstance(record.used, int | float) and isinstance(record.number, int)
        return record if numbers and isinstance(record.inputs, dict) and _is_result(record.result) else None
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def _is_result(value: object) -> bool:
    return value is None or isinstance(value, dict)
