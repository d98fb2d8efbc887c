"""`labtop model compare`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.core.overview.jobs import FakeJob
from tests.core.overview.test_scores import evaluated
from tests.tui.cli.running import labtop


def test_compare_shows_scores_and_differences(tmp_path: Path) -> None:
    base, base_row = evaluated(tmp_path, "base", [True] * 10 + [False] * 30)
    tuned, tuned_row = evaluated(tmp_path, "tuned", [True] * 34 + [False] * 6)
    options = {"base_model": str(base), "model": str(tuned)}
    result = {"benchmark": "mmlu_branch", "results": [base_row, tuned_row]}
    FakeJob("evaluate", 100, options).end(result=result).write("evaluate-bbbbb")
    FakeJob("evaluate", 90, options).end(
        result={"benchmark": "mt_bench", "results": [{**base_row, "score": 1.0}, {**tuned_row, "score": 6.5}]}
    ).write("evaluate-ccccc")
    shown = labtop("model", "compare", str(base), str(tuned)).stdout
    assert "mmlu_branch  25.0 ± 7.4  n=40" in shown
    assert "85.0 ± 6.5  +60.0* (+" in shown
    assert "mt_bench     1.00 ± 0.07  n=40  6.50 ± 0.06" in shown
    printed = json.loads(labtop("model", "compare", str(base), str(tuned), "--benchmark", "mt_bench", "--json").stdout)
    assert [row["benchmark"] for row in printed["benchmarks"]] == ["mt_bench"]
    assert [row["score"] for row in printed["benchmarks"][0]["results"]] == [1.0, 6.5]


def test_compare_of_unscored_models_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert "labtop model evaluate" in labtop("model", "compare", str(tmp_path)).stdout
    assert "There is no model nope" in labtop("model", "compare", "nope", status=1).stderr


def test_compare_names_a_damaged_model(tmp_path: Path, tiny_model: Path) -> None:
    half = tmp_path / "half"
    shutil.copytree(tiny_model, half)
    with (half / "model.safetensors").open("r+b") as file:
        file.truncate(1000)
    done = labtop("model", "compare", str(tiny_model), str(half))
    assert f"{half / 'model.safetensors'} is damaged or truncated" in done.stderr
    first, second = json.loads(labtop("model", "compare", str(tiny_model), str(half), "--json").stdout)["models"]
    assert first["problem"] is None and "damaged" in second["problem"]
