"""A worker that creates the quickstart's student."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from transformers.utils import logging as transformers_logging

from core.errors import LabtopError, disk_error
from core.events import Reporter
from core.files import atomic_directory, locked_folder
from core.quickstart.arguments import StudentArguments
from core.quickstart.student import make_student as write_student

RECORD = "student.json"
"""In the student's folder: what it was created from, so that it is not created twice."""


def make_student(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Create a student from scratch; the arguments are those of StudentArguments.

    A student that is there already is kept when it was made from the same, and replaced otherwise. Returns {path,
    parameters, vocabulary}.
    """
    transformers_logging.disable_progress_bar()
    asked = StudentArguments.from_data(arguments)
    folder = asked.output_dir.absolute()
    texts = [text for path in asked.data_path for text in read_texts(path)]
    identity = hashlib.sha256(json.dumps([texts, asked.seed, vars(asked.shape)]).encode()).hexdigest()
    with locked_folder(folder.with_name(f".{folder.name}"), "making a student"):
        record = _record(folder)
        if record is None or record["identity"] != identity:
            _clear(folder, record)
            with atomic_directory(folder) as partial:
                parameters, vocabulary = write_student(partial, texts, seed=asked.seed, shape=asked.shape)
                record = {"identity": identity, "parameters": parameters, "vocabulary": vocabulary}
                (partial / RECORD).write_text(json.dumps(record, indent=1))
    size = sum(file.stat().st_size for file in folder.iterdir())
    reporter.artifact("checkpoint", str(folder), size=size, parameters=record["parameters"])
    return {"path": str(folder), "parameters": record["parameters"], "vocabulary": record["vocabulary"]}


def read_texts(path: Path) -> Iterator[str]:
    """The messages' contents of a JSON Lines file, or the whole text of any other file."""
    try:
        if path.suffix != ".jsonl":
            yield path.read_text(encoding="utf-8", errors="replace")
            return
        with path.open(encoding="utf-8", errors="replace") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield from _contents(line, f"Line {number} of {path}")
    except OSError as error:
        raise disk_error(error, f"reading {path}") from error


def _contents(line: str, place: str) -> list[str]:
    try:
        texts = [str(message["content"]) for message in json.loads(line)["messages"]]
        "".join(texts).encode()  # JSON can carry half a surrogate pair, which no tokenizer takes
        return texts
    except (ValueError, KeyError, TypeError, RecursionError):
        raise LabtopError(
            f"{place} is not a chat sample.", hint="Correct or delete that line, or generate the data again."
        ) from None


def _record(folder: Path) -> dict[str, Any] | None:
    """What a student was created from; None if the folder has no student of ours."""
    try:
        record = json.loads((folder / RECORD).read_text())
        return record if {"identity", "parameters", "vocabulary"} <= set(record) else None
    except (OSError, ValueError, TypeError):
        return None


def _clear(folder: Path, record: dict[str, Any] | None) -> None:
    """Remove an earlier student; only one that was created here is removed."""
    if not folder.exists():
        return
    if record is None and any(folder.iterdir()):
        raise LabtopError(
            f"{folder} contains something that is not a student created here.",
            hint="Choose another folder for the student.",
        )
    shutil.rmtree(folder)
