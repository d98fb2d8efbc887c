"""The leaves as folders within folders."""

from __future__ import annotations

from pathlib import PurePosixPath

from core.taxonomy.authoring.leaf_folders import Entry, entries_in


def test_entries_merge_chain_of_folders() -> None:
    files = [
        PurePosixPath(path)
        for path in ("knowledge/science/animals/cats/qna.yaml", "knowledge/science/animals/dogs/qna.yaml", "qna.yml")
    ]
    top = entries_in(PurePosixPath(), files)
    assert [entry.name for entry in top] == ["knowledge/science/animals", "qna.yml"]
    inner = entries_in(top[0].path, files)
    assert inner[0] == Entry(files[0], "cats", is_folder=False)
    assert [entry.name for entry in inner] == ["cats", "dogs"]


def test_entries_show_leaf_and_folder_of_same_name() -> None:
    files = [PurePosixPath("knowledge/cats/qna.yaml"), PurePosixPath("knowledge/cats/wild/lynx/qna.yaml")]
    (top,) = entries_in(PurePosixPath(), files)
    assert top.name == "knowledge"
    inner = entries_in(top.path, files)
    assert [(entry.name, entry.is_folder) for entry in inner] == [("cats/wild", True), ("cats", False)]
