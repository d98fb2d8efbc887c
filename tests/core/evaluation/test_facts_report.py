from typing import Any

from core.evaluation.facts_report import render
from core.evaluation.reports import Report


def result(model: str, plain: float, free: float) -> dict[str, Any]:
    tasks = {name: {"score": score, "stderr": 0.05, "n": 100} for name, score in (("plain", plain), ("free", free))}
    score = (plain + free) / 2
    return {
        "model": model,
        "metric": "facts",
        "score": score,
        "stderr": 0.03,
        "n": 200,
        "tasks": tasks,
    }


def test_report_shows_plain_and_free_of_base_and_tuned() -> None:
    changed = {"gained": 80, "lost": 0, "p_value": 1.7e-24}
    report = Report.from_data(
        {
            "results": [result("small", 0.0, 0.0), result("large", 0.8, 0.1)],
            "comparison": {"gained": 90, "lost": 0, "p_value": 1.6e-27},
            "by_task": {"plain": changed, "free": {"gained": 10, "lost": 0, "p_value": 0.002}},
        }
    )
    printed = render(report).splitlines()
    assert printed[2:4] == ["base:  small", "tuned: large"]
    rows = [line.split() for line in printed[5:9]]
    assert rows[0] == ["questions", "base", "tuned", "compared"]
    assert printed[6].startswith("plain, in the answer's words")
    assert rows[1][5:12] == ["100", "0.0%", "±", "5.0%", "80.0%", "±", "5.0%"]
    assert "10 gained, 0 lost (p = 0.002)" in printed[7]
    assert "45.0% ± 3.0%" in printed[8]


def test_report_of_one_model_with_one_kind_of_question() -> None:
    only = result("large", 0.8, 0.1)
    del only["tasks"]["free"]
    printed = render(Report.from_data({"results": [only]})).splitlines()
    assert printed[2] == "model: large"
    assert printed[4].split() == ["questions", "score"]
    assert "80.0% ± 5.0%" in printed[5]
    assert printed[6] == ""
