"""Following a training: its position, what a stop keeps, and the list of all trainings."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from core.jobs.folder import JobFolder, JobStore
from core.jobs.observe import observe, observe_all
from core.jobs.spec import new_spec
from core.overview.training.facts import facts_of
from core.overview.training.follow import TrainingReader, TrainingUpdate
from core.overview.training.runs import RunReader
from core.overview.training.stopping import stop_now_loss, stop_promise
from core.quickstart.options import quickstart_spec
from tests.core.jobs.recordings import recorded
from tests.core.jobs.written import write_job
from tests.core.overview.training.jobs import FakeTraining, finished, options, running, stopped


def update_of(folder: JobFolder) -> TrainingUpdate:
    update = TrainingReader(JobStore()).read(observe(folder))
    assert update is not None
    return update


def test_position_of_a_running_training() -> None:
    position = update_of(running().put("train-a")).position
    assert position is not None
    assert position.parts == ["phase 2 of 2: skills", "epoch 2.0/4", "step 40/80"]
    assert position.short_parts == ["phase 2/2", "epoch 2.0/4", "step 40/80"]


def test_position_without_known_options() -> None:
    job = FakeTraining("train", 50, {}).begin("train").steps("train", 1, 3, 10)
    position = update_of(job.put("train-a")).position
    assert position is not None
    assert position.parts == ["step 3"]


def test_position_before_the_first_step() -> None:
    assert update_of(FakeTraining("quickstart", 50, {}).put("quickstart-a")).position is None


def test_reader_returns_only_what_is_new() -> None:
    job = running()
    folder = job.put("train-a")
    lock = folder.take_lock()
    finished().put("train-b")
    reader, seen = TrainingReader(JobStore()), observe(folder)
    first = reader.read(seen)
    assert first is not None
    assert reader.read(seen) is None
    over = reader.read(seen, ["train-b"])
    assert over is not None
    assert len(over.charts[0].series) > len(first.charts[0].series)
    job.steps("train.phase2", 41, 41, 80)
    with folder.events.open("a") as stream:
        stream.writelines(event.encode() + "\n" for event in job.events[-2:])
    more = reader.read(seen, ["train-b"])
    assert more is not None
    assert more.position is not None
    assert more.position.step == 41
    os.close(lock)


def test_reader_shows_how_far_it_has_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.overview.training.follow.READ_SECONDS", -1.0)
    update = update_of(running().put("train-a"))
    assert (update.complete, update.share_read, update.charts) == (False, 0.0, ())


def test_reader_of_a_removed_job() -> None:
    folder = running().put("train-a")
    seen = observe(folder)
    folder.events.unlink()
    update = TrainingReader(JobStore()).read(seen)
    assert update is not None
    assert update.charts == ()


def test_stop_promise_of_a_training_step() -> None:
    update = update_of(running().put("train-a"))
    text = stop_promise(update)
    assert "The running step is finished and the training's state saved, within 5:00" in text
    assert "There is no checkpoint yet." in text, "their folders do not exist"
    assert "r resumes it after step 40" in text
    assert "loses what is not saved" in stop_now_loss(update)


def test_stop_promise_of_an_evaluation() -> None:
    job = FakeTraining("train", 100, options()).begin("train.phase1").finish("train.phase1")
    job.start("evaluate.phase1")
    assert "Evaluate phase1 is interrupted and begins again" in stop_promise(update_of(job.put("train-a")))
    assert stop_promise(None) == "What it has saved is kept; r resumes it."


def test_runs_newest_first() -> None:
    finished().put("train-a")
    stopped().put("train-b")
    write_job(new_spec("generate", "none:none", {}, title="Generate"), [], 0.0)
    write_job(new_spec("run", "none:none", {"first": "generate", "last": "generate"}, title="Run"), [], 0.0)
    write_job(new_spec("run", "none:none", {"first": "evaluate", "last": "serve"}, title="Run"), [], 0.0)
    first, second = RunReader(JobStore()).read(observe_all(JobStore()))
    assert (first.id, first.job.status, first.score) == ("train-b", "cancelled", None)
    assert first.loss == pytest.approx(0.6 + 0.05, abs=0.7)
    assert second.best is not None
    assert (second.best.name, str(second.score)) == ("phase2/samples_960", "83.0% ± 4.0%")
    assert (second.facts.model, second.facts.strategy) == ("granite-7b-starter", "two phases")
    assert second.data == "knowledge_train.jsonl, skills_train.jsonl"


def test_runs_read_only_what_is_new() -> None:
    job = running()
    folder = job.put("train-a")
    lock = folder.take_lock()
    reader = RunReader(JobStore())
    (before,) = reader.read(observe_all(JobStore()))
    job.add("metric", "train.phase2", step=41, values={"loss": 0.125})
    with folder.events.open("a") as stream:
        stream.write(job.events[-1].encode() + "\n")
    (after,) = reader.read(observe_all(JobStore()))
    assert (before.loss, after.loss) != (0.125, None)
    assert after.loss == 0.125
    os.close(lock)


def test_runs_of_a_real_quickstart(tmp_path_factory: pytest.TempPathFactory) -> None:
    events = recorded("quickstart-short")
    spec = quickstart_spec(tmp_path_factory.mktemp("sandbox"), short=True)
    write_job(replace(spec, id="quickstart-a"), events, events[-1].t)
    (run,) = RunReader(JobStore()).read(observe_all(JobStore()))
    assert run.best is not None
    assert (run.best.name, str(run.score)) == ("phase2/samples_2246", "95.0% ± 3.4%")
    assert run.loss is not None
    assert run.data.startswith("knowledge_train_msgs_2026-11-29")
    assert (run.facts.model, run.facts.strategy) == ("tiny student", "two phases")
    position = update_of(JobFolder(JobStore().root / "quickstart-a")).position
    assert position is not None
    assert position.parts == ["phase 2 of 2: skills", "epoch 1.0/1", "step 71/71"]


def test_facts_of_processes() -> None:
    single = {"model_path": "/m/student", "data_path": "/d/a.jsonl", "nproc_per_node": 4, "device": "cuda"}
    facts = facts_of(new_spec("train", "none:none", {"train": single}, title="Train"))
    assert (facts.strategy, facts.processes, facts.data) == ("one phase", "4 ranks on GPUs, fsdp", "a.jsonl")
    nodes = {**single, "nnodes": 2, "lora_rank": 8, "distributed_backend": "ddp"}
    facts = facts_of(new_spec("train", "none:none", {"train": nodes}, title="Train"))
    assert (facts.strategy, facts.processes) == ("one phase, LoRA", "8 ranks on GPUs of 2 nodes, ddp")
    skills = {"phases": {"phase1": None, "phase2": {"training": {"num_epochs": "many"}}}}
    facts = facts_of(new_spec("train", "none:none", skills, title="Train"))
    assert (facts.strategy, facts.phases[2].epochs, facts.processes) == ("skills only", None, "")
    damaged = facts_of(new_spec("train", "none:none", {"train": {"nproc_per_node": "x"}}, title="Train"))
    assert damaged.ranks == 1
    assert facts_of(new_spec("quickstart", "none:none", {"folder": 3}, title="Quickstart")).phases == {}
