"""The lint findings of all files of a taxonomy, in an order to step through."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from core.taxonomy.format.diagnostics import Diagnostic


@dataclass(frozen=True, eq=False)
class Problem:
    """One finding and its file, below the taxonomy's folder; the same object for as long as it is found."""

    file: PurePosixPath
    found: Diagnostic

    @cached_property
    def place(self) -> tuple[str, int, int]:
        """The sort key; a path's text compares faster than the path."""
        return str(self.file), self.found.line, self.found.column


class Findings:
    """The findings of both lint passes by file; those of the second pass are kept until it has run again.

    Designed for thousands of files of which a few change at a time.
    """

    def __init__(self) -> None:
        self._files: list[PurePosixPath] = []
        self._first: dict[PurePosixPath, tuple[Diagnostic, ...]] = {}
        self._second: dict[PurePosixPath, tuple[Diagnostic, ...]] = {}
        self._by_file: dict[PurePosixPath, list[Problem]] = {}
        """Problems of the files that have any."""
        self._ordered: list[Problem] | None = None

    def keep(self, files: Sequence[PurePosixPath]) -> None:
        """Keep the findings of these files, and drop all others."""
        self._files = sorted(files, key=str)
        known = set(files)
        for by_file in (self._first, self._second, self._by_file):
            for file in [file for file in by_file if file not in known]:
                del by_file[file]
        self._ordered = None

    def set_first(self, found: Mapping[PurePosixPath, Iterable[Diagnostic]]) -> None:
        """Set the first pass's findings of some files."""
        self._first.update((file, tuple(diagnostics)) for file, diagnostics in found.items())
        self._gather(found)

    def set_second(self, found: Mapping[PurePosixPath, Iterable[Diagnostic]]) -> None:
        """Set the second pass's findings of some files."""
        self._second.update((file, tuple(diagnostics)) for file, diagnostics in found.items())
        self._gather(found)

    def _gather(self, files: Iterable[PurePosixPath]) -> None:
        for file in files:
            found = (*self._first.get(file, ()), *self._second.get(file, ()))
            ordered = sorted(found, key=lambda one: (one.line, one.column))
            before = {problem.found: problem for problem in self._by_file.get(file, ())}
            self._by_file[file] = [before.get(one) or Problem(file, one) for one in ordered]
        self._ordered = None

    def of(self, file: PurePosixPath) -> tuple[Diagnostic, ...]:
        """All findings of one file, in text order."""
        return tuple(problem.found for problem in self._by_file.get(file, ()))

    @property
    def problems(self) -> list[Problem]:
        """All problems that are more than gaps, by file and position."""
        if self._ordered is None:
            known = (problem for file in self._files for problem in self._by_file.get(file, ()))
            self._ordered = [problem for problem in known if not problem.found.gap]
        return self._ordered

    def neighbour(self, file: PurePosixPath, line: int, column: int, step: int) -> Problem | None:
        """The next or previous problem from a position, cyclically."""
        problems, at = self.problems, (str(file), line, column)
        if not problems:
            return None
        place = (bisect_right if step > 0 else bisect_left)(problems, at, key=lambda problem: problem.place)
        return problems[(place if step > 0 else place - 1) % len(problems)]
