"""Servers on a training's GPUs are reported, and stopped if the user agrees; without GPUs they are only noted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.commands.make_room import stop_first, to_make_room
from core.commands.request import Given
from core.commands.stop_servers import stop
from core.commands.train import train_request
from core.config.options.train import TrainOptions
from core.errors import LabtopError
from core.jobs.folder import JobStore
from core.jobs.nodes.here import RanksRegistry
from core.jobs.processes import child_environment
from core.serving.argv import embedded_plan
from core.serving.exclusion import RunningTraining, conflicts, running_trainings, without_trainings
from core.serving.registry import ServerRecord, ServerRegistry
from core.system.devices import Device
from core.system.gpu import Gpu, GpuProcess, GpuReading
from tests.core.commands.models import make_student
from tests.core.overview.jobs import FakeJob

GIB = 2**30


@pytest.fixture
def server() -> Iterator[ServerRecord]:
    """A ready server of a process that was started by one that has ended."""
    registry = ServerRegistry()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env=child_environment()) as process:
        record = registry.add(process.pid, embedded_plan("/m/granite"), Path("/log"), "serve")
        assert record is not None
        yield registry.set_ready(replace(record, parent_ticks=1), "http://127.0.0.1:8000/v1", ["granite"])
        process.kill()


def reading(*pids: int) -> GpuReading:
    """Two GPUs; the first one has memory of these processes."""
    held = tuple(GpuProcess(pid, GIB) for pid in pids)
    state = (80 * GIB, GIB, 0.0, 30, 70.0, 700.0)
    return GpuReading((Gpu(0, "H100", "GPU-0", *state, held), Gpu(1, "H100", "GPU-1", *state, ())))


def on_gpus(count: int, **options: bool) -> TrainOptions:
    return TrainOptions(device="cuda", nproc_per_node=count, **options)


def test_server_on_the_processor_is_noted(server: ServerRecord) -> None:
    notes: list[str] = []
    assert to_make_room(TrainOptions(), notes.append) == ()
    assert [note for note in notes if "labtop model stop 8000" in note] == notes
    assert len(notes) == 1
    assert to_make_room(TrainOptions(stop_servers=True), notes.append) == (server,)


def test_server_on_the_gpus_is_stopped_only_if_the_user_agrees(server: ServerRecord) -> None:
    held = reading(server.pid)
    with pytest.raises(LabtopError, match=r"granite .*uses GPU 0, which the training needs") as caught:
        to_make_room(on_gpus(1), reading=held)
    assert caught.value.code == "gpu-in-use"
    assert caught.value.hint == "Stop it with `labtop model stop 8000`, or pass --stop-servers."
    assert to_make_room(on_gpus(1, stop_servers=True), reading=held) == (server,)
    asked: list[str] = []
    assert to_make_room(on_gpus(2), agree=lambda text: asked.append(text) or True, reading=held) == (server,)  # type: ignore[func-returns-value]
    assert len(asked) == 1
    assert to_make_room(on_gpus(1), reading=reading()) == ()
    foreign: list[str] = []
    assert to_make_room(on_gpus(2), foreign.append, reading=reading(2**30)) == ()
    assert foreign == ["GPU 0 is also used by a process outside this container (1073741824) with 1.0 GiB."]
    stop_first((server,), asked.append)
    assert ServerRegistry().read() == []
    assert "granite" in asked[1]


def test_stop_waits_until_the_gpu_memory_is_free(server: ServerRecord) -> None:
    free = Device("0", 0, "H100", 80 * GIB, 3 * GIB, (GpuProcess(2**30, 3 * GIB),))
    held = replace(free, memory_used=17 * GIB, processes=(*free.processes, GpuProcess(server.pid, 14 * GIB)))
    readings = iter([(held,), (held,), (free,)])
    stopped = stop(server, read=lambda: next(readings))
    assert (stopped.gpu_memory, stopped.still_held) == (14 * GIB, None)
    assert list(readings) == []


def test_server_of_a_job_is_never_stopped_for_a_training(server: ServerRecord) -> None:
    ServerRegistry().set_ready(replace(server, purpose="job", job="generate-abcde"), "http://127.0.0.1:8000/v1", [])
    with pytest.raises(LabtopError) as caught:
        to_make_room(on_gpus(1, stop_servers=True), reading=reading(server.pid))
    assert caught.value.hint == "Stop it with `labtop process cancel generate-abcde`."


def test_recorded_devices_count_while_a_server_holds_no_memory_yet(server: ServerRecord) -> None:
    needed = [Device("0", 0, "H100", 80 * GIB, 0), Device("1", 1, "H100", 80 * GIB, 0)]
    (found,) = conflicts(needed, [replace(server, devices=("1", "2"))])
    assert found.devices == (needed[1],)


def test_serving_leaves_the_gpus_of_a_training_alone() -> None:
    locks = []
    for job in (
        FakeJob("train", 60, {}).start("train"),
        FakeJob("run", 60, {}).stage("train.phase1").start("evaluate"),
        FakeJob("run", 60, {}).start("train.phase2"),
        FakeJob("serve", 60, {}).start("serve"),
    ):
        locks.append(job.write().take_lock())
    FakeJob("train", 60, {}).start("train").write()  # its runner is gone
    found = running_trainings(JobStore())
    assert sorted(training.name.partition("-")[0] for training in found) == ["run", "train"]
    devices = [Device("0", 0, "H100", 80 * GIB, 9, (GpuProcess(7, 5),)), Device("1", 1, "H100", 80 * GIB, 0)]
    trains = [RunningTraining(6, "train-abcde")]
    left, sentences = without_trainings(devices, trains, pids=lambda pid: {pid, 7})
    assert [device.id for device in left] == ["1"]
    assert sentences == ["GPU 0 is left to the training of job train-abcde."]
    for lock in locks:
        os.close(lock)


def test_serving_leaves_the_gpus_of_another_nodes_training_alone() -> None:
    ranks = RanksRegistry().add(os.getpid(), "train-abcde", "node0")
    assert ranks is not None
    devices = [Device("0", 0, "H100", 80 * GIB, 9, (GpuProcess(os.getpid(), 5),)), Device("1", 1, "H100", 80 * GIB, 0)]
    left, sentences = without_trainings(devices, running_trainings(JobStore()))
    assert [device.id for device in left] == ["1"]
    assert sentences == ["GPU 0 is left to the training of job train-abcde of node0."]
    RanksRegistry().remove(ranks)
    assert running_trainings(JobStore()) == []


def test_ranks_whose_process_has_ended_are_forgotten() -> None:
    registry = RanksRegistry()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert registry.add(process.pid, "train-abcde", "node0") is not None
        assert [ranks.pid for ranks in registry.read()] == [process.pid]
        process.kill()
    (registry.root / "1-2.json").write_text("[]")
    assert registry.read() == []
    assert [file.name for file in registry.root.iterdir()] == ["1-2.json"]
    assert registry.add(process.pid, "train-abcde", "node0") is None


def test_model_that_is_for_serving_only_is_noted(tmp_path: Path) -> None:
    make_student("Granite-7B-redhat-lab")
    make_student("granite-7b-starter")
    data = tmp_path / "data.jsonl"
    data.write_text("{}\n")
    notes: list[str] = []
    for name in ("granite-7b-starter", "granite-7b-redhat-lab"):
        train_request(TrainOptions(model_path=name, data_path=data), Given(), note=notes.append)
    assert len(notes) == 1
    assert notes[0].startswith("granite-7b-redhat-lab is documented for serving and inferencing")
    assert "granite-7b-starter" in notes[0]
