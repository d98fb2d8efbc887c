from dataclasses import replace

import pytest

from core.evaluation.reports import Report, Style, certainty, guessers, render
from core.evaluation.results import ModelResult, TaskResult
from core.evaluation.statistics import Comparison, share_stderr


def result(model: str, **scores: float) -> ModelResult:
    """Tasks of 100 questions each."""
    tasks = {name: TaskResult(score, share_stderr(round(score * 100), 100), 100) for name, score in scores.items()}
    return ModelResult.of(model, "acc_norm", tasks)


# The two knowledge reports of the RHEL AI 1.1 documents, to the letter.
DOCUMENTED_BRANCH = """\
# KNOWLEDGE EVALUATION REPORT

## BASE MODEL
/home/example-user/.local/share/instructlab/models/instructlab/granite-7b-starter

## MODEL
/home/example-user/.local/share/instructlab/models/instructlab/granite-7b-starter

### AVERAGE:
+1.0(across 1)"""

DOCUMENTED_SINGLE = """\
# KNOWLEDGE EVALUATION REPORT

## MODEL
/home/example-user/.local/share/instructlab/models/instructlab/granite-7b-lab

### AVERAGE:
0.45 (across 3)

### SCORES:
mmlu_abstract_algebra - 0.35
mmlu_anatomy - 0.44
mmlu_astronomy - 0.55"""


def test_documented_report_of_a_branch() -> None:
    path = "/home/example-user/.local/share/instructlab/models/instructlab/granite-7b-starter"
    report = Report(result(path, mmlu_pr_x=1.0), result(path, mmlu_pr_x=0.0))
    assert render(report, "classic") == DOCUMENTED_BRANCH


def test_documented_report_of_one_model() -> None:
    path = "/home/example-user/.local/share/instructlab/models/instructlab/granite-7b-lab"
    model = result(path, mmlu_abstract_algebra=0.35, mmlu_anatomy=0.44, mmlu_astronomy=0.55)
    assert render(Report(model), "classic") == DOCUMENTED_SINGLE


BASE = result("/m/base", birds=0.74, domes=0.67, mills=0.5, wells=0.2)
TUNED = result("/m/samples_12", birds=0.78, domes=0.4, mills=0.502, wells=0.9)


def test_classic_layout_lists_several_tasks() -> None:
    assert render(Report(TUNED, BASE), "classic").split("\n\n")[3:] == [
        "### AVERAGE:\n+0.12(across 4)",
        "### IMPROVEMENTS:\n1. wells (+0.7)\n2. birds (+0.04)",
        "### REGRESSIONS:\n1. domes (-0.27)",
        "### NO CHANGE:\n1. mills",
    ]


def test_the_current_layout() -> None:
    assert render(Report(TUNED, BASE), "current") == (
        "# KNOWLEDGE EVALUATION REPORT\n\n"
        "## BASE MODEL (SCORE)\n/m/base (0.53/1.0)\n\n"
        "## MODEL (SCORE)\n/m/samples_12 (0.65/1.0)\n\n"
        "### IMPROVEMENTS (0.0 to 1.0):\n1. wells: 0.2 -> 0.9 (+0.7)\n2. birds: 0.74 -> 0.78 (+0.04)\n\n"
        "### REGRESSIONS (0.0 to 1.0):\n1. domes: 0.67 -> 0.4 (-0.27)\n\n"
        "### NO CHANGE (0.0 to 1.0):\n1. mills (0.5)"
    )
    assert render(Report(BASE), "current") == (
        "# KNOWLEDGE EVALUATION REPORT\n\n## MODEL (SCORE)\n/m/base (0.53/1.0)\n\n"
        "### SCORES (0.0 to 1.0):\nbirds - 0.74\ndomes - 0.67\nmills - 0.5\nwells - 0.2"
    )


def test_certainty() -> None:
    assert certainty(Report(BASE)) == "Standard error 0.02, 95 % interval 0.48 to 0.57, 400 questions."
    perfect = "Standard error 0.01, 95 % interval 0.96 to 1.00, 100 questions."
    assert certainty(Report(result("/m/best", birds=1.0))) == perfect
    assert certainty(Report(TUNED, BASE, Comparison(80, 30, 2e-6, 0.125, 0.08, 0.17))) == (
        "Standard error 0.02 before and 0.02 after, 400 questions: "
        "80 gained and 30 lost (McNemar's exact test: p = 2e-06). "
        "The difference is +0.12, 95 % interval +0.08 to +0.17: significant."
    )


@pytest.mark.parametrize("style", ["classic", "current"])
def test_differences_by_chance_have_a_section_of_their_own(style: Style) -> None:
    by_task = {
        "birds": Comparison(10, 6, 0.45, 0.04, -0.04, 0.12),
        "domes": Comparison(3, 30, 1e-6, -0.27, -0.36, -0.18),
        "mills": Comparison(0, 0, 1.0),
        "wells": Comparison(70, 0, 1e-20, 0.7, 0.6, 0.8),
    }
    sections = dict(
        section.split("\n", 1) for section in render(Report(TUNED, BASE, None, by_task), style).split("\n\n")[3:]
    )
    titles = [title.partition(" (")[0].rstrip(":") for title in sections if "AVERAGE" not in title]
    assert titles == ["### IMPROVEMENTS", "### REGRESSIONS", "### NO SIGNIFICANT CHANGE", "### NO CHANGE"]
    uncertain = next(text for title, text in sections.items() if "SIGNIFICANT" in title)
    assert uncertain.startswith("1. birds") and "(+0.04)" in uncertain


def test_report_round_trip_through_a_job_result() -> None:
    compared = Comparison(8, 3, 0.2)
    data = {"results": [BASE.summary(), TUNED.summary()], "comparison": vars(compared), "by_task": {}}
    assert Report.from_data(data) == Report(TUNED, BASE, compared)
    assert Report.from_data({"results": [TUNED.summary()]}) == Report(TUNED)


def test_shares_have_an_interval_in_json() -> None:
    perfect = result("/m/best", birds=1.0, domes=1.0).summary()
    assert perfect["tasks"]["birds"] == pytest.approx(
        {"score": 1, "stderr": 1 / 101, "low": 0.963, "high": 1, "n": 100}, abs=1e-4
    )
    assert (perfect["low"], perfect["high"]) == pytest.approx((1 - 0.037 / 2**0.5, 1), abs=1e-4)
    facts = ModelResult("m", "facts", 1.0, 0.05, 20, {"plain": TaskResult(1.0, 0.05, 20)})
    assert facts.interval == pytest.approx((0.8389, 1), abs=1e-4)
    rated = ModelResult("m", "rating", 7.0, 0.5, 20, {"math": TaskResult.rated([6, 8])}).summary()
    assert "low" not in rated and "low" not in rated["tasks"]["math"]


def test_guessers_are_shown_where_they_are_known() -> None:
    assert guessers(Report(TUNED, BASE)) is None
    found = {"shared_words": 0.331, "longest": 0.2, "chance": 0.25, "n": 400, "choices_only": 0.27}
    assert guessers(Report(TUNED, replace(BASE, details={"guessers": found}))) == (
        "Without knowledge: most shared words 0.33, longest choice 0.20, base without the question 0.27; chance 0.25."
    )
