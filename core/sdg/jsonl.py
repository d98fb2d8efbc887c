"""Files of JSON lines: written whole or not at all, read record by record."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.errors import LabtopError, disk_error


def write_lines(path: Path, records: Iterable[dict[str, Any]]) -> int:
    """Replace `path` by the records, synced to the disk; returns how many they were."""
    part = path.with_name(f".{path.name}.part")
    count = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8") as stream:
            for record in records:
                stream.write(json.dumps(record, ensure_ascii=False) + "\n")
                count += 1
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise disk_error(error, f"writing {path}") from error
    return count


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file. Raises LabtopError that names the line which is none."""
    number = 0
    try:
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                number += 1
                if not line.strip():
                    continue
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise ValueError("not a record")
                yield record
    except OSError as error:
        raise LabtopError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise LabtopError(f"{path} is no text in UTF-8.", hint="Datasets are files of JSON lines.") from error
    except (ValueError, RecursionError) as error:
        raise LabtopError(
            f"Line {number} of {path} is no JSON record.", hint="Datasets are files of JSON lines."
        ) from error
