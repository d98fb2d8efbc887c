"""What a command is given, and the job that it asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.jobs.spec import JobSpec, Kind, new_spec
from core.paths import expanded
from core.serving.registry import ServerRecord

Note = Callable[[str], object]
"""Receives a sentence that the user should read."""


def ignore(_note: str) -> None:
    """Drops a note."""


@dataclass(frozen=True)
class Given:
    """Which options were given for this run, and where the other values come from."""

    names: frozenset[str] = frozenset()
    """Of the options on the command line or in a form."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """By dotted name (`train.device`): what set a value that is no default."""


@dataclass(frozen=True)
class JobRequest:
    """A job to start."""

    kind: Kind
    runner: str
    """Dotted name of the function that the runner calls."""
    options: dict[str, Any]
    title: str
    environment: Mapping[str, str] = field(default_factory=dict)
    """Secrets, which are written to no file."""
    stops: tuple[ServerRecord, ...] = ()
    """Servers to stop before it starts."""

    def spec(self) -> JobSpec:
        return new_spec(self.kind, self.runner, self.options, title=self.title)

    def job(self) -> dict[str, Any]:
        """The arguments of a function that starts it, without the environment and what is to be stopped."""
        return {"kind": self.kind, "runner": self.runner, "options": self.options, "title": self.title}


def absolute(path: str | Path) -> str:
    """A path as a job needs it, since its runner has another working directory."""
    return str(expanded(path).absolute())


def absolute_path(path: Path | None) -> Path | None:
    return None if path is None else expanded(path).absolute()
