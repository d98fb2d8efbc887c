"""The facts about a taxonomy, read again only when one of its files or its git state has changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from core import paths
from core.errors import LabtopError
from core.overview.model import TaxonomyFacts
from core.taxonomy.authoring.tree_files import find_files, stamps
from core.taxonomy.rules.options import AdviceOptions

_Stamps = tuple[object, ...]


class TaxonomyReader:
    """Reads the facts; lint of a large taxonomy takes about a second, so call it in a thread."""

    def __init__(self) -> None:
        self._known: tuple[_Stamps, TaxonomyFacts] | None = None

    def read(self, root: Path, base: str, lint: AdviceOptions) -> TaxonomyFacts:
        now = _stamps(root, base, lint)
        if self._known is None or self._known[0] != now:
            self._known = now, _facts(root, base, lint)
        return self._known[1]


def _facts(root: Path, base: str, lint: AdviceOptions) -> TaxonomyFacts:
    from core.taxonomy.authoring.survey import GitFacts, survey  # lint, which the first frame does not wait for

    try:
        git = GitFacts.of(root, base)
        leaves = [leaf for leaf in survey(root, lint, paths.current().documents_cache_dir, git) if leaf.used]
    except LabtopError as error:
        return TaxonomyFacts(problem=error)
    changed = [leaf for leaf in leaves if leaf.change in ("new", "changed")]
    written = [_written(root / leaf.path) for leaf in changed]
    uncommitted = [leaf.path for leaf in leaves if {leaf.state, leaf.attribution} - {None, "clean"}]
    checked = sorted(leaves if git.changes is None else changed, key=lambda leaf: leaf.errors == leaf.gaps)
    broken = [leaf.path for leaf in checked if leaf.errors]  # those with mistakes before unfinished ones
    return TaxonomyFacts(
        leaves=len(leaves),
        changed=None if git.changes is None else len(changed),
        uncommitted=len(uncommitted),
        errors=sum(leaf.errors for leaf in leaves),
        changed_errors=sum(leaf.errors for leaf in changed),
        gaps=sum(leaf.gaps for leaf in leaves),
        changed_gaps=sum(leaf.gaps for leaf in changed),
        warnings=sum(leaf.warnings for leaf in leaves),
        newest=max(written, default=0.0),
        problem=git.problem,
        to_fix=next(iter(broken), None),
        to_commit=next(iter(uncommitted), None),
    )


def _written(leaf: Path) -> float:
    """When a leaf's file was last written."""
    try:
        return (leaf / "qna.yaml").stat().st_mtime
    except OSError:
        return 0.0


def _stamps(root: Path, base: str, lint: AdviceOptions) -> _Stamps:
    """All that the facts depend on."""
    try:
        files = find_files(root) or []
    except OSError:
        files = []
    attributions = [file.with_name("attribution.txt") for file in files]
    return (
        root,
        base,
        lint,
        os.path.isdir(root),  # noqa: PTH112 - raises no error
        tuple(stamps(root, [*files, *attributions]).items()),
        tuple(map(_stamp, _git_files(root, base))),
    )


def _git_files(root: Path, base: str) -> Iterator[Path]:
    """The files that git writes when something is committed, staged, checked out or fetched."""
    folder = _git_folder(root)
    if folder is None:
        return
    for name in ("HEAD", "index", "logs/HEAD", "packed-refs", "FETCH_HEAD"):
        yield folder / name
    for kind in ("heads", "remotes"):
        yield folder / "refs" / kind / base


def _git_folder(root: Path) -> Path | None:
    """The folder of the repository around a taxonomy; of a linked working tree, its own one."""
    for folder in (root, *root.parents):
        place = folder / ".git"
        try:
            if place.is_dir():
                return place
            if place.is_file():
                return folder / place.read_text(encoding="utf-8").partition("gitdir:")[2].strip()
        except (OSError, ValueError):
            return None
    return None


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        state = file.stat()
    except (OSError, ValueError):
        return None
    return state.st_mtime_ns, state.st_size
