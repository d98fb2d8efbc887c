"""Leaves as data."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import LabtopError
from core.taxonomy.authoring.load import load_leaf
from core.taxonomy.authoring.survey import survey
from core.taxonomy.format.leaf import DocumentSource, QuestionAnswer, SeedExample
from tests.core.taxonomy.leaves import SHA, edited, knowledge, skill, write


def test_knowledge(tmp_path: Path) -> None:
    file = write(tmp_path / "knowledge/my birds/a_b/qna.yaml", knowledge(patterns="'*.md'"))
    leaf = load_leaf(file, tmp_path)
    assert (leaf.kind, leaf.path) == ("knowledge", "knowledge/my birds/a_b")
    assert leaf.source == DocumentSource("https://example.org/docs.git", SHA, ("*.md",))
    assert (leaf.domain, leaf.outline, leaf.documents) == ("birds", "All about birds", ())
    assert leaf.seeds[1].context == "Bird 1 sings.\n\n# It is loud.\n"
    assert leaf.seeds[1].pairs[2] == QuestionAnswer("What does bird 1 do 2?", "It sings 2.")


def test_skills(tmp_path: Path) -> None:
    freeform = load_leaf(write(tmp_path / "compositional_skills/a/qna.yaml", skill(None)), tmp_path)
    assert (freeform.kind, freeform.task) == ("freeform_skill", "Add numbers")
    assert freeform.seeds[0] == SeedExample("", (QuestionAnswer("What is 0 + 1?", "1, exactly."),))
    grounded = load_leaf(write(tmp_path / "compositional_skills/b/qna.yaml", skill(context=True)), tmp_path)
    assert grounded.kind == "grounded_skill"
    assert grounded.seeds[0].context == "The number 0."


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (edited(skill(), "Add numbers", "''"), "qna.yaml:3:19: 'task_description' must not be empty"),
        (edited(skill(), "Add numbers", "a: b"), "qna.yaml:3:20: syntax error"),
        ("", "qna.yaml:1:1: The file is empty"),
    ],
)
def test_leaf_with_errors(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(LabtopError) as caught:
        load_leaf(write(tmp_path / "compositional_skills/a/qna.yaml", text), tmp_path)
    assert place in caught.value.message
    assert caught.value.hint


def test_leaf_with_many_errors_names_the_command_that_shows_them(tmp_path: Path) -> None:
    text = edited(edited(skill(), "Add numbers", "''"), "created_by:", "createdby:")
    file = write(tmp_path / "compositional_skills/a/qna.yaml", text)
    with pytest.raises(LabtopError) as caught:
        load_leaf(file, tmp_path)
    assert "(and 1 more error)" in caught.value.message
    assert caught.value.hint and f"labtop taxonomy lint {file}" in caught.value.hint


def test_missing_leaf_and_leaf_outside(tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match="cannot be read"):
        load_leaf(tmp_path / "knowledge/qna.yaml", tmp_path)
    with pytest.raises(LabtopError, match="is not in the taxonomy"):
        load_leaf(write(tmp_path / "a/qna.yaml", skill()), tmp_path / "b")


def test_survey_lists_every_leaf(tmp_path: Path) -> None:
    write(tmp_path / "knowledge/a/qna.yaml", knowledge())
    write(tmp_path / "knowledge/b/qna.yaml", "a: [\n")
    write(tmp_path / "foundational_skills/c/qna.yaml", skill(1))
    write(tmp_path / "knowledge/a/QNA.yaml", "")
    write(tmp_path / "knowledge/a/b/qna.yaml", skill(1))
    found = [(leaf.path, leaf.kind, leaf.seed_examples, leaf.errors, leaf.used) for leaf in survey(tmp_path)]
    assert found == [
        ("foundational_skills/c", "foundational", 5, 0, True),
        ("knowledge/a", "knowledge", 5, 0, True),
        ("knowledge/a/QNA.yaml", "misnamed", 0, 0, False),
        ("knowledge/a/b", "knowledge", 5, 1, True),
        ("knowledge/b", "broken", 0, 1, True),
    ]
