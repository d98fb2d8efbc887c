"""The documents' command lines of multiple-choice benchmarks, with a tiny model and a copy of MMLU's files."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from core.sdg.datasets.jsonl import write_lines
from tests.tui.cli.running import labtop

pytestmark = pytest.mark.slow

SUBJECTS = ("anatomy", "astronomy", "virology")


def test_mmlu(own_home: Path, tiny_model: Path, tmp_path: Path) -> None:
    for subject in SUBJECTS:
        for split, count in (("test", 6), ("dev", 5)):
            file = tmp_path / split / f"{subject}_{split}.csv"
            file.parent.mkdir(exist_ok=True)
            file.write_text("".join(f"Question {n} of {subject}?,one,two,three,four,B\n" for n in range(count)))
    assert "Imported 18 questions of 3 subjects" in labtop("model", "evaluate", "--import-mmlu", str(tmp_path)).stdout
    checkpoint = own_home / ".local/share/instructlab/phased/phase2/checkpoints/hf_format/checkpoint_1945"
    shutil.copytree(tiny_model, checkpoint)
    shown = labtop("model", "evaluate", "--benchmark", "mmlu", "--model", str(checkpoint), timeout=180).stdout
    assert re.search(r"### AVERAGE:\n[\d.]+ \(across 3\)", shown)
    assert all(re.search(rf"mmlu_{subject} - [\d.]+", shown) for subject in SUBJECTS)


def test_mmlu_branch(own_home: Path, tiny_model: Path, tmp_path: Path) -> None:
    nodes = tmp_path / "node_datasets_2024-08-13T20_54_21"
    nodes.mkdir()
    rows = [
        {"question": f"Question {n}?", "choices": ["one", "two", "three", "four"], "answer": n % 4} for n in range(8)
    ]
    write_lines(nodes / "mmlubench_knowledge_phoenix.jsonl", rows)
    task = {
        "task": "knowledge_phoenix",
        "tag": "mmlu_pr",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(nodes / "mmlubench_knowledge_phoenix.jsonl")}},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "{{question}}",
        "doc_to_choice": "{{choices}}",
        "doc_to_target": "{{answer}}",
    }
    (nodes / "knowledge_phoenix_task.yaml").write_text(json.dumps(task))
    base, tuned = own_home / "granite-7b-starter", own_home / "samples_4492"
    for folder in (base, tuned):
        shutil.copytree(tiny_model, folder)
    line = (
        "--benchmark",
        "mmlu_branch",
        "--model",
        str(tuned),
        "--tasks-dir",
        str(tmp_path),
        "--base-model",
        str(base),
    )
    shown = labtop("model", "evaluate", *line, timeout=180).stdout
    assert "# KNOWLEDGE EVALUATION REPORT" in shown
    assert "## BASE MODEL" in shown
    assert re.search(r"### AVERAGE:\n\+?0\.0\(across 1\)", shown)
