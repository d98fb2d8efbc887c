"""Folders of trainings that were never run."""

from __future__ import annotations

from dataclasses import replace
from math import cos, exp, sin
from pathlib import Path
from typing import Any

from core.jobs.folder import JobFolder
from core.jobs.spec import new_spec
from tests.core.jobs.written import write_job
from tests.core.overview.jobs import FakeJob

TITLES = {"train.phase1": "Train phase 1: knowledge", "train.phase2": "Train phase 2: skills", "train": "Train"}

SAMPLES_A_STEP = 16


def options(model: str = "/models/granite-7b-starter", epochs: int = 4) -> dict[str, Any]:
    """Of a training in two phases."""

    def phase(subject: str) -> dict[str, Any]:
        settings = {
            "num_epochs": epochs,
            "effective_batch_size": SAMPLES_A_STEP,
            "data_path": [f"/data/{subject}_train.jsonl"],
        }
        return {"training": settings}

    return {"phases": {"model_path": model, "phase1": phase("knowledge"), "phase2": phase("skills")}}


class FakeTraining(FakeJob):
    """A training whose steps take a second each."""

    def begin(self, stage: str) -> FakeTraining:
        self.add("stage_started", stage, title=TITLES[stage], quiet_seconds=300.0, stop_seconds=300.0)
        return self

    def steps(
        self, stage: str, first: int, last: int, of: int, *, level: float = 0.4, valid: int = 0, **more: float
    ) -> FakeTraining:
        """Steps with a loss that falls to a level; a validation loss at each `valid` steps."""
        for step in range(first, last + 1):
            values = {
                "loss": level + 3 * exp(-step / 20) + 0.05 * sin(step * 1.7),
                "lr": 2e-5 * (0.5 + 0.5 * cos(3.1 * step / of)),
                "grad_norm": 0.7 + 2 / step,
                "tokens_per_second": 1400.0 + 60 * sin(step),
                **more,
            }
            if valid and step % valid == 0:
                values["validation_loss"] = level + 0.1 + 3 * exp(-step / 18)
            self.add("metric", stage, step=step, values=values)
            done = {"done": SAMPLES_A_STEP * step, "total": SAMPLES_A_STEP * of, "unit": "samples"}
            self.add("progress", stage, **done, rate=8.0, seconds_left=SAMPLES_A_STEP * (of - step) / 8.0)
            if step % 10 == 0:
                self.heartbeat()
        return self

    def heartbeat(self) -> None:
        gpus = [{"index": index, "memory": (60 + 2 * index) * 2**30, "utilization": 0.9} for index in range(2)]
        self.add("heartbeat", rss=12 * 2**30, gpu_memory=122 * 2**30, gpu_utilization=0.9, gpus=gpus)

    def checkpoint(self, stage: str, step: int, folder: str = "/out", loss: float = 0.5, **more: float) -> FakeTraining:
        phase = stage.partition(".")[2]
        path = "/".join(part for part in (folder, phase, f"hf_format/samples_{SAMPLES_A_STEP * step}") if part)
        summary = {"samples": SAMPLES_A_STEP * step, "step": step, "epoch": step / 20, "loss": loss, **more}
        self.add("artifact", stage, kind="checkpoint", path=path, bytes=3_000_000, summary=summary)
        return self

    def scored(self, phase: int, step: int, score: float, stderr: float | None = 0.04) -> FakeTraining:
        model = f"phase{phase}/samples_{SAMPLES_A_STEP * step}"
        self.add(
            "score", f"evaluate.phase{phase}", benchmark="mmlu_branch", model=model, score=score, stderr=stderr, n=85
        )
        return self

    def finish(self, stage: str, status: str = "succeeded") -> FakeTraining:
        self.add("stage_finished", stage, status=status, seconds=60.0)
        return self

    def put(self, name: str, resumes: str | None = None) -> JobFolder:
        """Create the folder; a job without an end is running once its lock is taken."""
        spec = new_spec(self.kind, "none:none", self.options, title="Train granite-7b-starter in two phases")
        return write_job(replace(spec, id=name, created=self.begun, resumes=resumes), self.events, self.age)


def finished(age: float = 9_000, folder: str = "/out", level: float = 0.5) -> FakeTraining:
    """Both phases, with scores; the two best checkpoints of the second one are tied."""
    job = FakeTraining("train", age, options())
    job.begin("train.phase1").steps("train.phase1", 1, 80, 80, level=level, valid=20)
    job.checkpoint("train.phase1", 40, folder).checkpoint("train.phase1", 80, folder, 0.31).finish("train.phase1")
    job.start("evaluate.phase1")
    job.scored(1, 40, 0.55).scored(1, 80, 0.76).finish("evaluate.phase1")
    job.begin("train.phase2").steps("train.phase2", 1, 60, 60, level=level / 2, valid=20)
    job.checkpoint("train.phase2", 30, folder).checkpoint("train.phase2", 60, folder, 0.2).finish("train.phase2")
    job.start("evaluate.phase2")
    job.scored(2, 30, 0.80).scored(2, 60, 0.83).finish("evaluate.phase2")
    samples = SAMPLES_A_STEP * 60
    gained = {"benchmark": "mmlu_branch", "base": 0.31, "tuned": 0.83, "difference": 0.52, "stderr": 0.06}
    lost = {"benchmark": "mmlu", "base": 0.47, "tuned": 0.45, "difference": -0.02, "stderr": 0.01}
    comparison = [{**gained, "verdict": "gained"}, {**lost, "verdict": "lost"}]
    best = f"{folder}/phase2/hf_format/samples_{samples}"
    job.end(result={"best": best, "phases": [], "comparison": comparison})
    return job


def running(age: float = 400, folder: str = "/out") -> FakeTraining:
    """In the second phase; the checkpoints of the first one have scores."""
    job = FakeTraining("train", age, options())
    job.begin("train.phase1").steps("train.phase1", 1, 80, 80, valid=20)
    job.checkpoint("train.phase1", 40, folder).checkpoint("train.phase1", 80, folder, 0.31).finish("train.phase1")
    job.start("evaluate.phase1")
    job.scored(1, 40, 0.55).scored(1, 80, 0.76).finish("evaluate.phase1")
    job.begin("train.phase2").steps("train.phase2", 1, 40, 80, level=0.2, valid=20)
    return job


def stopped(age: float = 5_000) -> FakeTraining:
    """In its first phase."""
    job = FakeTraining("train", age, options())
    job.begin("train.phase1").steps("train.phase1", 1, 30, 80, level=0.6)
    job.checkpoint("train.phase1", 20).finish("train.phase1", "cancelled").end("cancelled")
    return job


def model(path: Path) -> Path:
    """A folder that looks like a checkpoint."""
    path.mkdir(parents=True)
    (path / "config.json").write_text("{}")
    return path
