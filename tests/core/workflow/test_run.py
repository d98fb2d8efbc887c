"""`labtop run` as a user calls it: real jobs on a real, small taxonomy, killed in every stage and resumed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.files import locked_folder
from core.jobs.control import cancel
from core.jobs.folder import JobFolder, JobStore
from core.jobs.observe import observe, read_state
from core.quickstart.sandbox import Sandbox, make_sandbox
from core.quickstart.student import StudentShape, make_student
from core.serving.client import list_models
from tests.tui.cli.running import LABTOP
from tests.waiting import wait_for, wait_in_job
from tests.with_torch import call_with_torch

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("run")]

SAMPLE = Path(__file__).parents[3] / "profiles" / "sample"

SETTINGS = """\
generate:
  taxonomy_base: main
train:
  max_seq_len: 1024
  warmup_steps: 1
  phased_phase1_num_epochs: 1
  phased_phase1_effective_batch_size: 32
  phased_phase1_learning_rate: 0.004
  phased_phase2_num_epochs: 1
  phased_phase2_effective_batch_size: 32
  phased_phase2_learning_rate: 0.001
serve:
  port: 0
"""


class Place:
    """A taxonomy with a leaf of each kind, a student, and a folder to run in; with a home of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.run = root / "run"
        sample = root / "sample"
        (sample / "documents").mkdir(parents=True)
        document = (SAMPLE / "documents" / "library_ship_petrel.md").read_text()
        beginning = "\n".join(document.splitlines()[:16])
        (sample / "documents" / "library_ship_petrel.md").write_text(f"{beginning}\n")
        for leaf in ("knowledge/libraries", "compositional_skills/writing"):
            shutil.copytree(SAMPLE / "taxonomy" / leaf, sample / "taxonomy" / leaf)
        self.sandbox: Sandbox = make_sandbox(root / "sandbox", sample)
        self.student = root / "student"
        shape = StudentShape(vocabulary=700, hidden=64, intermediate=96, layers=2, positions=1024)
        call_with_torch(make_student, self.student, [document], seed=1, shape=shape)
        (root / "config.yaml").write_text(SETTINGS)
        self.environment = {**os.environ, "LABTOP_HOME": str(root / "labtop"), "OMP_NUM_THREADS": "1"}
        self.store = JobStore(root / "labtop" / "state" / "jobs")

    def labtop(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = [LABTOP, "--config", str(self.root / "config.yaml"), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=900, env=self.environment, check=False)

    def start(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return self.labtop(
            "run", "--dir", self.run, "--taxonomy-path", self.sandbox.taxonomy, "--model-path", self.student,
            "--sdg-scale-factor", 3, *arguments,
        )  # fmt: skip

    def kill_in(self, job: JobFolder, stage: str) -> None:
        """Kill a job's runner with -9 while a stage is running."""
        wait_in_job(job, lambda: read_state(job).current == stage, 600, stage)
        pid = observe(job).pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        wait_for(job, "lost")

    def resume(self, job: JobFolder) -> JobFolder:
        return self.store.find(json.loads(self.labtop("process", "resume", job.id, "-dt", "--json").stdout)["job"])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("place"))
    yield place
    for job in place.store.list():
        cancel(job, now=True)


@pytest.fixture(scope="module")
def outcome(place: Place) -> dict[str, Any]:
    """The result of a run that was killed once in each of its four stages and resumed each time."""
    job = place.store.find(json.loads(place.start("--detached", "--json").stdout)["job"])
    for stage in ("generate", "train.phase1", "evaluate", "serve"):
        place.kill_in(job, stage)
        job = place.resume(job)
    done = place.labtop("process", "attach", job.id, "--json")
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_from_train_without_data_says_what_is_missing(place: Place) -> None:
    done = place.start("--from", "train")
    assert done.returncode == 1
    assert "stage generate" in done.stderr
    assert "--from generate" in done.stderr


def test_from_after_until_is_wrong_usage(place: Place) -> None:
    done = place.start("--from", "serve", "--until", "train")
    assert done.returncode == 2
    assert "--from serve is a later stage than --until train" in done.stderr


def test_folder_in_use_is_refused(place: Place) -> None:
    with locked_folder(place.run, "another run"):
        done = place.start()
    assert done.returncode == 1
    assert "in use: another run" in done.stderr


def test_teacher_that_is_away_is_named(place: Place) -> None:
    done = place.start("--model", "large", "--endpoint-url", "http://127.0.0.1:9/v1", "--dir", place.root / "other")
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr


def test_killed_and_resumed_run_ends_with_all_results(place: Place, outcome: dict[str, Any]) -> None:
    assert outcome["status"] == "succeeded"
    result = outcome["result"]
    assert [stage["stage"] for stage in result["stages"]] == ["generate", "train", "evaluate", "serve"]
    assert [stage["status"] for stage in result["stages"]] == ["skipped", "skipped", "skipped", "done"]
    assert (result["benchmark"], result["generated"]) == ("facts", True)
    choices = result["multiple_choice"]["all"]
    for scores in (result, choices):
        for name in ("base", "tuned"):
            assert 0 <= scores[name]["score"] <= 1
            assert scores[name]["questions"] >= 5
    assert 0 <= choices["guesser"]["score"] <= 1
    assert Path(result["best"]).is_relative_to(place.run / "training" / "1" / "phase2")
    assert [path.name for path in (place.run / "training").iterdir()] == ["1"]


def test_server_outlives_the_run(place: Place, outcome: dict[str, Any]) -> None:
    served = outcome["result"]["serve"]
    assert list_models(served["url"])[0] == served["model"]
    assert place.store.find(served["job"]).spec.kind == "serve"


def test_unchanged_run_does_nothing_and_says_so(place: Place, outcome: dict[str, Any]) -> None:
    done = place.start()
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("unchanged, skipped") == 3
    assert outcome["result"]["serve"]["job"] in done.stdout


def test_changed_leaf_is_generated_again_and_old_data_kept(place: Place, outcome: dict[str, Any]) -> None:
    leaf = next(place.sandbox.taxonomy.glob("compositional_skills/**/qna.yaml"))
    text = leaf.read_text()
    leaf.write_text(text.replace("task_description: |", "task_description: |\n  Please be brief."))
    try:
        done = place.start("--until", "generate", "--json")
    finally:
        leaf.write_text(text)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)["result"]
    assert result["stages"][0]["status"] == "done"
    assert (result["base"], result["best"], result["serve"]) == (None, None, None)
    before, after = outcome["result"]["files"], result["files"]
    assert set(before.values()).isdisjoint(after.values())
    assert all(Path(file).is_file() for file in before.values())
    assert "generate runs again: leaves changed" in done.stderr
