"""labtop's processes with their jobs, found among the machine's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from math import isnan
from pathlib import Path

import pytest

from core.monitor.processes import ProcessReader, ProcessRow
from core.system.gpu import Gpu, GpuProcess, GpuReading
from tests.waiting import wait_until

GIB = 2**30
NO_GPU = GpuReading(absent="There is no NVIDIA driver.")

READY = "import sys; sys.stdout.write('ready\\n'); sys.stdout.flush(); sys.stdin.read()"


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    """A folder of jobs, of which one has started a worker for phase 2."""
    folder = tmp_path / "jobs" / "train-k3f9x"
    folder.mkdir(parents=True)
    (folder / "worker-0.request.json").write_text(json.dumps({"target": "a:b", "stage": "train.phase2"}))
    return folder.parent


@pytest.fixture
def processes(jobs: Path, tmp_path: Path) -> Iterator[dict[str, int]]:
    """A worker and a runner of the job, and a process of another store's job; each waits for its input to end.

    Without `site` (-S), Python finds these modules instead of the installed ones.
    """
    package = tmp_path / "fake"
    for module in ("core/jobs/runner", "core/jobs/workers/process"):
        file = package / f"{module}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(READY)
    folder = str(jobs / "train-k3f9x")
    wanted = {
        "worker": (["-S", "-m", "core.jobs.workers.process", folder, "0"], folder),
        "runner": (["-S", "-m", "core.jobs.runner", folder, "3"], folder),
        "elsewhere": (["-c", READY], "/another/store/jobs/run-aaaaa"),
        "unrelated": (["-c", READY], None),
    }
    started = {}
    for name, (arguments, job) in wanted.items():
        environment = {**os.environ, "PYTHONPATH": str(package)}
        environment.pop("PYTHONSAFEPATH", None)
        if job is not None:
            environment["LABTOP_JOB"] = job
        started[name] = subprocess.Popen(
            [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=package
        )
    for process in started.values():
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    yield {name: process.pid for name, process in started.items()}
    for process in started.values():
        process.communicate()


def of(rows: tuple[ProcessRow, ...], pid: int) -> ProcessRow | None:
    return next((row for row in rows if row.pid == pid), None)


def test_processes_of_a_job_are_found_with_their_figures(jobs: Path, processes: dict[str, int]) -> None:
    reader = ProcessReader(jobs)
    gpus = GpuReading(
        (
            Gpu(0, "A", None, None, None, None, None, None, None, (GpuProcess(processes["worker"], 2 * GIB),)),
            Gpu(1, "B", None, None, None, None, None, None, None, (GpuProcess(processes["worker"], GIB),)),
        )
    )
    rows = reader.read(gpus)
    worker, runner = of(rows, processes["worker"]), of(rows, processes["runner"])
    assert worker is not None
    assert runner is not None
    assert (worker.what, worker.job, worker.kind, worker.ours) == (
        "worker 0: train phase 2",
        "train-k3f9x",
        "worker",
        True,
    )
    assert (worker.gpu_memory, worker.gpus) == (3 * GIB, (0, 1))
    assert worker.memory is not None
    assert worker.memory > 2**20
    assert isnan(worker.cpu), "there is no reading to compare with"
    assert rows.index(worker) < rows.index(runner), "what does the work comes first"
    elsewhere = of(rows, processes["elsewhere"])
    assert elsewhere is not None
    assert (elsewhere.job, elsewhere.ours) == (None, True)
    assert of(rows, processes["unrelated"]) is None
    again = of(reader.read(gpus), processes["worker"])
    assert again is not None
    assert again.cpu >= 0


def test_ended_process_is_forgotten(jobs: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", READY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "LABTOP_JOB": str(jobs / "train-k3f9x")},
    )
    assert process.stdout is not None
    process.stdout.readline()
    reader = ProcessReader(jobs)
    assert of(reader.read(NO_GPU), process.pid) is not None
    process.communicate()
    wait_until(lambda: of(reader.read(NO_GPU), process.pid) is None)


def test_other_programs_on_the_gpus_come_last(jobs: Path, processes: dict[str, int]) -> None:
    none = None
    held = (GpuProcess(processes["unrelated"], GIB), GpuProcess(4_194_000, 5 * GIB), GpuProcess(os.getpid(), none))
    gpus = GpuReading((Gpu(3, "A", None, None, None, None, None, None, None, held),))
    rows = ProcessReader(jobs).read(gpus)
    foreign = [row for row in rows if not row.ours]
    assert rows[-3:] == tuple(foreign)
    assert [row.pid for row in foreign] == [
        4_194_000,
        *sorted((processes["unrelated"], os.getpid()), key=lambda pid: pid == os.getpid()),
    ]
    assert foreign[0].what == "outside this container"
    assert (foreign[1].gpu_memory, foreign[1].gpus, foreign[1].job) == (GIB, (3,), None)
    assert foreign[1].user
    assert foreign[2].gpu_memory is None
