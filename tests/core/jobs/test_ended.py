"""Which jobs have just ended, and what is said about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.jobs.ended import ending_of, newly_ended, title_of
from core.jobs.observe import Observation, Status
from core.jobs.spec import new_spec

BASE = Observation(
    spec=new_spec("train", "none:none", {}, title="Train tiny"),
    status="running",
    started=1.0,
    seconds=245.0,
    pid=7,
    progress=0.5,
    seconds_left=None,
    stage=None,
    activity="",
    ended_in=None,
    error=None,
    result=None,
    elsewhere=None,
)


def job(number: int, status: Status, **fields: Any) -> Observation:
    fields.setdefault("spec", replace(BASE.spec, id=f"train-{number}"))
    return replace(BASE, status=status, **fields)


def test_ended_jobs_are_found_once() -> None:
    before = [job(2, "running"), job(1, "failed")]
    after = [job(3, "succeeded"), job(2, "succeeded"), job(1, "failed")]  # the third was never seen running
    assert [each.spec.id for each in newly_ended(before, after)] == ["train-2", "train-3"]
    assert newly_ended(after, after) == []
    assert newly_ended(after, after[1:]) == []


@pytest.mark.parametrize(
    ("ended", "title", "words", "severity"),
    [
        (job(1, "succeeded"), "Train tiny succeeded after 4:05", ["train-1"], "information"),
        (
            job(1, "succeeded", result={"base": {"score": 0.229}, "tuned": {"score": 0.992}}),
            "Train tiny succeeded after 4:05",
            ["22.9%", "99.2%"],
            "information",
        ),
        (
            job(1, "failed", error={"message": "No server answers.", "hint": "Start one."}, seconds=None),
            "Train tiny failed",
            ["No server answers.", "Start one."],
            "error",
        ),
        (job(1, "cancelled"), "Train tiny was stopped after 4:05", ["r in the Jobs pane"], "warning"),
        (
            job(1, "cancelled", spec=new_spec("serve", "none:none", {}, title="Serve tiny")),
            "Serve tiny was stopped after 4:05",
            ["r in the Jobs pane serves it again."],
            "warning",
        ),
        (job(1, "lost", result={"base": None, "tuned": {"score": True}}), "Train tiny died", ["resumes"], "error"),
        (job(1, "succeeded", result={name: {"score": 10**400} for name in ("base", "tuned")}), "", [], "information"),
    ],
)
def test_ended_job_is_described(ended: Observation, title: str, words: list[str], severity: str) -> None:
    ending = ending_of(ended)
    assert ending.title.startswith(title)
    assert all(word in ending.message for word in words)
    assert ending.severity == severity


def test_ended_title_counts_the_others() -> None:
    assert [title_of(number) for number in (0, 1, 2)] == [
        "labtop",
        "labtop: 1 job running",
        "labtop: 2 jobs running",
    ]
