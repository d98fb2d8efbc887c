"""Linting a whole taxonomy."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from core.taxonomy.authoring.git_view import GitView
from core.taxonomy.authoring.tree_files import find_files
from core.taxonomy.authoring.whole_tree import WholeTree
from core.taxonomy.rules.options import AdviceOptions
from tests.core.taxonomy.leaves import commit_all, skill, write


def test_whole_tree_reports_duplicate_for_newer_leaf(tmp_path: Path) -> None:
    new, old = (PurePosixPath(f"compositional_skills/{name}/qna.yaml") for name in ("a", "b"))
    write(tmp_path / old, skill())
    commit_all(tmp_path)
    write(tmp_path / new, skill())
    options = AdviceOptions()
    whole = WholeTree(tmp_path, find_files(tmp_path) or [], options, GitView.of(tmp_path, "main", options))
    codes = {file: {one.code for one in found} for batch in whole.findings() for file, found in batch.items()}
    assert [file for file in (new, old) if "duplicate-across" in codes[file]] == [new]
