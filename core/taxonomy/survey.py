"""All leaves of a taxonomy at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from core.taxonomy import lint, reader, schema, tree
from core.taxonomy.advice_options import AdviceOptions
from core.taxonomy.diagnostics import Diagnostic, Severity, shown
from core.taxonomy.positions import Parsed
from core.taxonomy.repository import Repository, State
from core.taxonomy.top import check_top

Change = Literal["new", "changed", "same"]
"""Of a leaf's file, against a git base."""


@dataclass(frozen=True)
class LeafSummary:
    """One leaf: what it teaches from, what became of it, and what lint says."""

    path: str
    """Its folder below the taxonomy."""
    kind: str
    """knowledge, freeform, grounded; or broken, when it cannot be read."""
    seed_examples: int
    errors: int
    warnings: int
    used: bool
    """Whether data is generated from it."""
    change: Change | None = None
    """None when there is no base to compare with."""
    state: State | None = None
    """In git, its attribution counted; None without a repository."""

    def to_data(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def summary(self) -> str:
        """In words, without what is as it should be."""
        parts = [self.kind]
        if self.kind != "broken":
            parts.append(_number(self.seed_examples, "seed example"))
        if not self.used:
            parts.append("not used")
        told = [word for word, plain in ((self.change, "same"), (self.state, "clean")) if word not in (None, plain)]
        if told:
            parts.append(" and ".join(map(str, told)))
        counts = ((self.errors, "error"), (self.warnings, "warning"))
        return ", ".join([*parts, *(_number(count, word) for count, word in counts if count)])


def survey(taxonomy: Path, options: AdviceOptions | None = None, cache_dir: Path | None = None) -> list[LeafSummary]:
    """Every leaf of a taxonomy, in the order of their paths; with options, lint's second pass counts too.

    Raises LabtopError when there is no such folder, or it is a part of a taxonomy.
    """
    check_top(taxonomy)
    report = lint.lint_paths([taxonomy], options, cache_dir)
    counts = Counter((found.path, found.severity) for found in report.diagnostics)
    return [_summary(file, taxonomy, counts) for file in tree.find(taxonomy).leaves]


def with_changes(leaves: list[LeafSummary], taxonomy: Path, base: str) -> list[LeafSummary]:
    """The same with what became of each since a git base. Raises LabtopError when there is no repository or base."""
    from core.taxonomy.git import changed_leaves

    changes = changed_leaves(taxonomy, base)
    names = {*changes.leaves, *changes.unused}
    kinds: dict[str, Change] = {name: "new" if name in changes.new else "changed" for name in names}
    return [replace(leaf, change=kinds.get(f"{leaf.path}/{tree.LEAF_NAME}", "same")) for leaf in leaves]


def with_states(leaves: list[LeafSummary], taxonomy: Path) -> list[LeafSummary]:
    """The same with the state of each in git. Raises LabtopError when there is no repository."""
    states: Mapping[str, State] = Repository(taxonomy).leaf_states()
    return [replace(leaf, state=states.get(leaf.path, "clean")) for leaf in leaves]


def _summary(file: Path, taxonomy: Path, counts: Counter[tuple[str, Severity]]) -> LeafSummary:
    relative = file.relative_to(taxonomy)
    kind, seeds = _kind(file)
    name = shown(str(file))
    errors, warnings = counts[name, "error"], counts[name, "warning"]
    return LeafSummary(shown(relative.parent.as_posix()), kind, seeds, errors, warnings, tree.is_used(relative))


def _kind(file: Path) -> tuple[str, int]:
    """What a leaf is, and how many seed examples stand in it."""
    text = lint.read_text(file)
    parsed = text if isinstance(text, Diagnostic) else reader.parse(text, str(file))
    if not isinstance(parsed, Parsed) or not isinstance(parsed.value, dict):
        return "broken", 0
    examples = parsed.value.get("seed_examples")
    seeds = examples if isinstance(examples, list) else []
    if schema.kind_of(file, parsed.value) == "knowledge":
        return "knowledge", len(seeds)
    grounded = bool(seeds) and all(isinstance(seed, dict) and "context" in seed for seed in seeds)
    return "grounded" if grounded else "freeform", len(seeds)


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
