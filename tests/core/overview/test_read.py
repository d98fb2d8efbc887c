"""The overview over real folders: a git repository, and folders of jobs."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from core import paths
from core.jobs.board import JobBoard
from core.jobs.folder import JobFolder, JobStore
from core.jobs.processes import JOB_VARIABLE
from core.overview import taxonomy as taxonomy_reader
from core.overview.model import DataFiles, Overview
from core.overview.read import OverviewReader, Sources
from core.serving.argv import embedded_plan
from core.serving.registry import ServerRegistry
from core.taxonomy.authoring.scaffold import leaf_text
from tests.core.overview.jobs import FakeJob, model_folder
from tests.core.taxonomy.leaves import commit_all, git, skill, write

TRAINED = {"score": 0.763, "stderr": 0.05, "n": 85}


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    """A repository with a leaf on main, and a branch with nothing changed."""
    root = tmp_path / "taxonomy"
    write(root / "compositional_skills/old/qna.yaml", skill())
    commit_all(root)
    git(root, "checkout", "--quiet", "-b", "work")
    return root


def read(taxonomy: Path, reader: OverviewReader | None = None) -> Overview:
    store = JobStore()
    sources = Sources(taxonomy, base="main")
    return (reader or OverviewReader(store)).read(sources, JobBoard(store).read())


def states(overview: Overview) -> dict[str, str]:
    return {step.name: step.state for step in overview.steps}


def offered(overview: Overview) -> list[str]:
    return [step.step for step in overview.next_steps]


def changed_leaf(taxonomy: Path, text: str | None = None) -> Path:
    file = write(taxonomy / "compositional_skills/new/qna.yaml", text or skill())
    os.utime(file, (time.time() - 10_000,) * 2)
    return file


def generated(taxonomy: Path, age: float = 5_000) -> FakeJob:
    job = FakeJob("generate", age, {"taxonomy_path": str(taxonomy)})
    return (
        job.stage("teacher")
        .start("generate")
        .pairs(200, 184)
        .add("stage_finished", "generate", status="succeeded", seconds=3.0)
    )


def trained(model: Path, age: float = 4_000) -> FakeJob:
    job = FakeJob("train", age, {"phases": {"model_path": "/models/student"}})
    for number, score in ((1, 0.6), (2, 0.763)):
        job.stage(f"train.phase{number}").start(f"evaluate.phase{number}")
        job.score(f"evaluate.phase{number}", f"phase{number}/samples_10", score)
        job.add("stage_finished", f"evaluate.phase{number}", status="succeeded", seconds=1.0)
    return job.end(result={"best": str(model), **TRAINED, "phases": [], "journal": "/j"})


def test_an_empty_machine_offers_a_taxonomy_or_the_quickstart(tmp_path: Path) -> None:
    overview = read(tmp_path / "none")
    assert set(states(overview).values()) == {"empty"}
    assert offered(overview)[:2] == ["taxonomy", "quickstart"]
    assert overview.best is None
    assert overview.running == ()


def test_the_steps_follow_each_other_from_a_commit_to_chatting(
    taxonomy: Path, tmp_path: Path, locks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    overview = read(taxonomy)
    assert states(overview)["taxonomy"] == "done"
    assert states(overview)["data"] == "empty", "no leaf has changed"
    assert overview.step("data").note == "No leaf has changed since main."
    assert overview.next_step.step == "taxonomy"
    assert "or generate from every leaf (g)" in overview.next_step.why

    changed_leaf(taxonomy)
    overview = read(taxonomy)
    assert overview.step("taxonomy").figures[0] == "2 leaves, 1 changed"
    assert states(overview)["taxonomy"] == "ready", "not committed"
    assert offered(overview)[:2] == ["taxonomy", "generate"]
    assert overview.next_step.leaf == "compositional_skills/new"

    commit_all(taxonomy)
    overview = read(taxonomy)
    assert states(overview) == {
        "taxonomy": "done", "data": "ready", "train": "empty", "evaluate": "empty", "serve": "empty"
    }  # fmt: skip
    assert (overview.next_step.step, overview.next_step.command) == ("generate", "labtop data generate")

    files = {"knowledge_train": "/d/k.jsonl", "skills_train": "/d/s.jsonl"}
    generated(taxonomy).end(result={"rows": 184, "files": files, "tasks_dir": "/d/tasks"}).write()
    overview = read(taxonomy)
    assert overview.step("data").state == "done"
    assert overview.data == DataFiles("/d/k.jsonl", "/d/s.jsonl", "/d/tasks")
    assert overview.step("data").figures == ("184 pairs", "92% kept")
    assert overview.next_step.step == "train"

    model = model_folder(tmp_path / "phased/phase2/checkpoints/hf_format/samples_10")
    trained(model).write()
    overview = read(taxonomy)
    assert overview.step("train").figures == ("phase2/samples_10", "best 76.3% ± 5.0%")
    assert overview.best is not None
    assert overview.best.name == "phase2/samples_10"
    assert overview.best.comparisons[0].base is None
    assert offered(overview)[:2] == ["evaluate", "serve"]
    assert f"--model {model} --base-model /models/student" in overview.next_step.command

    options = {"model": str(model), "base_model": "/models/student", "benchmark": "mmlu_branch"}
    results = [{"model": "/models/student", "score": 0.25, "stderr": 0.04, "n": 85}, {"model": str(model), **TRAINED}]
    evaluated = FakeJob("evaluate", 3_000, options).stage("evaluate")
    evaluated.end(result={"benchmark": "mmlu_branch", "results": results}).write()
    overview = read(taxonomy)
    assert overview.step("evaluate").figures == ("76.3% ± 5.0%", "base 25.0% ± 4.0%")
    assert overview.best is not None
    assert overview.best.comparisons[0].gain == pytest.approx(0.513)
    assert overview.next_step.step == "serve"

    server = FakeJob("serve", 60, {"model": str(model), "host": "127.0.0.1", "port": 0}).start("serve").write()
    locks.append(server.take_lock())
    overview = read(taxonomy)
    assert (overview.step("serve").state, overview.servers[0].url) == ("running", None)
    assert overview.running == (), "a server is no work that ends"
    assert overview.next_step.step == "taxonomy"

    url = "http://127.0.0.1:8055/v1"
    monkeypatch.setenv(JOB_VARIABLE, str(server.path))
    record = ServerRegistry().add(os.getpid(), embedded_plan(model), server.log, "serve")
    assert record is not None
    assert read(taxonomy).servers[0].url is None
    ServerRegistry().set_ready(record, url, ("samples_10", str(model)))
    overview = read(taxonomy)
    assert overview.step("serve").figures == ("http://127.0.0.1:8055",)
    assert (overview.next_step.step, overview.next_step.job) == ("chat", server.id)
    assert overview.servers[0].names == ("samples_10", str(model))


def test_newer_inputs_make_a_result_outdated(taxonomy: Path, tmp_path: Path) -> None:
    leaf = changed_leaf(taxonomy)
    commit_all(taxonomy)
    trained(model_folder(tmp_path / "samples_10"), age=6_000).write()
    generated(taxonomy, age=5_000).end(result={"rows": 184}).write()
    overview = read(taxonomy)
    assert states(overview)["data"] == "done"
    assert overview.step("train").note == "There is newer data."
    assert overview.next_step.step == "train"
    os.utime(leaf)
    overview = read(taxonomy)
    assert states(overview)["data"] == "outdated"
    assert overview.next_step.step == "generate"


def test_errors_in_a_changed_leaf_come_before_generating(taxonomy: Path) -> None:
    changed_leaf(taxonomy, skill(examples=2) + "topic: sums\n")
    commit_all(taxonomy)
    overview = read(taxonomy)
    assert states(overview)["taxonomy"] == "failed"
    assert overview.next_step.title == "Fix 1 error"
    assert overview.taxonomy.changed_errors > 0
    assert "generate" not in offered(overview)
    assert overview.next_step.command == "labtop taxonomy lint"
    assert overview.next_step.leaf == "compositional_skills/new"


def test_an_unfinished_leaf_has_no_errors_and_comes_before_generating(taxonomy: Path) -> None:
    changed_leaf(taxonomy, leaf_text("skill", "me"))
    overview = read(taxonomy)
    assert states(overview)["taxonomy"] == "ready"
    assert overview.step("taxonomy").figures[1].startswith("0 errors")
    assert overview.step("taxonomy").note == "11 values are still to be written."
    assert "generate" not in offered(overview)
    assert (overview.next_step.title, overview.next_step.leaf) == ("Finish the leaf", "compositional_skills/new")


def test_a_running_training_shows_phase_loss_and_time_left(taxonomy: Path, locks: list[int]) -> None:
    changed_leaf(taxonomy)
    commit_all(taxonomy)
    generated(taxonomy).end(result={"rows": 184}).write()
    stages = [{"id": f"{kind}.phase{n}", "title": f"{kind} {n}"} for n in (1, 2) for kind in ("train", "evaluate")]
    job = FakeJob("train", 500).add("plan", stages=stages).stage("train.phase1").stage("evaluate.phase1")
    job.start("train.phase2").add("metric", "train.phase2", step=7, values={"loss": 0.0412})
    job.add("progress", "train.phase2", done=62, total=100, unit="samples", seconds_left=374.0)
    locks.append(job.write("train-k3f9x").take_lock())
    overview = read(taxonomy)
    assert overview.step("train").state == "running"
    assert overview.step("train").figures == ("phase 2 of 2, 62%", "loss 0.041, 6:14 left")
    assert (overview.next_step.step, overview.next_step.job) == ("watch", "train-k3f9x")
    assert overview.next_step.command == "labtop process attach train-k3f9x"
    assert [one.state.metrics["train.phase2"]["loss"].newest for one in overview.running] == [(7, 0.0412)]
    assert "generate" not in offered(overview), "one thing at a time"


def test_a_quickstart_counts_until_there_is_a_taxonomy_of_ones_own(taxonomy: Path, tmp_path: Path) -> None:
    model = model_folder(tmp_path / "quickstart/training/1/phase2/checkpoints/hf_format/samples_20")
    job = FakeJob("quickstart", 3_000, {"folder": str(tmp_path / "quickstart")})
    for stage in ("prepare", "teacher", "generate", "student", "train.phase1", "evaluate.phase1", "evaluate", "answer"):
        job.stage(stage)
    scores = {"base": {"score": 0.229, "stderr": 0.037}, "tuned": {"score": 0.992, "stderr": 0.008}}
    job.end(
        result={"best": str(model), "student": "/s", "benchmark": "facts", **scores, "plain": scores, "free": scores}
    )
    job.write()
    overview = read(tmp_path / "none")
    assert states(overview) == {
        "taxonomy": "empty", "data": "done", "train": "done", "evaluate": "done", "serve": "ready"
    }  # fmt: skip
    assert overview.step("evaluate").figures == ("plain 99.2% ± 0.8%", "base 22.9% ± 3.7%")
    assert overview.next_step.step == "serve"
    assert overview.best is not None
    assert [one.kind for one in overview.best.comparisons] == ["plain", "free"]

    changed_leaf(taxonomy)
    commit_all(taxonomy)
    own = read(taxonomy)
    assert states(own)["data"] == "ready"
    assert states(own)["train"] == "empty"
    assert own.best == overview.best


@pytest.mark.parametrize(
    ("status", "state", "first"), [("cancelled", "ready", "resume"), ("failed", "failed", "generate")]
)
def test_a_stopped_generation_is_resumed_and_a_failed_one_offered_again(
    taxonomy: Path, status: str, state: str, first: str
) -> None:
    changed_leaf(taxonomy)
    commit_all(taxonomy)
    job = FakeJob("generate", 100, {"taxonomy_path": str(taxonomy)}).start("generate")
    error = "No server answers." if status == "failed" else None
    job.end(status, error=error).write("generate-7mq2v")
    overview = read(taxonomy)
    assert states(overview)["data"] == state
    assert overview.next_step.step == first
    assert overview.step("data").note == (error or "")


def test_data_on_disk_is_ready_to_be_trained_on(taxonomy: Path) -> None:
    run = paths.current().datasets_dir / "2026-11-28_190100"
    for subject in ("knowledge", "skills"):
        write(run / f"{subject}_train_msgs_2026-11-28T19_01_00.jsonl", "{}\n" * 3)
    overview = read(taxonomy)
    assert overview.step("data").figures == ("6 samples",)
    assert overview.next_step.step == "train"


def test_a_model_that_was_deleted_is_not_offered(taxonomy: Path, tmp_path: Path) -> None:
    trained(tmp_path / "gone").write()
    overview = read(taxonomy)
    assert overview.best is None
    assert not {"evaluate", "serve"} & set(offered(overview))


@pytest.mark.parametrize(
    "result",
    [
        None,
        {},
        {"best": 7, "phases": "x", "score": "high"},
        {"best": "\0", "plain": [], "free": {"tuned": {"score": True}}, "results": [1]},
        {"checkpoints": [None], "results": [{}], "base": 3, "tuned": {"score": 1e400}},
        {"best": "/m", "results": [{"score": 10**400, "n": 10**400}], "score": 10**400, "tuned": {"score": 10**400}},
    ],
)
@pytest.mark.parametrize("kind", ["quickstart", "run", "train", "evaluate", "generate", "serve"])
def test_damaged_results_are_left_out(taxonomy: Path, kind: Any, result: Any) -> None:
    job = FakeJob(kind, 100, {"folder": 3, "model": [], "generate": "x", "phases": 1, "taxonomy_path": 9})
    job.stage("evaluate.phase1").stage("generate").pairs(10**400, 10**399).end(result=result)
    folder = job.write()
    with folder.events.open("ab") as stream:
        stream.write(b'\xff{"v": 1}\n{"type": "count"')
    folder.log.write_bytes(b'{"ready": 3}\n{"ready": {"url": 1}}\n\xff')
    overview = read(taxonomy)
    assert len(overview.steps) == 5
    assert overview.best is None


def test_a_damaged_repository_is_a_note(taxonomy: Path) -> None:
    (taxonomy / ".git/HEAD").write_text("nonsense")
    overview = read(taxonomy)
    assert overview.taxonomy.leaves == 1
    assert overview.step("taxonomy").note
    assert overview.taxonomy.changed is None


def test_reading_again_reads_only_what_changed(
    taxonomy: Path, monkeypatch: pytest.MonkeyPatch, locks: list[int]
) -> None:
    calls: list[Path] = []
    facts = taxonomy_reader._facts

    def counted(root: Path, *arguments: Any) -> Any:
        calls.append(root)
        return facts(root, *arguments)

    monkeypatch.setattr(taxonomy_reader, "_facts", counted)
    job = FakeJob("train", 50).start("train").add("progress", "train", done=1, total=4, unit="samples")
    folder = job.write()
    locks.append(folder.take_lock())
    reader = OverviewReader(JobStore())
    assert read(taxonomy, reader).step("train").figures == ("25%",)
    with folder.events.open("a") as stream:
        stream.write(job.add("progress", "train", done=3, total=4, unit="samples").events[-1].encode() + "\n")
    assert read(taxonomy, reader).step("train").figures == ("75%",)
    assert len(calls) == 1
    changed_leaf(taxonomy)
    assert read(taxonomy, reader).taxonomy.changed == 1
    commit_all(taxonomy)
    assert read(taxonomy, reader).taxonomy.uncommitted == 0
    assert len(calls) == 3


def test_only_steps_whose_command_exists_are_offered(taxonomy: Path) -> None:
    from core.overview.model import TaxonomyFacts
    from core.overview.next_step import next_steps
    from core.overview.steps import Facts, steps

    facts = Facts(TaxonomyFacts(leaves=3, changed=1))
    commands = {"taxonomy new", "generate"}
    assert next_steps(facts, steps(facts), (), commands)[0].step == "generate"
    assert [step.step for step in next_steps(facts, steps(facts), (), commands - {"generate"})] == ["taxonomy"]


def test_a_removed_job_is_forgotten(taxonomy: Path) -> None:
    folder: JobFolder = generated(taxonomy).end(result={}).write()
    reader = OverviewReader(JobStore())
    assert read(taxonomy, reader).step("data").state == "done"
    for file in sorted(folder.path.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    folder.path.rmdir()
    assert read(taxonomy, reader).step("data").state == "empty"
