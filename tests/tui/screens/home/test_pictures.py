"""Pictures of the Home pane and of the set-up, over folders of jobs that were never run."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from core.setup.first_run import write_settings
from tests.core.overview.jobs import FakeJob, model_folder
from tests.core.taxonomy.leaves import commit_all, git, skill, write
from tests.tui.helpers import screen_text
from tests.tui.picture import both_sizes, looks_like
from tui.app import Workbench

pytestmark = pytest.mark.usefixtures("machine")

HOME = Path("/home/lena")

SCORES = {
    "plain": {"base": {"score": 0.229, "stderr": 0.037, "questions": 131}, "tuned": {"score": 0.992, "stderr": 0.008}},
    "free": {"base": {"score": 0.234, "stderr": 0.037, "questions": 128}, "tuned": {"score": 0.578, "stderr": 0.044}},
}


@pytest.fixture
def taxonomy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two leaves, of which one is committed on a branch."""
    root = tmp_path / "my-taxonomy"
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_DATE", f"{time.time() - 1200:.0f} +0000")
    write(root / "compositional_skills/writing/letters/qna.yaml", skill())
    commit_all(root, "Add letters")
    git(root, "switch", "--quiet", "-c", "add/rhymes")
    write(root / "compositional_skills/writing/rhymes/qna.yaml", skill().replace("letter", "rhyme"))
    commit_all(root, "Add rhymes")
    for leaf in root.rglob("qna.yaml"):
        os.utime(leaf, (time.time() - 1200, time.time() - 1200))
    return root


def begun(age: float, folder: Path, taxonomy: Path | None = None) -> FakeJob:
    """A quickstart that has generated data, or a run over a taxonomy."""
    if taxonomy is None:
        job = FakeJob("quickstart", age, {"folder": str(folder)})
    else:
        job = FakeJob("run", age, {"generate": {"taxonomy_path": str(taxonomy)}})
    titles = {"generate": "Generate data", "train.phase1": "Train phase 1: knowledge", "train.phase2": "Train phase 2"}
    job.add("plan", stages=[{"id": name, "title": title, "expected_seconds": 60} for name, title in titles.items()])
    return job.start("generate").pairs(400, 368).add("stage_finished", "generate", status="succeeded", seconds=5.0)


def train(job: FakeJob, stage: str, steps: int, first: float) -> None:
    job.add(
        "stage_started", stage, title="Train phase 1: knowledge" if stage.endswith("1") else "Train phase 2: skills"
    )
    for step in range(1, steps + 1):
        job.add("metric", stage, step=step, values={"loss": 0.02 + first / step**1.2, "lr": 1e-4})
        if step % 40 == 0:
            job.add("artifact", stage, kind="checkpoint", path=f"/samples_{step}", summary={"step": step})


def finished(folder: Path) -> None:
    """A quickstart that ended an hour ago, with a model that was scored."""
    job = begun(3_600, folder)
    for stage, first in (("train.phase1", 4.0), ("train.phase2", 1.5)):
        train(job, stage, 100, first)
        job.add("stage_finished", stage, status="succeeded", seconds=100.0)
    model = model_folder(folder / "training/phase2/checkpoints/hf_format/samples_4492")
    for scores in SCORES.values():
        scores["tuned"]["questions"] = scores["base"]["questions"]
    guessed = {kind: {**scores, "guesser": {"score": 0.9, "questions": 131}} for kind, scores in SCORES.items()}
    job.stage("evaluate").stage("answer")
    result = {"best": str(model), "benchmark": "facts", **SCORES, **SCORES["plain"], "multiple_choice": guessed}
    job.end(result=result).write("quickstart-k3f9x")


def running(folder: Path, taxonomy: Path | None = None) -> int:
    """A job that is training, by its lock."""
    job = begun(95, folder, taxonomy)
    train(job, "train.phase1", 60, 4.0)
    progress = {"done": 640, "total": 1920, "unit": "samples", "rate": 32.0, "seconds_left": 40.0}
    job.add("progress", "train.phase1", **progress)
    return job.write("quickstart-pd4wz" if taxonomy is None else "run-pd4wz").take_lock()


@both_sizes
async def test_home_without_jobs(size: tuple[int, int], tmp_path: Path) -> None:
    write_settings(tmp_path / "config.yaml", {})
    app = Workbench(taxonomy_path=Path("/srv/example/taxonomy"), settings_file=tmp_path / "config.yaml")
    async with app.run_test(size=size):
        await looks_like(
            app, "home-empty", "2 Taxonomy", "empty", "Create a taxonomy", "Nothing is running", "No model", "CPU"
        )


@both_sizes
async def test_home_with_a_running_job(size: tuple[int, int], taxonomy: Path, tmp_path: Path) -> None:
    finished(tmp_path / "first")
    lock = running(tmp_path / "second", taxonomy)
    app = Workbench(taxonomy_path=taxonomy, taxonomy_base="main")
    async with app.run_test(size=size):
        await looks_like(app, "home-running", "Watch run-pd4wz", "running 33%", "99.2% ±0.8", "committed Add rhymes")
    os.close(lock)


@both_sizes
async def test_home_after_a_quickstart(size: tuple[int, int], tmp_path: Path) -> None:
    finished(tmp_path / "first")
    app = Workbench(taxonomy_path=tmp_path / "none")
    async with app.run_test(size=size):
        await looks_like(app, "home-finished", "Serve the model", "368 pairs", "last job", "+76.3", "succeeded")


async def test_home_in_ascii(tmp_path: Path) -> None:
    finished(tmp_path / "first")
    lock = running(tmp_path / "second")
    app = Workbench(ascii_only=True, taxonomy_path=tmp_path / "none")
    async with app.run_test(size=(80, 24)):
        await looks_like(app, "home-running-ascii", "> running", "99.2% +-0.8")
        assert screen_text(app).isascii()
    os.close(lock)


@both_sizes
async def test_setup_on_the_first_run(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    app = Workbench(taxonomy_path=HOME / "taxonomy", settings_file=HOME / "config.yaml")
    async with app.run_test(size=size) as pilot:
        await looks_like(app, "setup", "Settings", "New taxonomy", "Quickstart", "NVIDIA GPU)")
        await pilot.press("enter")
        await looks_like(app, "setup-settings", "No profile", "A100_H100_x8", "fits this machine")
        await pilot.press("escape", "down", "enter")
        await looks_like(app, "setup-create", "Create a taxonomy", "/home/lena/taxonomy")
        await pilot.press("escape", "down", "enter")
        await looks_like(app, "setup-clone", "Clone a taxonomy", "Repository")
        await pilot.press("escape", "end", "up", "enter")
        await looks_like(app, "setup-quickstart", "Start the quickstart?", "/labtop-quickstart")


async def test_home_while_data_is_generated(taxonomy: Path, tmp_path: Path) -> None:
    job = FakeJob("generate", 8, {"taxonomy_path": str(taxonomy)})
    job.add("plan", stages=[{"id": "generate", "title": "Generate data", "purpose": "The teacher writes questions."}])
    job.start("generate").pairs(400, 368)
    for done in (120, 150, 180):
        job.add("progress", "generate", done=done, total=576, unit="requests", rate=30.0, seconds_left=13.0)
    lock = job.write("generate-7mq2v").take_lock()
    app = Workbench(taxonomy_path=taxonomy, taxonomy_base="main")
    async with app.run_test(size=(80, 24)):
        await looks_like(app, "home-generating", "180/576 requests", "The teacher writes questions.", "running 31%")
    os.close(lock)
