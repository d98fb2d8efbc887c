"""A job as a row of a list."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.jobs.observe import Observation
from core.jobs.spec import new_spec
from widgets.glyphs import ASCII, UNICODE
from widgets.jobs.job_row import header_line, job_line, row_texts

SPEC = replace(new_spec("quickstart", "none:none", {}, title="Quickstart"), id="quickstart-k3f9x")

RUNNING = Observation(
    spec=SPEC,
    status="running",
    started=1.0,
    seconds=878.0,
    pid=1,
    progress=0.67,
    seconds_left=177.0,
    stage="Train phase 2: skills",
    activity="3,174/4,492 samples",
    ended_in=None,
    error=None,
    result=None,
    elsewhere=None,
)


@pytest.mark.parametrize("width", [57, 64, 74, 78, 110, 160])
def test_row_has_status_id_stage_done_time_and_left(width: int) -> None:
    line = str(job_line(RUNNING, UNICODE, width))
    assert len(line) == width
    assert line.split()[:3] == ["▶", "running", "quickstart-k3f9x" if width > 65 else "k3f9x"]
    assert line.split()[-3:] == ["67%", "14:38", "2:57"]
    assert "Train phas" in line
    assert len(str(header_line(width))) == width


@pytest.mark.parametrize("width", [57, 74, 78, 110])
def test_row_of_a_running_job_has_a_bar(width: int) -> None:
    assert "━" in str(job_line(RUNNING, UNICODE, width))
    assert "=" in str(job_line(RUNNING, ASCII, width))
    assert str(job_line(RUNNING, ASCII, width)).isascii()


def test_row_shows_title_and_stage_where_there_is_room() -> None:
    assert "Quickstart: Train phase 2: skills" in str(job_line(RUNNING, UNICODE, 140))


def test_row_of_a_job_that_was_asked_to_stop_says_so_and_has_no_time_left() -> None:
    line = str(job_line(replace(RUNNING, stopping=True), UNICODE, 78))
    assert line.split()[:2] == ["■", "stopping"]
    assert line.split()[-2:] == ["67%", "14:38"]


def test_row_of_a_stopped_job_says_where() -> None:
    job = replace(RUNNING, status="cancelled", stage=None, activity="", ended_in="Train phase 1", seconds_left=None)
    assert "stopped in Train phase 1" in str(job_line(job, UNICODE, 78))
    assert "━" not in str(job_line(job, UNICODE, 78))


def test_row_without_an_estimate_shows_the_activity() -> None:
    job = replace(RUNNING, progress=None, seconds_left=None, stage="Generate data", activity="14,308 requests")
    line = str(job_line(job, UNICODE, 100))
    assert "Generate data, 14,308 requests" in line
    assert "%" not in line
    assert "14,308 requests" in row_texts(job)
