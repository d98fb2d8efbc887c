"""All leaves of a taxonomy at a glance."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.taxonomy import tree
from core.taxonomy.lint import lint_file
from core.taxonomy.model import load_leaf


@dataclass(frozen=True)
class LeafSummary:
    """One leaf: what it teaches from, and what lint says."""

    path: str
    """Its folder below the taxonomy."""
    kind: str
    """knowledge, freeform, grounded; or broken, when lint has errors."""
    seed_examples: int
    errors: int
    warnings: int
    used: bool
    """Whether data is generated from it."""

    def to_data(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def summary(self) -> str:
        """In words."""
        seeds = f"{self.seed_examples} seed examples" if self.kind != "broken" else f"{self.errors} errors"
        return f"{self.kind}, {seeds}{'' if self.used else ', not used'}"


def survey(taxonomy: Path) -> list[LeafSummary]:
    """Every leaf of a taxonomy, in the order of their paths. Raises LabtopError when there is no such folder."""
    if not taxonomy.is_dir():
        raise LabtopError(
            f"There is no taxonomy folder {taxonomy}.", hint="Give another with --taxonomy-path, or make one there."
        )
    return [_summary(file, taxonomy) for file in tree.find(taxonomy).leaves]


def _summary(file: Path, taxonomy: Path) -> LeafSummary:
    relative = file.relative_to(taxonomy)
    diagnostics = lint_file(file)
    errors = sum(found.severity == "error" for found in diagnostics)
    kind, seeds = "broken", 0
    if not errors and not any(found.code == "empty-file" for found in diagnostics):
        leaf = load_leaf(file, taxonomy)
        kind, seeds = leaf.kind, len(leaf.seed_examples)
    path, used = relative.parent.as_posix(), tree.is_used(relative)
    return LeafSummary(path, kind, seeds, errors, len(diagnostics) - errors, used)
