"""Fixing leaves' files on disk."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.files import write_atomic
from core.taxonomy.format.diagnostics import Finding, shown
from core.taxonomy.format.reader import read_text
from core.taxonomy.layout import tree
from core.taxonomy.lint import find_in, lint_text
from core.taxonomy.repair.fix import fix_text, fixable

Fixed = Mapping[str, int]
"""The number of findings that are gone, by code."""


@dataclass
class FixReport:
    """What was fixed."""

    fixed: dict[Path, Fixed] = field(default_factory=dict)
    """By file; unchanged files are left out."""
    failed: dict[Path, LabtopError] = field(default_factory=dict)
    """The files that could not be written, and why."""

    def to_data(self) -> dict[str, Any]:
        """What `taxonomy lint --fix --json` reports in addition to the findings that are left."""
        return {
            "fixed": {shown(str(path)): dict(codes) for path, codes in self.fixed.items()},
            "failed": [{"path": shown(str(path)), "message": error.message} for path, error in self.failed.items()],
        }


def fix_paths(paths: Iterable[Path]) -> FixReport:
    """Fix files, and all leaves in folders; one that cannot be written does not stop the others.

    Raises LabtopError for a path that does not exist.
    """
    report = FixReport()
    for file in find_in(paths).leaves:
        try:
            fixed = fix_file(file)
        except LabtopError as error:
            report.failed[file] = error
            continue
        if fixed:
            report.fixed[file] = fixed
    return report


def fix_file(path: Path) -> Fixed:
    """Fix a leaf's file in one atomic step, which keeps its mode. Links and files of another name are left alone.

    Raises LabtopError when it cannot be written.
    """
    if not tree.is_leaf(path) or path.is_symlink():
        return {}
    text = read_text(path)
    if isinstance(text, Finding):
        return {}
    fixed = fix_text(text, path)
    if fixed == text:
        return {}
    if not os.access(path, os.W_OK):  # replacing the file would not check this
        raise LabtopError(f"{path} is write-protected, so it is not fixed.", hint=f"chmod u+w {path}")
    write_atomic(path, fixed)
    gone = _codes(text, path) - _codes(fixed, path)
    return dict(sorted(gone.items()))


def _codes(text: str, path: Path) -> Counter[str]:
    return Counter(found.code for found in lint_text(text, path) if fixable(found))
