"""An overview of all leaves of a taxonomy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from core.errors import LabtopError
from core.taxonomy import lint
from core.taxonomy.format import reader, schema
from core.taxonomy.format.attribution import ATTRIBUTION_NAME
from core.taxonomy.format.diagnostics import Finding, shown
from core.taxonomy.format.positions import Parsed
from core.taxonomy.git.changes import Changes, changed_leaves
from core.taxonomy.git.repository import Repository, State
from core.taxonomy.layout import tree
from core.taxonomy.layout.root import check_top
from core.taxonomy.rules.options import AdviceOptions

Kind = Literal["knowledge", "freeform", "grounded", "foundational", "broken", "misnamed", "unreadable"]
"""A broken leaf does not parse, a misnamed one has almost a leaf's name, and an unreadable one is a folder."""

Change = Literal["new", "changed", "same"]
"""Of a leaf's file, against a git base."""


@dataclass(frozen=True)
class LeafSummary:
    """One leaf: its kind, its state in git, and the number of findings."""

    path: str
    """Its folder below the taxonomy; the file of one that is misnamed."""
    kind: Kind
    seed_examples: int
    errors: int
    warnings: int
    used: bool
    """Whether data is generated from it."""
    change: Change | None = None
    """None when there is no base to compare with."""
    state: State | None = None
    """Of its file in git; None without a repository."""
    attribution: State | None = None
    """The same of its attribution.txt."""
    gaps: int = 0
    """The errors that only say what is still to be written."""

    def to_data(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def summary(self) -> str:
        """In words, without what is normal."""
        parts: list[str] = [self.kind]
        if self.kind in ("knowledge", "freeform", "grounded", "foundational"):
            parts.append(_number(self.seed_examples, "seed example"))
        if not self.used:
            parts.append("not used")
        states = [word for word, plain in ((self.change, "same"), (self.state, "clean")) if word not in (None, plain)]
        if states:
            parts.append(" and ".join(map(str, states)))
        elif self.attribution not in (None, "clean"):
            parts.append(f"{ATTRIBUTION_NAME} {self.attribution}")
        counts = ((self.errors, "error"), (self.warnings, "warning"))
        return ", ".join([*parts, *(_number(count, word) for count, word in counts if count)])


@dataclass(frozen=True)
class GitFacts:
    """The state of a taxonomy's files in git, by their names below it; nothing without a repository."""

    states: Mapping[str, State] | None = None
    """Of those that are not clean."""
    changes: Changes | None = None
    """Against a base."""
    problem: LabtopError | None = None
    """Why some of it is unknown."""

    @classmethod
    def of(cls, taxonomy: Path, base: str) -> GitFacts:
        states = None
        try:
            states = Repository(taxonomy).states()
            return cls(states, changed_leaves(taxonomy, base))
        except LabtopError as error:
            return cls(states, None, error)

    def annotate(self, leaf: LeafSummary, name: str) -> LeafSummary:
        """A leaf with the state of its files in git."""
        attribution = self._state_of(str(PurePosixPath(name).with_name(ATTRIBUTION_NAME)))
        return replace(leaf, change=self._change_of(name), state=self._state_of(name), attribution=attribution)

    def newness(self, name: str) -> int:
        """Greater for a newer file; repeated texts are reported for the newer one."""
        if self._change_of(name) == "new" or self._state_of(name) == "untracked":
            return 2
        return int(self._change_of(name) == "changed" or self._state_of(name) not in (None, "clean"))

    def _state_of(self, name: str) -> State | None:
        return None if self.states is None else self.states.get(name, "clean")

    def _change_of(self, name: str) -> Change | None:
        if self.changes is None:
            return None
        if name in self.changes.new:
            return "new"
        return "changed" if name in self._changed else "same"

    @cached_property
    def _changed(self) -> frozenset[str]:
        assert self.changes
        return frozenset((*self.changes.leaves, *self.changes.unused, *self.changes.misnamed))


def survey(
    taxonomy: Path,
    options: AdviceOptions | None = None,
    cache_dir: Path | None = None,
    git: GitFacts = GitFacts(),
) -> list[LeafSummary]:
    """Every leaf of a taxonomy, and what may be or contain one, by path; with options, the second pass counts too.

    Raises LabtopError when there is no such folder, or it is a part of a taxonomy.
    """
    check_top(taxonomy)
    found = tree.find(taxonomy)
    oldest_first = sorted(found.leaves, key=lambda file: git.newness(_below(file, taxonomy)))
    report = lint.lint_paths([*oldest_first, taxonomy], options, cache_dir)
    counts = Counter((one.path, one.severity) for one in report.diagnostics)
    gaps = Counter(one.path for one in report.diagnostics if one.gap and one.severity == "error")
    leaves = []
    for file, kind, seeds in _entries(found, taxonomy):
        below, name = _below(file, taxonomy), shown(str(file))
        place = shown(_below(file.parent, taxonomy) if tree.is_leaf(file) else below)
        used = kind != "misnamed" and tree.is_used(PurePosixPath(below))
        leaf = LeafSummary(place, kind, seeds, counts[name, "error"], counts[name, "warning"], used, gaps=gaps[name])
        leaves.append(leaf if kind == "unreadable" else git.annotate(leaf, below))
    return sorted(leaves, key=lambda leaf: leaf.path.split("/"))


def _entries(found: tree.Found, taxonomy: Path) -> Iterator[tuple[Path, Kind, int]]:
    """The files to list, with their kinds and numbers of seed examples."""
    for file in found.leaves:
        yield file, *_kind(file, tree.top_of(file.relative_to(taxonomy)))
    for file in found.misnamed:
        yield file, "misnamed", 0
    for folder in found.unreadable:
        yield folder, "unreadable", 0


def _below(path: Path, taxonomy: Path) -> str:
    return path.relative_to(taxonomy).as_posix()


def _kind(file: Path, top: str) -> tuple[Kind, int]:
    """A leaf's kind and its number of seed examples."""
    text = reader.read_text(file)
    parsed = text if isinstance(text, Finding) else reader.parse(text)
    if not isinstance(parsed, Parsed) or not isinstance(parsed.value, dict):
        return "broken", 0
    examples = parsed.value.get("seed_examples")
    seeds = examples if isinstance(examples, list) else []
    if schema.kind_of(file, parsed.value) == "knowledge":
        return "knowledge", len(seeds)
    if top == tree.FOUNDATIONAL:
        return "foundational", len(seeds)
    grounded = bool(seeds) and all(isinstance(seed, dict) and "context" in seed for seed in seeds)
    return "grounded" if grounded else "freeform", len(seeds)


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
