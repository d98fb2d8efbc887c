"""Creating a leaf: its file with what is known and empty values for the rest, and its attribution.txt."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from core.errors import LabtopError, disk_error
from core.files import write_atomic
from core.taxonomy.documents.source import FoundSource, find_source
from core.taxonomy.format import schema
from core.taxonomy.format.attribution import ATTRIBUTION_NAME, template
from core.taxonomy.format.scalars import context_block, scalar
from core.taxonomy.git.remote import FetchStopped
from core.taxonomy.git.repository import Repository, user_name
from core.taxonomy.layout import tree
from core.taxonomy.layout.root import check_top

__all__ = ["LeafKind", "NewLeaf", "Scaffolded", "context_block", "leaf_text", "new_leaf"]

LeafKind = Literal["knowledge", "skill", "grounded-skill"]
"""A grounded skill works on a context that comes with the question."""

SEEDS = 5
"""Seed examples that a leaf needs at least."""

GROUNDED_FOLDER = "grounded"
"""The folder of grounded skills in the community's compositional_skills."""

MAX_NAME = 255
"""Bytes of a file's name, on all common file systems."""

_FOLDER = re.compile(r"\w[\w.+-]*")


@dataclass(frozen=True)
class NewLeaf:
    """What is known of a new leaf. Empty values are to be written later."""

    taxonomy: Path
    path: str
    """Its folder below the taxonomy, such as knowledge/science/astronomy."""
    kind: LeafKind | None = None
    """Without one, the path decides."""
    domain: str = ""
    task_description: str = ""
    document: str | None = None
    """Folder or address of the repository that holds the documents."""
    commit: str | None = None
    """Of the documents; a commit, a branch or a tag. Without one, HEAD."""
    files: tuple[str, ...] = ()
    """Names or patterns of the documents; without one, all markdown files."""
    branch: str | None = None
    """Created for the leaf in the taxonomy's repository."""
    base: str | None = None
    """Where such a branch is expected to start."""


@dataclass(frozen=True)
class Scaffolded:
    """What was created."""

    leaf: Path
    """The leaf's file."""
    kind: LeafKind
    files: tuple[Path, ...]
    branch: str | None
    notes: tuple[str, ...]
    """Notes for its author, in sentences."""

    def to_data(self) -> dict[str, Any]:
        return {
            "leaf": str(self.leaf),
            "kind": self.kind,
            "files": list(map(str, self.files)),
            "branch": self.branch,
            "notes": list(self.notes),
        }


def new_leaf(options: NewLeaf, stop: Callable[[], bool] = lambda: False) -> Scaffolded:
    """Create a leaf's folder with its files, on a branch of its own if asked; existing files are not overwritten.

    Raises LabtopError, before anything is created, when the path is invalid or exists, the documents cannot be found,
    or the branch cannot be created; FetchStopped when `stop` returns true before that.
    """
    taxonomy = options.taxonomy
    if tree.path_kind(taxonomy) != "folder":
        raise LabtopError(
            f"The taxonomy folder {taxonomy} does not exist.",
            hint=f"Create it: git init {taxonomy}; or give --taxonomy-path.",
        )
    path = _leaf_path(options.path)
    kind = _kind(path, options.kind)
    folder = taxonomy / path
    try:
        check_top(taxonomy)
        _check_free(folder, taxonomy)
        _check_checked_out(taxonomy, path)
    except OSError as error:
        raise disk_error(error, f"looking for {path}") from error
    except RuntimeError:  # raised by pathlib, until Python 3.13
        raise LabtopError(f"{path} has a link to itself.", hint="Use another folder.") from None
    found = None
    if kind == "knowledge" and options.document is not None:
        found = find_source(options.document, options.commit, options.files, stop=stop)
    text = leaf_text(kind, user_name(taxonomy), options.domain, options.task_description, found)
    notes = found.notes if found else ()
    if stop():
        raise FetchStopped
    if options.branch is not None:
        notes += _make_branch(Repository(taxonomy), options.branch, options.base)
    texts = {tree.LEAF_NAME: text}
    if not (folder / ATTRIBUTION_NAME).exists():
        texts[ATTRIBUTION_NAME] = template("knowledge" if kind == "knowledge" else "compositional_skills")
    files = _write(folder, texts)
    return Scaffolded(files[0], kind, files, options.branch, notes)


def check_path(options: NewLeaf) -> None:
    """Raises LabtopError for a path that no leaf can have, whatever the taxonomy contains."""
    _kind(_leaf_path(options.path), options.kind)


def _write(folder: Path, texts: Mapping[str, str]) -> tuple[Path, ...]:
    """Write new files, all of them or none."""
    made = [part for part in (folder, *folder.parents) if not part.exists()]
    files = tuple(folder / name for name in texts)
    try:
        for file, text in zip(files, texts.values(), strict=True):
            write_atomic(file, text)
    except LabtopError:
        with suppress(OSError):
            for file in files:
                file.unlink(missing_ok=True)
            for part in made:
                part.rmdir()
        raise
    return files


def leaf_text(
    kind: LeafKind, created_by: str, domain: str = "", task_description: str = "", found: FoundSource | None = None
) -> str:
    """The text of a leaf with the known values, and a key without a value for each unknown one."""
    lines = [f"version: {schema.LATEST}"]
    lines += [_line("domain", domain)] if kind == "knowledge" else []
    lines += [_line("created_by", created_by)]
    if kind != "knowledge":
        lines += [_line("task_description", task_description)]
    lines += ["seed_examples:"]
    for _ in range(SEEDS):
        if kind == "knowledge":
            pair = ["      - question:", "        answer:"]
            lines += ["  - context:", "    questions_and_answers:", *pair * schema.MIN_PAIRS]
        else:
            lines += ["  - question:", *(["    context:"] if kind == "grounded-skill" else []), "    answer:"]
    if kind == "knowledge":
        source = found.source if found else None
        lines += ["document_outline:", "document:"]
        lines += [_line("  repo", source.repo if source else ""), _line("  commit", source.commit if source else "")]
        lines += ["  patterns:", *(_line("    -", name, "") for name in (source.patterns if source else ("",)))]
    return "\n".join(lines) + "\n"


def _check_free(folder: Path, taxonomy: Path) -> None:
    """Raises LabtopError when no leaf can be created in a folder."""
    if not folder.resolve().is_relative_to(taxonomy.resolve()):
        raise LabtopError(f"{folder} leads out of the taxonomy by a link.", hint="Use another folder.")
    above = next((part for part in (folder, *folder.parents) if part.exists() and not part.is_dir()), None)
    if above is not None:
        raise LabtopError(f"{above} is a file, so it cannot contain a leaf.", hint="Use another folder.")
    taken = next((entry for entry in _entries(folder) if tree.is_leaf(entry) or tree.is_misnamed(entry)), None)
    if taken is not None:
        raise LabtopError(
            f"This leaf already exists: {taken.relative_to(taxonomy)}.", hint="Edit it, or use another path."
        )


def _check_checked_out(taxonomy: Path, path: PurePosixPath) -> None:
    """Raises LabtopError when a leaf's files were committed in a folder that a sparse checkout leaves out."""
    try:
        names = Repository(taxonomy).left_out(str(path))
    except LabtopError:  # a taxonomy need not be in git
        return
    name = next((name for file in (tree.LEAF_NAME, ATTRIBUTION_NAME) if (name := f"{path}/{file}") in names), None)
    if name is not None:
        place = shlex.quote(str(taxonomy))
        raise LabtopError(
            f"{name} already exists, but is not checked out.",
            hint=f"Check it out: git -C {place} sparse-checkout add {path}; or use another path.",
        )


def branch_for(path: str) -> str:
    """The branch to propose for a leaf's path; empty while the path has no name of a leaf yet."""
    above, _, name = path.strip().rpartition("/")
    return f"add/{name}" if above and name else ""


def _make_branch(repository: Repository, name: str, base: str | None) -> tuple[str, ...]:
    """Create a branch; returns a note for its author about where it starts."""
    stacked = repository.stacked(base)
    repository.create_branch(name)
    if stacked is None:
        return ()
    here, there = stacked
    return (f"Branch {name} starts at {here} and includes its commits, which {there} does not have.",)


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _line(head: str, value: str, colon: str = ":") -> str:
    return f"{head}{colon} {scalar(value)}" if value else f"{head}{colon}"


def _leaf_path(path: str) -> PurePosixPath:
    """The leaf's folder; raises LabtopError for what is not a path below the taxonomy."""
    found = PurePosixPath(path)
    if tree.is_misnamed(found):
        raise LabtopError(f"A leaf's file must be named {tree.LEAF_NAME}.", hint=f"Give its folder: {found.parent}")
    found = found.parent if found.name == tree.LEAF_NAME else found
    wrong = next((part for part in found.parts if not _FOLDER.fullmatch(part)), None)
    if found.is_absolute() or wrong == "..":
        raise LabtopError(f"{path} is not a path below the taxonomy.", hint="Such as knowledge/science/astronomy.")
    if wrong is not None:
        raise LabtopError(
            f"'{wrong}' cannot be the name of a leaf's folder.", hint="Use letters, digits, '_', '-' and '.'."
        )
    if any(len(part.encode()) > MAX_NAME for part in found.parts):
        raise LabtopError(f"The name of a folder is longer than {MAX_NAME} bytes.", hint="Use a shorter one.")
    if len(found.parts) < 2 or found.parts[0] not in tree.KIND_FOLDERS:
        raise LabtopError(
            f"{path} is not a leaf's path: it must start with {tree.NAMED_FOLDERS}.",
            hint="Such as knowledge/science/astronomy or compositional_skills/writing/letters.",
        )
    return found


def _kind(path: PurePosixPath, wanted: LeafKind | None) -> LeafKind:
    """The kind of leaf that a path is for; raises LabtopError for a requested one that does not fit."""
    # InstructLab uses the deepest folder that is named like a kind.
    deepest = next(part for part in reversed(path.parts) if part in tree.KIND_FOLDERS)
    if deepest != path.parts[0]:
        raise LabtopError(
            f"{path} contains a folder '{deepest}', so tools would read the leaf as one of that kind.",
            hint="Give that folder another name.",
        )
    if wanted is None:
        grounded = path.parts[1] == GROUNDED_FOLDER
        return "knowledge" if deepest == "knowledge" else "grounded-skill" if grounded else "skill"
    if (wanted == "knowledge") != (deepest == "knowledge"):
        needed = "knowledge/" if wanted == "knowledge" else f"compositional_skills/ or {tree.FOUNDATIONAL}/"
        raise LabtopError(f"{path} is not a path for {wanted}.", hint=f"It must start with {needed}.")
    return wanted
