"""A leaf at a glance, and the totals of a tree."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from core.taxonomy.authoring.leaf_folders import LeafSize, leaves_below
from core.taxonomy.authoring.preview import LeafPreview
from core.taxonomy.authoring.scaffold import leaf_text
from core.taxonomy.authoring.tree_files import find_files
from core.taxonomy.authoring.whole_tree import Sizes, first_pass
from core.taxonomy.rules.options import AdviceOptions
from tests.core.taxonomy.leaves import knowledge, skill, write

BIRDS = PurePosixPath("knowledge/birds/qna.yaml")
SUMS = PurePosixPath("foundational_skills/maths/sums/qna.yaml")


def preview(root: Path, file: PurePosixPath, text: str) -> LeafPreview:
    write(root / file, text)
    return LeafPreview.read(root, file, AdviceOptions())


def test_preview_of_knowledge(tmp_path: Path) -> None:
    found = preview(tmp_path, BIRDS, knowledge())
    assert (found.kind, found.subject, found.source) == ("knowledge", "birds", "https://example.org/docs.git")
    assert [(example.text, example.pairs) for example in found.examples][:2] == [
        ("Bird 0 sings. # It is loud.", 3),
        ("Bird 1 sings. # It is loud.", 3),
    ]
    assert (found.size.contexts, found.size.pairs, found.problem) == (5, 15, "")
    assert found.size.words == 5 * 7 + 15 * (6 + 3)
    assert found.done is not None
    assert found.done.done


def test_preview_of_a_skill_shows_its_questions(tmp_path: Path) -> None:
    found = preview(tmp_path, SUMS, skill())
    assert (found.kind, found.subject) == ("foundational skill", "Add numbers")
    assert found.examples[0].text == "What is 0 + 1?"


def test_preview_of_an_unfinished_and_of_a_broken_leaf(tmp_path: Path) -> None:
    found = preview(tmp_path, BIRDS, leaf_text("knowledge", "me"))
    assert found.done is not None
    assert (found.done.to_write, found.size) == ("5 contexts, 15 pairs to write", LeafSize())
    found = preview(tmp_path, BIRDS, "domain: a: b\n")
    assert found.problem == "this text contains ': ', so it needs quotes"
    found = preview(tmp_path, BIRDS, "- a list\n")
    assert (found.problem, found.examples) == ("", ())
    (tmp_path / BIRDS).unlink()
    assert "cannot be read" in LeafPreview.read(tmp_path, BIRDS, AdviceOptions()).problem


def test_first_pass_counts_what_is_written(tmp_path: Path) -> None:
    write(tmp_path / BIRDS, knowledge())
    write(tmp_path / SUMS, skill())
    write(tmp_path / "knowledge/QNA.yml", "")
    files = find_files(tmp_path) or []
    sizes: Sizes = {}
    found = {file: one for batch in first_pass(tmp_path, files, sizes) for file, one in batch.items()}
    assert set(found) == set(files)
    assert {file: (size.contexts, size.pairs) for file, size in sizes.items()} == {BIRDS: (5, 15), SUMS: (0, 5)}
    assert sum(sizes.values(), LeafSize()).pairs == 20
    below = leaves_below(files)
    assert [below[PurePosixPath(name)] for name in (".", "foundational_skills", "knowledge")] == [2, 1, 1]
