"""The files of a job's folder, and what is read from them."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import LabtopError
from core.events import Event
from core.jobs import heartbeat
from core.jobs.control import cancel, request_cancel, resume
from core.jobs.folder import JobFolder, JobStore
from core.jobs.observe import derive, observe
from core.jobs.spec import JobSpec, new_spec
from core.jobs.tail import EventTail, LineTail
from core.system.gpu import Gpu, GpuProcess, GpuReading


def spec(**changes: Any) -> JobSpec:
    return replace(new_spec("train", "a:b", {"x": 1}, title="T"), **changes)


def test_tail_keeps_partial_lines_and_skips_bad_ones(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    tail = EventTail(file)
    assert tail.read() == []
    line = Event(0, 1.0, 0.0, "note", None, {"message": "ü"}).encode().encode() + b"\n"
    file.write_bytes(line + b"rubbish\n" + line[:20])
    assert len(tail.read()) == 1
    with file.open("ab") as stream:
        stream.write(line[20:])
    assert [event.data for event in tail.read()] == [{"message": "ü"}]


def test_tail_jumps_and_detects_a_capped_log(tmp_path: Path) -> None:
    file = tmp_path / "output.log"
    file.write_bytes(b"".join(b"line %d\n" % number for number in range(1000)))
    tail = LineTail(file)
    assert tail.skip_to_end(80) == file.stat().st_size - 80
    assert tail.read()[-1] == b"line 999"
    heartbeat.cap_log(file, 1000)
    assert file.stat().st_size < 400
    lines = tail.read()
    assert b"older output were dropped" in lines[0]
    assert lines[-1] == b"line 999"


def test_states_are_derived_from_last_event_and_lock() -> None:
    now = time.time()
    running = {"status": "running", "last_told": 100.0, "quiet_seconds": 60}

    def seen(one: JobSpec, record: dict[str, Any], *, alive: bool, elapsed: float | None = None) -> str:
        return derive(one, record, alive=alive, now=now, elapsed=elapsed)

    assert seen(spec(), {}, alive=True) == "queued"
    assert seen(spec(created=now - 5), {}, alive=False) == "queued"
    assert seen(spec(created=now - 11), {}, alive=False) == "lost"
    assert seen(spec(boot_id="before"), {}, alive=False) == "lost"
    assert seen(spec(), running, alive=True, elapsed=130) == "running"
    assert seen(spec(), running, alive=True, elapsed=161) == "stalled"
    assert seen(spec(), {**running, "quiet_seconds": 300}, alive=True, elapsed=161) == "running"
    assert seen(spec(), running, alive=False, elapsed=130) == "lost"
    assert seen(spec(), {"status": "failed"}, alive=False) == "failed"


def test_job_that_was_asked_to_stop_is_stopping_until_it_ends() -> None:
    folder = JobStore().create(spec())
    lock = folder.take_lock()
    try:
        folder.write_status({"status": "running"})
        assert observe(folder).shown_status == "running"
        request_cancel(folder)
        job = observe(folder)
        assert (job.shown_status, job.to_data()["status"], job.to_data()["stopping"]) == ("stopping", "running", True)
        folder.write_status({"status": "cancelled"})
        assert observe(folder).shown_status == "cancelled"
    finally:
        os.close(lock)


def test_changed_clock_changes_neither_times_nor_states() -> None:
    folder = JobStore().create(spec())
    lock = folder.take_lock()
    try:
        start = time.monotonic() - 100
        record = {"status": "running", "last_told": 90.0, "quiet_seconds": 60, "monotonic_start": start}
        for shift in (-3600, 0, 3600):
            folder.write_status({**record, "started": time.time() - 100 + shift})
            observation = observe(folder)
            assert observation.status == "running"
            assert observation.seconds == pytest.approx(100, abs=20)
            folder.write_status({**record, "started": time.time() - 100 + shift, "last_told": 1.0})
            assert observe(folder).status == "stalled"
    finally:
        os.close(lock)


def test_latest_is_the_newest_job_after_a_clock_change() -> None:
    store = JobStore()
    store.create(spec(id="train-first", created=time.time()))
    store.create(spec(id="train-second", created=time.time() - 3600))
    assert store.find("latest").id == "train-second"
    assert [job.id for job in store.list()] == ["train-second", "train-first"]


def test_job_of_another_host_is_shown_and_not_changed() -> None:
    folder = JobStore().create(spec(host="elsewhere", boot_id="another"))
    folder.write_status({"status": "running", "last_told": 1.0, "quiet_seconds": 60})
    observation = observe(folder)
    assert (observation.status, observation.elsewhere) == ("running", "elsewhere")
    for act in (lambda: cancel(folder), lambda: resume(folder, JobStore())):
        with pytest.raises(LabtopError, match="belongs to the host elsewhere"):
            act()


def test_store_finds_by_prefix_and_skips_invalid_folders() -> None:
    store = JobStore()
    one, two = store.create(spec(id="train-aaaaa", created=1.0)), store.create(spec(id="train-ab2cd", created=2.0))
    (store.root / "broken").mkdir()
    (store.root / "broken" / "spec.json").write_text("[1")
    shutil.copytree(one.path, store.root / "train-\x1b]0;evil\x07")  # its name would reach the terminal
    assert [job.id for job in store.list()] == [two.id, one.id]
    assert store.find("train-aa").id == one.id
    assert store.find("latest").id == two.id
    with pytest.raises(LabtopError, match="is ambiguous"):
        store.find("train-a")
    with pytest.raises(LabtopError, match="no job"):
        store.find("")
    assert JobFolder(one.path).spec == one.spec


def test_unserialisable_options_create_no_job() -> None:
    with pytest.raises(TypeError):
        new_spec("train", "a:b", {"path": Path("x")}, title="T")
    assert JobStore().list() == []


def test_gpu_use_counts_the_jobs_processes() -> None:
    def gpu(index: int, utilization: float | None, *processes: tuple[int, int]) -> Gpu:
        none = dict.fromkeys(field.name for field in fields(Gpu) if not field.kw_only)
        held = tuple(GpuProcess(*process) for process in processes)
        return Gpu(**{**none, "index": index, "utilization": utilization, "processes": held})  # type: ignore[arg-type]

    reading = GpuReading((gpu(0, 0.9, (1, 5)), gpu(1, 0.5, (1, 5), (2, 7)), gpu(2, None)))
    assert heartbeat.gpu_use(reading, {1}) == (10, 0.7)
    assert heartbeat.gpu_use(reading, {2, 3}) == (7, 0.5)
    assert heartbeat.gpu_use(reading, {3}) == (0, None)
    assert heartbeat.gpu_use(GpuReading(absent="no driver"), {1}) == (None, None)
    assert heartbeat.each_gpu(reading, {1}) == [
        {"index": 0, "memory": 5, "utilization": 0.9},
        {"index": 1, "memory": 5, "utilization": 0.5},
    ]
    assert heartbeat.each_gpu(reading, {3}) == []
