"""The default files to train on: the newest generated ones."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from core.errors import LabtopError
from core.sdg.datasets.catalogue import created_at

Subject = Literal["knowledge", "skills"]


def newest_data(folder: Path, subject: Subject) -> Path | None:
    """The newest `<subject>_train_msgs_<time>.jsonl` in a folder or below it, by the time in its name."""
    files = folder.rglob(f"{subject}_train_msgs_*.jsonl") if folder.is_dir() else ()
    found = [(created, str(path), path) for path in files if (created := created_at(path))]
    return max(found)[2] if found else None


def phase_data(given: Path | None, datasets: Path, subject: Subject) -> Path:
    """The file of a phase: the one given, or the newest. Raises LabtopError when there is none."""
    path = given or newest_data(datasets, subject)
    if path is None or not path.is_file():
        raise LabtopError(
            f"The {subject} data file {given} does not exist."
            if given
            else f"There is no {subject} data in {datasets}.",
            hint="Generate data first: labtop data generate",
        )
    return path


def training_data(given: Path | None, datasets: Path) -> list[Path]:
    """The files of a single phase: the one given, or the newest of both subjects in the folder given or the default."""
    if given is not None and given.is_file():
        return [given]
    return newest_training_data(given or datasets, "--data-path")


def newest_training_data(folder: Path, option: str) -> list[Path]:
    """The newest file of each subject in a folder. Without any raises LabtopError that names the option for a file."""
    subjects: tuple[Subject, ...] = ("knowledge", "skills")
    found = [path for subject in subjects if (path := newest_data(folder, subject))]
    if not found:
        raise LabtopError(
            f"There is no training data in {folder}.",
            hint=f"Generate data first (labtop data generate), or pass a file with {option}.",
        )
    return found
