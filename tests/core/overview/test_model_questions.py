"""The questions of a model, next to those of a reference, and their files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.overview.evaluations import ScoredModel
from core.overview.model import Figure
from core.overview.model_questions import NOT_STORED, read_model_questions
from core.overview.score_files import write_model_questions
from core.overview.scores import KnownScore


def scored(folder: Path, name: str, right: list[bool]) -> ScoredModel:
    """A model whose answers to the benchmark facts are stored."""
    file = folder / f"{name}.json"
    rows = [
        {"kind": "plain", "question": f"Question {number}?", "answer": name, "expected": "x", "right": one}
        for number, one in enumerate(right)
    ]
    file.write_text(json.dumps({"answers": rows}))
    score = KnownScore(f"/models/{name}", "facts", Figure(0.5, None, len(right)), "evaluate-a", 0.0, str(file))
    return ScoredModel(f"/models/{name}", {"facts": score})


def test_selections_compare_with_the_reference(tmp_path: Path) -> None:
    tuned, base = scored(tmp_path, "tuned", [True, True, False]), scored(tmp_path, "base", [True, False, True])
    found = read_model_questions(tuned, base, "facts")
    names = {
        name: [pair.second.question for pair in found.selected(name)] for name in ("all", "better", "worse", "wrong")
    }
    assert names["all"] == ["Question 0?", "Question 1?", "Question 2?"]
    assert (names["better"], names["worse"], names["wrong"]) == (["Question 1?"], ["Question 2?"], ["Question 2?"])
    assert [pair.second.question for pair in found.selected("all", "n 1")] == ["Question 1?"]
    file = write_model_questions(found, found.selected("better"), tmp_path / "report")
    assert "- tuned (1.0): tuned\n- base (0.0): base" in file.read_text()
    assert len(json.loads(file.with_suffix(".json").read_text())) == 1


def test_without_a_stored_answer_of_the_reference(tmp_path: Path) -> None:
    tuned, base = scored(tmp_path, "tuned", [True]), scored(tmp_path, "base", [True])
    (tmp_path / "base.json").unlink()
    assert read_model_questions(tuned, base, "facts").pairs[0].first is None
    for reference in (None, tuned):
        assert read_model_questions(tuned, reference, "facts").reference is None


def test_questions_that_were_not_stored(tmp_path: Path) -> None:
    tuned = scored(tmp_path, "tuned", [True])
    with pytest.raises(LabtopError) as caught:
        read_model_questions(tuned, None, "mmlu")
    assert caught.value.code == NOT_STORED
