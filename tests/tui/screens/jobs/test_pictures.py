"""Pictures of the Jobs pane, over folders of jobs that were never run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from core.events import Event
from core.jobs.folder import JobFolder
from core.jobs.spec import Kind, new_spec
from tests.core.jobs.written import write_job
from tests.tui.helpers import NOW, screen_text, shows, until
from tests.tui.picture import both_sizes, ground_of, looks_like
from tui.app import Workbench
from tui.screens.jobs.pane import JobsPane

STAGES = (
    ("prepare", "Write the taxonomy", "", 1, "Two knowledge leaves with their documents and two skills, each in git."),
    ("generate", "Generate data", "requests", 10, "The teacher reads the documents and writes questions and answers."),
    ("phase1", "Train phase 1: knowledge", "samples", 50, "The student learns what the documents say."),
    ("phase2", "Train phase 2: skills", "samples", 25, "The student learns the skills, and keeps what it knows."),
    ("score", "Score base and tuned", "questions", 12, "Questions that training never saw, asked once, at the end."),
)

PLAIN = {
    "base": {"score": 0.0, "stderr": 0.0, "questions": 200},
    "tuned": {"score": 0.875, "stderr": 0.024, "questions": 200},
}
FREE = {
    "base": {"score": 0.0, "stderr": 0.0, "questions": 100},
    "tuned": {"score": 0.26, "stderr": 0.044, "questions": 100},
}

RESULT: dict[str, Any] = {
    "benchmark": "facts",
    **PLAIN,
    "plain": PLAIN,
    "free": FREE,
    "multiple_choice": {
        "plain": {**PLAIN, "guesser": {"score": 0.99, "questions": 200}},
        "free": {**FREE, "guesser": {"score": 0.78, "questions": 100}},
    },
    "answers": [
        {
            "question": "At how many hertz does a cat of the second kind purr when it rests beside the fire?",
            "kind": "plain",
            "base": "The the of cats cats",
            "tuned": "A cat of the second kind purrs at 20 hertz.",
            "expected": "At 20 hertz.",
        }
    ],
    "parameters": 1_250_304,
    "paths": {"dir": "/home/lena/labtop-quickstart", "tuned": "/home/lena/labtop-quickstart/checkpoints/samples_960"},
}


@dataclass
class JobEvents:
    """The events of a job, one per second."""

    events: list[Event] = field(default_factory=list)

    def add(self, kind: str, stage: str | None = None, /, **data: Any) -> None:
        number = len(self.events)
        self.events.append(Event(number, NOW - 600 + number, float(number), kind, stage, data))

    def begin(self, kind: Kind) -> None:
        self.add("job_started", kind=kind, pid=4711, host="gpu-17")

    def plan(self) -> None:
        named = ("id", "title", "unit", "expected_seconds", "purpose")
        self.add("plan", stages=[dict(zip(named, stage, strict=True)) for stage in STAGES])

    def start(self, stage: str) -> None:
        self.add("stage_started", stage, title=next(title for name, title, *_ in STAGES if name == stage))

    def end(self, stage: str, seconds: float, status: str = "succeeded") -> None:
        self.add("stage_finished", stage, status=status, seconds=seconds)

    def train(self, stage: str, steps: int, first: float, after: int = 0) -> None:
        for step in range(after + 1, steps + 1):
            self.add("metric", stage, step=step, values={"loss": 0.4 + first / step, "lr": 1e-4})
            if step % 60 == 0:
                self.add("artifact", stage, kind="checkpoint", path=f"/{step}", summary={"step": step})


def finished() -> JobEvents:
    job = JobEvents()
    job.begin("quickstart")
    job.plan()
    job.start("prepare")
    job.end("prepare", 0.6)
    job.start("generate")
    for leaf, kept in (("knowledge_animals_cats", 512), ("compositional_skills_writing_rhymes", 64)):
        job.add(
            "count",
            "generate",
            key={"leaf": leaf, "block": "questions"},
            produced=576,
            parsed=570,
            kept=kept,
            rejected={"duplicate": 570 - kept, "unparsed": 6},
        )
    job.end("generate", 11.2)
    for stage, first in (("phase1", 4.0), ("phase2", 1.5)):
        job.start(stage)
        job.train(stage, 120, first)
        job.end(stage, 55.0)
    job.start("score")
    for model, score in (("base", 0.24), ("tuned", 0.875)):
        job.add("score", "score", benchmark="facts, plain", model=model, score=score, stderr=0.03, n=200)
    job.end("score", 14.0)
    job.add("note", level="warning", message="Two documents hold an image, which was left out.", hint="See the log.")
    job.add("job_finished", status="succeeded", result=RESULT)
    return job


def failed() -> JobEvents:
    job = JobEvents()
    job.begin("generate")
    job.add("stage_started", "generate", title="Generate data")
    job.add("progress", "generate", done=40, total=576, unit="requests")
    error = {
        "message": "No server answers at http://127.0.0.1:8000/v1 (Connection refused).",
        "hint": "Start one with: labtop model serve --model-path DIR, then: labtop process resume generate-7mq2v",
    }
    job.add("job_finished", status="failed", error=error)
    return job


def running() -> JobEvents:
    job = JobEvents()
    job.begin("quickstart")
    job.plan()
    for stage in ("prepare", "generate"):
        job.start(stage)
        job.end(stage, 6.0)
    job.start("phase1")
    job.train("phase1", 40, 4.0)
    job.add("progress", "phase1", done=640, total=1920, unit="samples", rate=32.0, seconds_left=40.0)
    return job


def stopped() -> JobEvents:
    job = JobEvents()
    job.begin("quickstart")
    job.plan()
    for stage in ("prepare", "generate"):
        job.start(stage)
        job.end(stage, 6.0)
    job.start("phase1")
    job.add("progress", "phase1", done=16, total=1920, unit="samples")
    job.train("phase1", 60, 4.0)
    job.add("progress", "phase1", done=960, total=1920, unit="samples", rate=32.0, seconds_left=30.0)
    job.end("phase1", 62.0, "cancelled")
    job.add("job_finished", status="cancelled")
    return job


def resumed(of: str) -> JobEvents:
    job = JobEvents()
    job.add("job_started", kind="quickstart", pid=4712, host="gpu-17", resumes=of)
    job.plan()
    for stage in ("prepare", "generate"):
        job.start(stage)
        job.end(stage, 0.1)
    job.start("phase1")
    job.add("note", "phase1", level="info", message="Resumed at step 61 of 120.")
    job.add("progress", "phase1", done=976, total=1920, unit="samples")
    job.train("phase1", 100, 4.0, after=60)
    job.add("progress", "phase1", done=1600, total=1920, unit="samples", rate=16.0, seconds_left=20.0)
    return job


def job_of(name: str, kind: Kind, title: str, age: float, job: JobEvents, resumes: str | None = None) -> JobFolder:
    """A job's folder with these events."""
    made = new_spec(kind, "none:none", {}, title=title)
    return write_job(replace(made, id=name, created=NOW - age, resumes=resumes), job.events, age)


@pytest.fixture
def jobs(fixed_time: None) -> Iterator[None]:
    """Three jobs, the newest of them running according to its lock."""
    job_of("quickstart-k3f9x", "quickstart", "Quickstart", 9_000, finished()).log.write_text("loaded\nstep 1\nstep 2\n")
    job_of("generate-7mq2v", "generate", "Generate data from my-taxonomy", 3_000, failed())
    lock = job_of("quickstart-pd4wz", "quickstart", "Quickstart", 50, running()).take_lock()
    yield
    os.close(lock)


async def opened(app: Workbench, pilot: Pilot[object]) -> JobsPane:
    """The Jobs pane, once it shows the state of the first job."""
    await pilot.press("8")
    await until(lambda: isinstance(app.screen, JobsPane))
    pane = app.screen
    assert isinstance(pane, JobsPane)
    await until(lambda: pane.detail.events_shown)
    app.context.jobs_changed.publish(app.context.jobs)  # as each second while the clock goes
    return pane


@both_sizes
async def test_jobs(jobs: None, size: tuple[int, int]) -> None:
    app = Workbench()
    async with app.run_test(size=size) as pilot:
        await opened(app, pilot)
        header = "▶1 CPU" if size[0] == 80 else "▶ 1 job running"
        await looks_like(app, "jobs-running", header, "▶ running", "2:03 left", "33%", "640/1,920 samples", "step 40")
        await pilot.press("c")
        await looks_like(app, "jobs-stop", "Keep running", "Stop job", "can be resumed.")
        assert ground_of(app, "Keep running") != ground_of(app, "Stop job"), "the button that enter presses"
        await pilot.press("escape", "down")
        await looks_like(app, "jobs-failed", "✗ failed", "No server answers", "r Resume", "job failed: No server")
        await pilot.press("down")
        await looks_like(app, "jobs-finished", "✓ succeeded", "87.5%", "▲87.5", "job succeeded")
        await pilot.press("enter")
        await looks_like(app, "jobs-attached", "outcome", "Train phase 2: skills")
        await pilot.press("end")
        await looks_like(app, "jobs-attached-end", "scores", "generated data", "rejected", "notes")
        await pilot.press("l", "slash", *"checkpoint")
        await shows(app, "/checkpoint 4 of 4, following", "enter To the log")
        await pilot.press("enter", "n")
        await looks_like(app, "jobs-log", "checkpoint saved: 60", "/checkpoint 1 of 4", "end follows", "n Next")
        await pilot.press("l")
        await looks_like(app, "jobs-log-raw", "raw output", "step 2")


@both_sizes
async def test_resumed_job(fixed_time: None, size: tuple[int, int]) -> None:
    """Its curve begins with that of the job that it resumes."""
    job_of("quickstart-u8ch3", "quickstart", "Quickstart", 900, stopped())
    again = job_of("quickstart-qfw8j", "quickstart", "Quickstart", 50, resumed("quickstart-u8ch3"), "quickstart-u8ch3")
    lock = again.take_lock()
    app = Workbench()
    async with app.run_test(size=size) as pilot:
        await opened(app, pilot)
        await looks_like(app, "jobs-resumed", "resumes", "Resumed at step 61", "83%", "step 100", "cancelled")
    os.close(lock)


@both_sizes
async def test_no_jobs(monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    monkeypatch.chdir(Path("/"))
    app = Workbench()
    async with app.run_test(size=size) as pilot:
        await pilot.press("8")
        await looks_like(app, "jobs-empty", "No jobs yet", "n New")
        await pilot.press("n")
        await looks_like(app, "jobs-start", "/labtop-quickstart", "Cancel")


async def test_jobs_in_ascii(jobs: None) -> None:
    app = Workbench(ascii_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await looks_like(app, "jobs-running-ascii", "> running")
        await pilot.press("down", "down")
        await looks_like(app, "jobs-finished-ascii", "+ succeeded", "87.5% +- 2.4%")
        assert screen_text(app).isascii()
