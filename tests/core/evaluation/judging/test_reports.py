"""Reports in the documents' layouts. The figures are those of the documents' examples."""

from __future__ import annotations

from typing import Any

from core.evaluation.judging.reports import branch_text, dk_bench_text, skill_text

MODEL = "/home/example-user/.local/share/instructlab/models/instructlab/granite-7b-lab"


def part(score: float, n: int = 5) -> dict[str, Any]:
    return {"score": score, "stderr": 0.5, "n": n}


def result(score: float = 8.07, n: int = 91, model: str = MODEL, **more: Any) -> dict[str, Any]:
    details = {
        "judge": "prometheus",
        "scale": [1, 10],
        "turns": [part(8.64, 55), part(7.19, 36)],
        "error_rate": 0.43,
        "expected": 160,
        "turns_asked": 160,
        **more.pop("details", {}),
    }
    tasks = more.pop("tasks", {"writing": part(8.07)})
    return {
        "model": model,
        "metric": "rating",
        "score": score,
        "stderr": 0.2,
        "n": n,
        "tasks": tasks,
        "details": details,
    }


def test_classic_layout_of_mt_bench() -> None:
    text = skill_text({"benchmark": "mt_bench", "results": [result()]}, "classic")
    assert text.startswith(
        f"""# SKILL EVALUATION REPORT

## MODEL
{MODEL}

### AVERAGE:
8.07 (across 91)

### TURN ONE:
8.64

### TURN TWO:
7.19

### ERROR RATE:
0.43

"""
    )


def test_current_layout_of_mt_bench() -> None:
    details = {"turns": [part(7.48), {"score": None, "stderr": None, "n": 0}], "error_rate": 0.0}
    text = skill_text({"benchmark": "mt_bench", "results": [result(7.27, details=details)]}, "current")
    assert text.startswith(
        f"""# SKILL EVALUATION REPORT

## MODEL (SCORE)
{MODEL} (7.27/10.0)

### TURN ONE (0.0 to 10.0):
7.48

### TURN TWO (0.0 to 10.0):
N/A

Scores"""
    )


def test_what_the_documents_leave_out() -> None:
    details = {
        "questions": "labtop's own",
        "failed_answers": {"no answer": 2},
        "failed_judgements": {"no rating": 67},
        "truncated": 1,
        "baselines": {"empty answer": part(1.0, 8)},
    }
    text = skill_text({"benchmark": "mt_bench", "results": [result(details=details)]}, "classic")
    for line in (
        "  writing   8.07 ± 0.50  (5 ratings)",
        "Questions: labtop's own.",
        "Failed answers: 2 of 160: no answer (2).",
        "Failed judgements: 67 of 160: no rating (67).",
        "1 answer reached the token limit.",
        "Without content (empty answer), prometheus gives 1.00 on average.",
    ):
        assert f"{line}\n" in f"{text}\n"


def compared(significant: bool, difference: float) -> dict[str, Any]:
    low, high = (difference - 0.5, difference + 0.5) if significant else (-9.0, 9.0)
    return {"gained": 1, "lost": 0, "p_value": 1.0, "difference": difference, "low": low, "high": high}


RECEIPT = "compositional_skills/extraction/receipt/markdown/qna.yaml"
TITLE = "compositional_skills/extraction/abstractive/title/qna.yaml"
LEASE = "compositional_skills/extraction/commercial_lease_agreement/csv/qna.yaml"


def branch_result() -> dict[str, Any]:
    base = {RECEIPT: part(4.0), TITLE: part(9.0), LEASE: part(7.0), "b/qna.yaml": part(5.0), "new/qna.yaml": part(2.5)}
    tuned = {RECEIPT: part(8.0), TITLE: part(4.0), LEASE: part(7.0), "b/qna.yaml": part(6.0), "new/qna.yaml": part(6.0)}
    by_task = {RECEIPT: compared(True, 4.0), TITLE: compared(True, -5.0), LEASE: compared(False, 0.0)}
    return {
        "benchmark": "mt_bench_branch",
        "results": [
            result(tasks=base, details={"error_rate": 0.3}),
            result(7.0, tasks=tuned, details={"error_rate": 0.34, "new_leaves": ["new/qna.yaml"]}),
        ],
        "comparison": compared(False, 0.1),
        "by_task": {**by_task, "b/qna.yaml": compared(False, 1.0)},
    }


def test_classic_layout_of_mt_bench_branch() -> None:
    assert branch_text(branch_result(), "classic").startswith(
        f"""# SKILL EVALUATION REPORT

## BASE MODEL
{MODEL}

## MODEL
{MODEL}

### IMPROVEMENTS:
1. compositional_skills/extraction/receipt/markdown/qna.yaml (+4.0)

### REGRESSIONS:
1. compositional_skills/extraction/abstractive/title/qna.yaml (-5.0)

### NO SIGNIFICANT CHANGE:
1. b/qna.yaml (+1.0)

### NO CHANGE:
1. compositional_skills/extraction/commercial_lease_agreement/csv/qna.yaml

### NEW:
1. new/qna.yaml (6.0)

### ERROR RATE:
0.32

New leaves, base model -> model:
  new/qna.yaml: 2.5 -> 6.0

"""
    )


def test_current_layout_of_mt_bench_branch() -> None:
    text = branch_text(branch_result(), "current")
    for lines in (
        f"## BASE MODEL (SCORE)\n{MODEL} (8.07/10.0)\n\n## MODEL (SCORE)\n{MODEL} (7.0/10.0)\n",
        f"### REGRESSIONS (0.0 to 10.0):\n1. {TITLE}: 9.0 -> 4.0 (-5.0)\n",
        f"### NO CHANGE (0.0 to 10.0):\n1. {LEASE} (7.0)\n",
        "### NEW (0.0 to 10.0):\n1. new/qna.yaml (6.0)\n",
    ):
        assert lines in text


def test_layout_of_dk_bench() -> None:
    details = {"ratings": [5, None, 3.0], "scale": [1, 5], "files": ["/out/results.jsonl"], "judge": "j"}
    one = result(4.0, 2, "granite", details=details)
    assert dk_bench_text({"benchmark": "dk_bench", "results": [one]}, "classic").startswith(
        """# DK-BENCH REPORT

## MODEL: granite

Question #1:     5/5
Question #2:     no rating
Question #3:     3/5
----------------------------
Average Score:   4.00/5
Total Score:     8/10

Result files:
/out/results.jsonl

Standard error of the average: 0.20."""
    )


def test_dk_bench_compares_two_models() -> None:
    details = {"ratings": [5.0], "files": ["/out/results.jsonl"]}
    results = [result(4.0, 2, name, details=details) for name in ("base", "tuned")]
    text = dk_bench_text({"benchmark": "dk_bench", "results": results, "comparison": compared(False, 1.0)}, "classic")
    assert "the difference is +1.0, 95 % interval " in text and text.endswith(": no significant change.")


def test_one_question_has_no_standard_error() -> None:
    tasks = {"math": {"score": 7.0, "stderr": 0.0, "n": 2}, "writing": part(8.07)}
    text = skill_text({"benchmark": "mt_bench", "results": [result(tasks=tasks)]}, "classic")
    assert "  math      7.00         (2 ratings)\n  writing   8.07 ± 0.50  (5 ratings)" in text
