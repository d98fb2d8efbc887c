"""What the form of a training says about steps, time, memory and disk."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from core.commands.estimates.form_estimate import form_estimate
from core.commands.request import JobRequest
from core.config.options.train import TrainingOptions
from core.models.fit import MachineMemory
from core.training.earlier import record_speed
from tests.core.commands.models import make_student

GIB = 2**30


@pytest.fixture
def model() -> Path:
    """A model with a tensor of ten million parameters, whose data is not there."""
    folder = make_student()
    header = json.dumps({"w": {"dtype": "F32", "shape": [10_000_000], "data_offsets": [0, 40_000_000]}}).encode()
    with (folder / "model.safetensors").open("wb") as stream:
        stream.write(struct.pack("<Q", len(header)) + header)
        stream.truncate(8 + len(header) + 40_000_000)
    return folder


def request(model: Path, samples: dict[str, int], folder: Path, **options: Any) -> JobRequest:
    phases = {}
    for number, (subject, count) in enumerate(samples.items(), start=1):
        file = folder / f"{subject}.jsonl"
        file.write_text("{}\n" * count)
        settings = TrainingOptions(**{"num_epochs": 2, "effective_batch_size": 10, "warmup_steps": 1, **options})
        training = {**settings.model_dump(mode="json"), "data_path": [str(file)]}
        phases[f"phase{number}"] = {"training": training, "evaluation": {}}
    work = {"phases": {"model_path": str(model), "base_dir": str(folder / "phased"), **phases}}
    return JobRequest("train", "none:none", work, "Train")


def test_form_estimate_of_two_phases(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "core.commands.estimates.resources.read_machine_memory", lambda: MachineMemory(main=24 * GIB, gpus=())
    )
    work, resources = form_estimate(request(model, {"knowledge": 95, "skills": 40}, tmp_path))
    assert work.text == "95 + 40 samples, 28 steps; its time is known once it runs"
    assert "of 24 GiB; disk" in resources.text
    assert "(4 checkpoints)" in resources.text
    assert not resources.is_warning


def test_form_estimate_on_gpus_uses_the_documents_formula(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "core.commands.estimates.resources.read_machine_memory", lambda: MachineMemory(main=24 * GIB, gpus=(GIB, GIB))
    )
    asked = request(model, {"knowledge": 5_000, "skills": 5_000}, tmp_path, device="cuda", nproc_per_node=2)
    work, resources = form_estimate(asked)
    assert work.text == "5,000 + 5,000 samples, 2,000 steps; about 40:00 on 2 GPUs"
    assert "memory per GPU" in resources.text
    assert "too little" in resources.text
    assert resources.is_warning


def test_form_estimate_uses_the_speed_of_an_earlier_training(model: Path, tmp_path: Path) -> None:
    record_speed(model, TrainingOptions(), tokens=6000, seconds=60, steps=20, samples=60)
    work, *_, warning, speed = form_estimate(request(model, {"knowledge": 95, "skills": 3}, tmp_path))
    assert work.text == "95 + 3 samples, 22 steps; about 3:16 at the earlier speed"
    assert speed.text.startswith("earlier speed: 100 tokens/s in the last training of such a model here (20 steps")
    assert (warning.is_warning, speed.is_warning) == (True, False)


def test_form_estimate_warns_of_probable_mistakes(model: Path, tmp_path: Path) -> None:
    *_, warning = form_estimate(request(model, {"knowledge": 3, "skills": 3}, tmp_path))
    assert warning.is_warning
    assert warning.text.startswith("The effective batch size of 10 is larger")


def test_form_estimate_is_of_trainings_only() -> None:
    assert form_estimate(JobRequest("evaluate", "none:none", {}, "Evaluate")) == ()
