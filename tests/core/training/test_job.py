"""`model train` as a job."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from core.errors import LabtopError
from core.files import locked_folder
from core.jobs.context import JobContext
from core.training.job import JOB_LOCK, run
from tests.core.training.conftest import write_rows


class Context:
    """The options of a job that must not begin."""

    def __init__(self, output: Path, data: Path) -> None:
        train = {"model_path": "/model", "data_path": str(data), "ckpt_output_dir": str(output)}
        self.options = {"train": train, "replay": {"data": str(data), "share": 0.5}}


def test_folder_is_locked_until_the_comparison_ends(tmp_path: Path) -> None:
    output, data = tmp_path / "out", write_rows(tmp_path / "data.jsonl")
    with locked_folder(output, "training", JOB_LOCK), pytest.raises(LabtopError, match="is in use: training"):
        run(cast(JobContext, Context(output, data)))
    assert [each.name for each in output.iterdir()] == [JOB_LOCK], "the replay data of the first one is kept"
