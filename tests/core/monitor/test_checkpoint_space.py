"""The disk that the coming checkpoints need."""

from __future__ import annotations

import json
import struct
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from core import paths
from core.config.options.train import TrainingOptions, TrainOptions
from core.jobs.observe import Observation
from core.jobs.spec import Kind, new_spec
from core.monitor.checkpoint_space import CheckpointSpace, CheckpointSpaceReader, space_for
from core.monitor.coming_training import ComingTraining, checkpoint_count, coming_trainings, next_trainings
from core.system.host import Disk

GIB = 2**30


def make_model(folder: Path, *shapes: list[int]) -> Path:
    """A model folder whose weights are in bfloat16; the file has holes instead of weights."""
    tensors: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for number, shape in enumerate(shapes):
        start, size = end, 2
        for length in shape:
            size *= length
        end = start + size
        tensors[f"layer.{number}"] = {"dtype": "BF16", "shape": shape, "data_offsets": [start, end]}
    header = json.dumps(tensors).encode()
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    with (folder / "model.safetensors").open("wb") as stream:
        stream.write(struct.pack("<Q", len(header)) + header)
        stream.truncate(8 + len(header) + end)
    return folder


def make_checkpoint(output: Path, samples: int) -> None:
    folder = output / "hf_format" / f"samples_{samples}"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")


def lines(file: Path, count: int) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('{"messages": []}\n' * count)
    return file


def job(kind: Kind, options: dict[str, Any], *, resumes: str | None = None) -> Observation:
    spec = new_spec(kind, "a:b", options, title="T", resumes=resumes)
    unknown: dict[str, Any] = dict.fromkeys(field.name for field in fields(Observation))
    return Observation(**{**unknown, "spec": spec, "status": "running", "activity": ""})


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """1,000 parameters."""
    return make_model(tmp_path / "student", [10, 50], [500])


@pytest.mark.parametrize(
    ("options", "samples", "count"),
    [
        ({"num_epochs": 3, "effective_batch_size": 10}, 95, 3),
        ({"num_epochs": 3, "effective_batch_size": 10, "save_samples": 50}, 100, 6),
        ({"num_epochs": 3, "effective_batch_size": 10, "checkpoint_at_epoch": False}, 100, 1),
        ({"num_epochs": 3, "effective_batch_size": 10, "save_samples": 50, "max_checkpoints": 4}, 100, 4),
        ({"num_epochs": 7}, 0, 7),
        ({"num_epochs": 7, "keep_checkpoints": 2}, 95, 3),
        ({"num_epochs": 7, "keep_checkpoints": 2, "validation_split": 0.1}, 95, 4),
        ({"num_epochs": 2, "keep_checkpoints": 2}, 0, 2),
        ({"num_epochs": 7, "max_checkpoints": 2}, 0, 2),
        ({"num_epochs": 7, "checkpoint_at_epoch": False}, 0, 1),
    ],
)
def test_checkpoints_of_a_training(options: dict[str, Any], samples: int, count: int) -> None:
    assert checkpoint_count(TrainingOptions(**options), samples) == count


def test_single_training_counts_what_it_has_not_written(model: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    training = {
        "model_path": str(model),
        "data_path": str(lines(tmp_path / "data.jsonl", 40)),
        "ckpt_output_dir": str(output),
        "num_epochs": 5,
        "effective_batch_size": 10,
    }
    assert coming_trainings(job("train", {"train": training})) == [ComingTraining(model, output, 5)]
    make_checkpoint(output, 40)
    make_checkpoint(output, 80)
    (output / "full_state" / "step_9").mkdir(parents=True)
    assert coming_trainings(job("train", {"train": training})) == [ComingTraining(model, output, 3, has_state=True)]
    for samples in (120, 160, 200):
        make_checkpoint(output, samples)
    assert coming_trainings(job("train", {"train": training})) == []
    assert coming_trainings(job("serve", {"model": "m"})) == []


def test_phases_count_until_the_second_has_begun(model: Path, tmp_path: Path) -> None:
    base = tmp_path / "phased"
    data = str(lines(tmp_path / "data.jsonl", 40))
    phase = {"training": {"num_epochs": 3, "effective_batch_size": 20, "data_path": data}}
    options = {"phases": {"model_path": str(model), "base_dir": str(base), "phase1": phase, "phase2": phase}}
    running = job("train", options)
    assert [each.checkpoints for each in coming_trainings(running)] == [3, 3]
    make_checkpoint(base / "phase1" / "checkpoints", 40)
    assert [each.checkpoints for each in coming_trainings(running)] == [2, 3]
    make_checkpoint(base / "phase2" / "checkpoints", 40)
    assert coming_trainings(running) == [ComingTraining(model, base / "phase2" / "checkpoints", 2)]


def test_quickstart_counts_once_its_student_exists(tmp_path: Path) -> None:
    folder = tmp_path / "quickstart"
    running = job("quickstart", {"folder": str(folder)})
    assert coming_trainings(running) == []
    make_model(folder / "student" / "1", [10, 10])
    assert [each.checkpoints for each in coming_trainings(running)] == [3, 2]
    lines(folder / "datasets" / "knowledge_train_msgs_2026-11-28T12_00_00.jsonl", 100)
    make_checkpoint(folder / "training" / "1" / "phase1" / "checkpoints", 100)
    assert [each.checkpoints for each in coming_trainings(running)] == [2, 2]


def test_next_training_comes_from_the_settings() -> None:
    assert next_trainings(TrainOptions()) == []
    options = TrainOptions(model_path="tiny", phased_phase1_num_epochs=2, phased_phase2_num_epochs=4)
    assert next_trainings(options) == []
    make_model(paths.current().models_dir / "tiny", [10, 10])
    assert [each.checkpoints for each in next_trainings(options)] == [2, 4]


def test_space_is_checkpoints_and_three_states(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "core.monitor.checkpoint_space.read_disks", lambda folders: (Disk(tuple(folders), 10**6, 40_000),)
    )
    size = sum(file.stat().st_size for file in model.iterdir())
    fresh = ComingTraining(model, tmp_path / "out", 4)
    space = space_for([fresh, replace(fresh, checkpoints=2)], "train-k3f9x")
    assert space == CheckpointSpace("train-k3f9x", tmp_path / "out", 6, 6 * size + 36_000, 40_000)
    assert not space.fits
    resumed = space_for([replace(fresh, has_state=True)])
    assert resumed is not None
    assert resumed.needed == 4 * size + 24_000
    assert resumed.fits
    assert space_for([]) is None
    assert space_for([ComingTraining(tmp_path / "missing", tmp_path, 4)]) is None


def test_space_as_a_sentence() -> None:
    space = CheckpointSpace(None, Path("/data"), 4, 54 * GIB, 75 * GIB)
    assert space.sentence == "75 GiB free, the coming 4 checkpoints need about 54 GiB"
    short = replace(space, free=12 * GIB, checkpoints=1)
    assert short.sentence == "12 GiB free, but the coming checkpoint needs about 54 GiB: 42 GiB short"


def test_reader_takes_the_running_job_before_the_settings(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def settings() -> TrainOptions:
        asked.append("settings")
        return TrainOptions(model_path=str(model))

    now = iter(range(0, 1000, 60))
    monkeypatch.setattr("core.monitor.checkpoint_space.time.monotonic", lambda: next(now))
    reader = CheckpointSpaceReader(settings)
    of_settings = reader.read([])
    assert of_settings is not None
    assert (of_settings.job, of_settings.checkpoints) == (None, 17)
    training = {"model_path": str(model), "data_path": str(tmp_path / "none"), "ckpt_output_dir": str(tmp_path / "o")}
    running = job("train", {"train": {**training, "num_epochs": 2}})
    damaged = job("train", {"train": {"num_epochs": "many"}})
    ended = replace(running, status="succeeded")
    found = reader.read([ended, damaged, running])
    assert found is not None
    assert (found.job, found.checkpoints) == (running.spec.id, 2)
    assert asked == ["settings"]
