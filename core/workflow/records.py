"""What each stage of a run did, in one small file for each of its inputs: `record/<stage>-<number>-<key>.json`.

A file is written when the stage starts and again when it has finished, so a killed run is known to have been here, and
results of other inputs stay next to it. The key is a hash of the inputs.
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
"""Hexadecimal digits of a SHA-256: enough for the runs of one folder."""

_NAME = re.compile(rf"(?P<stage>[a-z_]+)-(?P<number>\d+)-(?P<key>[0-9a-f]{{{KEY_LENGTH}}})\.json")

LONGEST_INPUT = 200
"""Characters of JSON; of a longer input the record keeps a hash, enough to say that it changed."""

Inputs = Mapping[str, Any]
"""What a stage's result depends on, by name: digests, texts and plain settings."""


@dataclass(frozen=True)
class Record:
    """One stage with one set of inputs."""

    stage: str
    number: int
    """Counts the stage's records in this folder from 1; a stage may name a folder of its own by it."""
    inputs: dict[str, Any]
    used: float
    """When it was last started, finished or found to be up to date, in seconds since 1970."""
    seconds: float | None = None
    result: dict[str, Any] | None = None
    """None until the stage has finished."""


def shortened(inputs: Inputs) -> dict[str, Any]:
    """The inputs as a record keeps them: as JSON, with a hash in place of what is long."""
    short = {}
    for name, value in inputs.items():
        text = json.dumps(value, sort_keys=True)
        short[name] = json.loads(text) if len(text) <= LONGEST_INPUT else _hash(text)
    return short


def input_key(inputs: Inputs) -> str:
    """The same for the same inputs, shortened or not."""
    return _hash(json.dumps(shortened(inputs), sort_keys=True))[:KEY_LENGTH]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Records:
    """The records of one run's folder, which is locked."""

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER

    def find(self, stage: str, inputs: Inputs) -> Record | None:
        """The record of a stage with these inputs; one that cannot be read counts as missing."""
        for file, _ in self._files(stage, input_key(inputs)):
            return _read(file)
        return None

    def newest(self, stage: str) -> Record | None:
        """The finished record of a stage that was used last."""
        records = [record for file, _ in self._files(stage) if (record := _read(file)) and record.result is not None]
        return max(records, key=lambda record: record.used, default=None)

    def start(self, stage: str, inputs: Inputs) -> Record:
        """Write down that a stage starts. The number is the one that it had before with these inputs, or a new one."""
        here = [number for _, number in self._files(stage, input_key(inputs))]
        number = here[0] if here else 1 + max((number for _, number in self._files(stage)), default=0)
        return self._write(Record(stage, number, shortened(inputs), time.time()))

    def finish(self, record: Record, result: dict[str, Any], seconds: float) -> Record:
        """Write down what a stage came to."""
        return self._write(replace(record, result=result, seconds=round(seconds, 3), used=time.time()))

    def touch(self, record: Record) -> Record:
        """Write down that a finished record is up to date."""
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
