"""What lint found in all files of a taxonomy, in an order that one can walk through."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from core.taxonomy.format.diagnostics import Diagnostic


@dataclass(frozen=True, eq=False)
class Problem:
    """One finding, and the file it is about, below the taxonomy's folder. The same one as long as it is found."""

    file: PurePosixPath
    found: Diagnostic

    @cached_property
    def place(self) -> tuple[str, int, int]:
        """By which problems are in order; a path's text compares faster than the path."""
        return str(self.file), self.found.line, self.found.column


class Findings:
    """The findings of both passes of lint by file; the second pass's are kept until it has run again.

    Made for thousands of files of which some change at a time.
    """

    def __init__(self) -> None:
        self._files: list[PurePosixPath] = []
        self._first: dict[PurePosixPath, tuple[Diagnostic, ...]] = {}
        self._second: dict[PurePosixPath, tuple[Diagnostic, ...]] = {}
        self._by_file: dict[PurePosixPath, list[Problem]] = {}
        """Only of files that have some."""
        self._ordered: list[Problem] | None = None

    def keep(self, files: Sequence[PurePosixPath]) -> None:
        """Know these files, and forget all others."""
        self._files = sorted(files, key=str)
        known = set(files)
        for by_file in (self._first, self._second, self._by_file):
            for file in [file for file in by_file if file not in known]:
                del by_file[file]
        self._ordered = None

    def set_first(self, found: Mapping[PurePosixPath, Iterable[Diagnostic]]) -> None:
        """What the first pass found in some files."""
        self._first.update((file, tuple(diagnostics)) for file, diagnostics in found.items())
        self._gather(found)

    def set_second(self, found: Mapping[PurePosixPath, Iterable[Diagnostic]]) -> None:
        """What the rules beyond the schema found in some files."""
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
        """All about one file, in the order of its text."""
        return tuple(problem.found for problem in self._by_file.get(file, ()))

    @property
    def problems(self) -> list[Problem]:
        """All, by file and place."""
        if self._ordered is None:
            self._ordered = [problem for file in self._files for problem in self._by_file.get(file, ())]
        return self._ordered

    def neighbour(self, file: PurePosixPath, line: int, column: int, step: int) -> Problem | None:
        """The problem behind a place, or before it; behind the last comes the first."""
        problems, at = self.problems, (str(file), line, column)
        if not problems:
            return None
        place = (bisect_right if step > 0 else bisect_left)(problems, at, key=lambda problem: problem.place)
        return problems[(place if step > 0 else place - 1) % len(problems)]
