"""Creating a leaf together with the taxonomy that it is the first one of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.taxonomy.authoring.scaffold import NewLeaf, Scaffolded, check_path, new_leaf
from core.taxonomy.git.create import CreatedTaxonomy, create_taxonomy
from core.taxonomy.layout import tree


def first_leaf(options: NewLeaf, stop: Callable[[], bool] = lambda: False) -> tuple[Scaffolded, CreatedTaxonomy | None]:
    """Create a leaf, and before it the taxonomy's folder and git repository if that does not exist.

    Returns the taxonomy if it was created, also where the folder was empty. Raises LabtopError; nothing is created for
    a leaf whose path is invalid.
    """
    check_path(options)
    created = None
    folder = options.taxonomy
    if tree.path_kind(folder) is None or (folder.is_dir() and not any(folder.iterdir())):
        created = create_taxonomy(folder)
    made = new_leaf(options, stop)
    if created is not None:
        note = f"The taxonomy {created.folder} was created, a git repository with the branch {created.base}."
        made = replace(made, notes=(note, *made.notes))
    return made, created
