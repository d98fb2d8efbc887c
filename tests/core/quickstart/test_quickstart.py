"""The whole loop, once, as a real job: short, but with every part real."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import LabtopError
from core.evaluation.held_out import find_similar, read_held_out
from core.files import locked_folder
from core.quickstart.sandbox import LEAF_FILES, Sandbox, make_sandbox
from core.sdg.datasets.jsonl import read_lines
from core.taxonomy.lint import lint_paths
from tests.tui.cli.running import LABTOP
from tests.with_torch import call_with_torch

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("loop")


def quickstart(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LABTOP_HOME": str(home / "labtop")}
    command = [LABTOP, "quickstart", "--short", "--dir", str(home / "sandbox"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=900, env=environment, check=False)


@pytest.fixture(scope="module")
def outcome(home: Path) -> dict[str, Any]:
    done = quickstart(home, "--json")
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_the_loop_ends_with_scores_of_base_and_tuned(outcome: dict[str, Any]) -> None:
    assert outcome["status"] == "succeeded"
    result = outcome["result"]
    assert result["benchmark"] == "facts"
    choices = result["multiple_choice"]
    for scores in (result, result["free"], choices["plain"], choices["free"]):
        for name in ("base", "tuned"):
            assert 0 <= scores[name]["score"] <= 1
            assert 0 <= scores[name]["stderr"] < 0.06
    assert result["base"]["questions"] >= 100
    assert result["free"]["base"]["questions"] >= 40
    assert result["base"]["score"] < 0.05
    assert result["tuned"]["score"] > 0.3
    for scores in choices.values():  # nobody without knowledge is far above chance
        assert scores["guesser"]["score"] <= 0.37 and scores["guesser"]["questions"] >= 100


def test_every_stage_left_what_the_next_one_took(outcome: dict[str, Any], home: Path) -> None:
    result = outcome["result"]
    sandbox = Sandbox(home / "sandbox")
    assert Path(result["paths"]["tuned"]).is_relative_to(
        sandbox.training / "1" / "phase2" / "checkpoints" / "hf_format"
    )
    journal = yaml.safe_load((sandbox.training / "1" / "journalfile.yaml").read_text())
    assert journal["current_phase"] == "done"
    assert journal["final_output"]["checkpoint"] == result["paths"]["tuned"]
    assert [answer["kind"] for answer in result["answers"]] == ["plain", "free"] * 2
    assert all(answer["base"] != answer["tuned"] for answer in result["answers"])


def test_no_question_that_is_asked_stands_in_the_training_data(outcome: dict[str, Any], home: Path) -> None:
    result = outcome["result"]
    assert result["seen_in_training"] == 0
    sandbox = Sandbox(home / "sandbox")
    rows = [row for name in ("knowledge", "skills") for row in read_lines(Path(result["paths"][name]))]
    assert len(rows) > 1500
    held_out = [read_held_out(file) for file in sandbox.question_files().values()]
    asked = [pair.question for leaf in held_out for pair in (*leaf.plain, *leaf.free)]
    assert len(asked) >= 140
    assert find_similar(asked, rows, 0.9) == []
    tasks = [row for file in sandbox.datasets.rglob("mmlubench_*.jsonl") for row in read_lines(file)]
    assert len(tasks) >= 40
    questions = [{"messages": [turn for turn in row["messages"] if turn["role"] == "user"]} for row in rows]
    assert find_similar([task["question"] for task in tasks], questions, 0.9) == []
    # The check itself sees what it must: a question of the training data is found.
    assert find_similar([rows[0]["messages"][0]["content"]], rows, 0.9)


def loaded(folder: str, text: str) -> tuple[str, str]:
    """The type of a model, and a text after its tokenizer has encoded and decoded it."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    kind = AutoModelForCausalLM.from_pretrained(folder).config.model_type
    return kind, tokenizer.decode(tokenizer(text)["input_ids"])


def test_the_tuned_model_is_one_that_transformers_loads(outcome: dict[str, Any]) -> None:
    text = "The ship's bell rings twice."
    assert call_with_torch(loaded, outcome["result"]["paths"]["tuned"], text) == ("granite", text)


def test_done_again_it_returns_what_is_there_and_ends_with_the_table(outcome: dict[str, Any], home: Path) -> None:
    again = quickstart(home)
    assert again.returncode == 0, again.stderr
    assert f"{outcome['result']['tuned']['score']:.1%}" in again.stdout
    assert "contain the fact" in again.stdout
    assert again.stderr.count("unchanged inputs") == 5
    assert "Three commands to try next" in again.stdout


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(LabtopError, match="holds no quickstart"):
        make_sandbox(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_sandbox_is_valid_reproducible_and_never_overwritten(tmp_path: Path) -> None:
    one, two = make_sandbox(tmp_path / "one"), make_sandbox(tmp_path / "two")
    report = lint_paths([one.taxonomy])
    assert (report.files, report.errors, report.warnings) == (4, 0, 0)
    heads = [(box.documents / ".git/refs/heads/main").read_text() for box in (one, two)]
    assert heads[0] == heads[1]
    leaf = next(one.taxonomy.rglob(LEAF_FILES[0]))
    leaf.write_text("changed by its owner")
    make_sandbox(one.root)
    assert leaf.read_text() == "changed by its owner"


def test_a_sandbox_that_is_being_made_by_another_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.txt").touch()
    with locked_folder(tmp_path, "another"), pytest.raises(LabtopError, match="in use: another"):
        make_sandbox(tmp_path)
    assert make_sandbox(tmp_path).documents.exists()
