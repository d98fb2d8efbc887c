"""The first leaf of a taxonomy, which is created with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import LabtopError
from core.taxonomy.authoring.first_leaf import first_leaf
from core.taxonomy.authoring.scaffold import NewLeaf
from core.taxonomy.git.changes import changed_leaves


@pytest.mark.parametrize("exists", [False, True])
def test_first_leaf_creates_the_taxonomy(tmp_path: Path, exists: bool) -> None:
    root = tmp_path / "taxonomy"
    if exists:
        root.mkdir()
    made, created = first_leaf(NewLeaf(root, "knowledge/birds"))
    assert created is not None
    assert (created.folder, made.leaf) == (root, root / "knowledge/birds/qna.yaml")
    assert str(root) in made.notes[0]
    assert changed_leaves(root, created.base).leaves == ("knowledge/birds/qna.yaml",)
    made, created = first_leaf(NewLeaf(root, "knowledge/bees"))
    assert (created, made.notes) == (None, ())


def test_first_leaf_with_a_wrong_path_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match="must start with"):
        first_leaf(NewLeaf(tmp_path / "taxonomy", "birds/robins"))
    assert list(tmp_path.iterdir()) == []
