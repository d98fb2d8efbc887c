from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.jobs.temporary import temporary_job


def test_work_of_a_temporary_job_leaves_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with temporary_job("train") as job:
        folder = job.folder.path
        assert job.work("tests.core.jobs.temporary_work:double", {"number": 4}, "test") == {"number": 8}
        assert "the worker was here" in job.folder.log.read_text()
        os.write(1, b"hidden\n")
    os.write(1, b"shown\n")
    assert capfd.readouterr().out == "shown\n"
    assert not folder.exists()


def test_error_of_a_worker_is_raised() -> None:
    with temporary_job("train") as job, pytest.raises(LabtopError, match="no number"):
        job.work("tests.core.jobs.temporary_work:double", {}, "test")
    assert not Path(job.folder.path).exists()
