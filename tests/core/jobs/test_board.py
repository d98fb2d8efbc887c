"""The list of all jobs."""

from __future__ import annotations

import shutil

from core.jobs.board import JobBoard
from core.jobs.folder import JobStore
from core.jobs.spec import new_spec


def test_board_reads_an_ended_job_once() -> None:
    store = JobStore()
    folder = store.create(new_spec("train", "none:none", {}, title="x"))
    folder.write_status({"status": "succeeded", "started": 1.0, "seconds": 1.0})
    board = JobBoard(store)
    (seen,) = board.read()
    (folder.path / "status.json").unlink()
    assert board.read() == (seen,)
    shutil.rmtree(folder.path)
    assert board.read() == ()
