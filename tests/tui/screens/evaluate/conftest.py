"""Scores of a base model, of a tuned one and of a training's checkpoints, at a fixed time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.chat.compare import Answer, Vote, VoteStore
from core.evaluation.results import ModelResult, TaskResult, write_result
from core.system.gpu import GpuMonitor, GpuReading
from tests.core.overview.jobs import FakeJob, model_folder

QUESTIONS = [
    ("Who replaced the mast?", "A carpenter replaced it."),
    ("When does the Petrel sail?", "It sails on Mondays."),
    ("What colour is the hull?", "The hull is red."),
    *((f"How deep is harbour {n}?", f"Harbour {n} is {n} metres deep.") for n in range(4, 41)),
]


def write_facts(file: Path, model: Path, right: set[int]) -> dict[str, object]:
    """A stored result of the benchmark facts, and its row in the job's result."""
    correct = [number in right for number in range(len(QUESTIONS))]
    kinds = {"plain": correct[:20], "free": correct[20:]}
    result = ModelResult.of(str(model), "facts", {name: TaskResult.of(found, []) for name, found in kinds.items()})
    answers = [
        {
            "kind": "plain" if number < 20 else "free",
            "question": question,
            "answer": answer if number in right else "I cannot say.",
            "expected": answer,
            "right": number in right,
            "reason": "" if number in right else "missing",
        }
        for number, (question, answer) in enumerate(QUESTIONS)
    ]
    write_result(file, "key", result, answers=answers)
    return {**result.summary(), "file": str(file)}


@pytest.fixture
def fixed_time(fixed_time: None, monkeypatch: pytest.MonkeyPatch, short_path: Path) -> None:
    monkeypatch.setattr(GpuMonitor, "read", lambda _, traffic: GpuReading(absent="There is no NVIDIA driver."))
    monkeypatch.setenv("LABTOP_HOME", str(short_path))


@pytest.fixture
def scores(fixed_time: None, short_path: Path) -> Path:
    """An evaluation of base and tuned model, and the training that made the tuned one. Returns their folder."""
    base = model_folder(short_path / "models/student")
    phase = short_path / "phased/phase2/checkpoints/hf_format"
    checkpoints = [model_folder(phase / f"samples_{samples}") for samples in (480, 960, 1440)]
    tuned = checkpoints[-1]
    rows = [
        write_facts(short_path / "base.json", base, {1, 5}),
        write_facts(short_path / "tuned.json", tuned, {*range(20), 30} - {1}),
    ]
    job = FakeJob("evaluate", 900, {"base_model": str(base), "model": str(tuned)})
    job.end(result={"benchmark": "facts", "results": rows}).write("evaluate-b2c4d")
    scored = [
        {"path": str(path), "score": score, "stderr": 0.05, "n": 85}
        for path, score in zip(checkpoints, (0.41, 0.62, 0.6), strict=True)
    ]
    data = short_path / "knowledge.jsonl"
    about = {"leaf_node_path": "knowledge_ships_petrel", "dataset": "document_knowledge_qa_closed_book"}
    turns = [{"role": "user", "content": QUESTIONS[1][0]}, {"role": "assistant", "content": QUESTIONS[1][1]}]
    data.write_text(json.dumps({"messages": turns, "metadata": json.dumps({**about, "sdg_document": "It sails."})}))
    options = {"phases": {"model_path": str(base), "phase2": {"training": {"data_path": [str(data)]}}}}
    training = FakeJob("train", 2000, options)
    result = {"best": str(tuned), "phases": [{"criterion": "mmlu_branch", "checkpoints": scored}]}
    training.end(result=result).write("train-k3f9x")
    answers = tuple(
        Answer(letter, path.name, "", str(path), "", 1, 1.0) for letter, path in zip("AB", (base, tuned), strict=True)
    )
    for verdict in ("B", "B", "tie"):
        VoteStore().add(Vote("Who?", answers, verdict, blind=True))
    return short_path
