"""Questions from a taxonomy's branches."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.evaluation.judging.branch import branch_questions
from core.taxonomy.git.process import run_git

ROSTER = "compositional_skills/writing/duty_roster/qna.yaml"
LOST = "compositional_skills/grounded/reading/lost_property/qna.yaml"
HAIKU = "compositional_skills/writing/haiku/qna.yaml"


def commit(taxonomy: Path) -> None:
    run_git(taxonomy, "add", "-A")
    run_git(taxonomy, "commit", "-qm", "change")


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    """The sample with a branch that has a skill more, a leaf with errors, and a work tree with other changes."""
    root = tmp_path / "taxonomy"
    with as_file(files("profiles").joinpath("sample", "taxonomy")) as sample:
        shutil.copytree(sample, root)
    run_git(root, "init", "-q")
    commit(root)
    run_git(root, "checkout", "-qb", "mine")
    (root / HAIKU).parent.mkdir()
    shutil.copy(root / ROSTER, root / HAIKU)
    (root / ROSTER).write_text("version: 3\nseed_examples: []\n")
    commit(root)
    run_git(root, "checkout", "-q", "main")
    (root / LOST).unlink()
    return root


def test_questions_are_the_seed_examples_of_skills(taxonomy: Path) -> None:
    notes: list[str] = []
    questions = branch_questions(taxonomy, "main", notes.append)
    assert {each.leaf for each in questions} == {ROSTER, LOST}
    assert not notes
    assert all(
        each.category == "taxonomy" and each.temperature == 0 and len(each.references) == 1 for each in questions
    )
    grounded = next(each for each in questions if each.leaf == LOST)
    assert grounded.turns[0].startswith("Given the context below:\n")
    assert "\nAnswer the following question: " in grounded.turns[0]
    assert not (taxonomy / LOST).exists(), "the work tree is as it was"
    assert run_git(taxonomy, "branch", "--show-current") == b"main\n"


def test_same_question_has_one_id_on_all_branches(taxonomy: Path) -> None:
    notes: list[str] = []
    before = {each.id: each for each in branch_questions(taxonomy, "main", lambda _: None)}
    after = {each.id: each for each in branch_questions(taxonomy, "mine", notes.append)}
    assert {each.leaf for each in after.values()} == {LOST, HAIKU}
    assert [note.split(" is left out")[0] for note in notes] == [f"On the branch mine, {ROSTER}"]
    assert {after[identity].leaf for identity in before.keys() & after.keys()} == {LOST}
    assert all(isinstance(identity, int) and identity < 2**53 for identity in before)


def test_branch_without_skills_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "README.md").write_text("none yet\n")
    run_git(tmp_path, "init", "-q")
    commit(tmp_path)
    with pytest.raises(LabtopError, match="has no skills, so there are no questions"):
        branch_questions(tmp_path, "main", lambda _: None)
    with pytest.raises(LabtopError, match="has no branch 'other'"):
        branch_questions(tmp_path, "other", lambda _: None)
