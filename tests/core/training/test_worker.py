from __future__ import annotations

import errno
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.errors import LabtopError
from core.files import locked_folder
from core.models.contents import MARKER
from core.models.local import check_model_folder
from core.quickstart.student import StudentShape, make_student
from core.training import run
from core.training.checkpoint.marker import list_checkpoints
from core.training.claim import RUN_FILE
from core.training.engine.trainer import Trainer
from core.training.worker import train
from tests.core.training.checkpoint.test_state import first_step, stop_at
from tests.core.training.conftest import ROWS, EventRecorder, write_rows

pytestmark = [pytest.mark.slow, pytest.mark.torch]

KILLED = """
import json, os, pathlib, signal, sys
from core.events import Reporter
from core.quickstart.student import StudentShape, make_student
from core.training import worker
from core.training.worker import train

def die():
    os.kill(os.getpid(), signal.SIGKILL)

arguments, when = json.loads(sys.argv[1]), sys.argv[2]
if when == "publishing":
    rename = pathlib.Path.rename
    pathlib.Path.rename = lambda path, target: die() if target.name == "samples_24" else rename(path, target)

def write(kind, stage, data):
    if kind == "metric" and str(data["step"]) == when:
        die()

train(arguments, Reporter(write))
"""


def weights(path: str) -> dict[str, torch.Tensor]:
    return dict(load_file(Path(path) / "model.safetensors"))


def test_run_writes_checkpoints_that_transformers_loads(arguments: dict[str, Any], student: Path) -> None:
    recorder = EventRecorder()
    result = train(arguments, recorder.reporter)
    assert [Path(each["path"]).name for each in result["checkpoints"]] == ["samples_12", "samples_24", "samples_36"]
    assert [each["epoch"] for each in result["checkpoints"]] == [1.0, 2.0, 3.0]
    losses = [each["loss"] for each in result["checkpoints"]]
    assert losses == sorted(losses, reverse=True)
    assert result["steps"] == 12 and result["threads"] == 1
    path = result["checkpoints"][-1]["path"]
    model = AutoModelForCausalLM.from_pretrained(path)
    prompt = AutoTokenizer.from_pretrained(path).apply_chat_template(
        [{"role": "user", "content": ROWS[0][0]}], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    assert model.generate(**prompt, max_new_tokens=3, do_sample=False).shape[1] > prompt["input_ids"].shape[1]
    assert not (Path(arguments["ckpt_output_dir"]) / "full_state").exists()
    assert str(student) not in "".join(file.read_text() for file in Path(path).glob("*.json"))


def test_each_step_is_reported(arguments: dict[str, Any]) -> None:
    recorder = EventRecorder()
    train(arguments, recorder.reporter)
    assert list(recorder.losses) == list(range(1, 13))
    names = {"loss", "lr", "grad_norm", "tokens_per_second", "samples_per_second", "padding", "epoch"}
    assert set(recorder.of("metric")[0]["values"]) == names
    assert recorder.of("metric")[5]["values"]["epoch"] == 1.5
    assert recorder.of("progress")[-1]["done"] == recorder.of("progress")[-1]["total"] == 36
    saved = recorder.of("artifact")
    assert [(data["kind"], data["summary"]["step"]) for data in saved] == [("checkpoint", step) for step in (4, 8, 12)]


def test_same_arguments_give_the_same_model(arguments: dict[str, Any], tmp_path: Path) -> None:
    recorders = [EventRecorder(), EventRecorder()]
    results = [
        train({**arguments, "ckpt_output_dir": str(tmp_path / name)}, recorder.reporter)
        for name, recorder in zip("ab", recorders, strict=True)
    ]
    assert recorders[0].losses == recorders[1].losses
    first, second = (weights(result["checkpoints"][-1]["path"]) for result in results)
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("when", ["6", "publishing"])
def test_killed_run_resumes_bit_identically(arguments: dict[str, Any], tmp_path: Path, when: str) -> None:
    whole = EventRecorder()
    expected = train({**arguments, "ckpt_output_dir": str(tmp_path / "whole")}, whole.reporter)
    killed = subprocess.run([sys.executable, "-c", KILLED, json.dumps(arguments), when], cwd=Path.cwd(), check=False)
    assert killed.returncode == -signal.SIGKILL
    left = sorted(path.name for path in (tmp_path / "out" / "hf_format").glob("samples_*"))
    assert left == ["samples_12"]
    resumed = EventRecorder()
    result = train(arguments, resumed.reporter)
    assert "resumes after step 4 of 12" in resumed.notes
    assert resumed.losses == {step: loss for step, loss in whole.losses.items() if step > 4}
    for mine, theirs in zip(result["checkpoints"], expected["checkpoints"], strict=True):
        assert (mine["samples"], mine["loss"]) == (theirs["samples"], theirs["loss"])
        first, second = weights(mine["path"]), weights(theirs["path"])
        assert all(torch.equal(first[name], second[name]) for name in first)


def test_finished_run_is_not_repeated(arguments: dict[str, Any]) -> None:
    first = train(arguments, EventRecorder().reporter)
    recorder = EventRecorder()
    assert train(arguments, recorder.reporter) == first
    assert recorder.losses == {}


def test_missing_checkpoint_is_written_again(arguments: dict[str, Any]) -> None:
    first = train(arguments, EventRecorder().reporter)
    lost = first["checkpoints"][1]["path"]
    before = weights(lost)
    shutil.rmtree(lost)
    train(arguments, EventRecorder().reporter)
    after = weights(lost)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_other_data_backs_up_the_old_checkpoints(arguments: dict[str, Any], data: Path) -> None:
    train(arguments, EventRecorder().reporter)
    write_rows(data, ROWS[:6])
    recorder = EventRecorder()
    result = train(arguments, recorder.reporter)
    assert [each["samples"] for each in result["checkpoints"]] == [6, 12, 18]
    aside = Path(arguments["ckpt_output_dir"]) / "hf_format.earlier-1"
    assert sorted(path.name for path in aside.iterdir()) == ["samples_12", "samples_24", "samples_36"]
    assert str(aside) in recorder.notes


def test_checkpoints_by_samples_and_their_number(arguments: dict[str, Any]) -> None:
    result = train({**arguments, "checkpoint_at_epoch": False, "save_samples": 5}, EventRecorder().reporter)
    assert [each["samples"] for each in result["checkpoints"]] == [6, 12, 15, 21, 27, 30, 36]
    result = train({**arguments, "max_checkpoints": 1}, EventRecorder().reporter)
    assert [each["samples"] for each in result["checkpoints"]] == [36]


def test_a_checkpoint_has_the_precision_of_its_source(arguments: dict[str, Any], student: Path, tmp_path: Path) -> None:
    source = tmp_path / "bfloat16"
    AutoModelForCausalLM.from_pretrained(student, dtype=torch.bfloat16).save_pretrained(source)
    AutoTokenizer.from_pretrained(student).save_pretrained(source)
    result = train({**arguments, "model_path": str(source), "num_epochs": 1}, EventRecorder().reporter)
    path = result["checkpoints"][0]["path"]
    tensors = weights(path)
    assert {tensor.dtype for tensor in tensors.values()} == {torch.bfloat16}
    assert set(tensors) == set(weights(str(source)))
    assert AutoModelForCausalLM.from_pretrained(path).dtype == torch.bfloat16


def test_probable_mistakes_are_noted(arguments: dict[str, Any], data: Path) -> None:
    write_rows(data, [*ROWS, ("Long?", "long " * 300)])
    recorder = EventRecorder()
    train({**arguments, "effective_batch_size": 100, "num_epochs": 1, "warmup_steps": 5}, recorder.reporter)
    assert "1 of 13 samples are dropped: 1 longer than 128 tokens." in recorder.notes
    assert "The warm-up of 5 steps is as long as the whole training of 1" in recorder.notes
    assert "The effective batch size of 100 is larger than the data set of 12 samples" in recorder.notes


def test_too_high_learning_rate_is_an_error(arguments: dict[str, Any]) -> None:
    with pytest.raises(LabtopError, match=r"step \d+") as raised:
        train({**arguments, "learning_rate": 1e30, "warmup_steps": 0}, EventRecorder().reporter)
    assert raised.value.code == "diverged"


def test_a_full_disk_loses_nothing(arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fill_up(step: int) -> None:
        if step == 7:
            monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(LabtopError, match="The disk is full"):
        train(arguments, EventRecorder(fill_up).reporter)
    folder = Path(arguments["ckpt_output_dir"]) / "hf_format"
    assert [path.name for path in folder.iterdir()] == ["samples_12"]
    monkeypatch.undo()
    recorder = EventRecorder()
    assert len(train(arguments, recorder.reporter)["checkpoints"]) == 3
    assert min(recorder.losses) == 5


def test_error_of_safetensors_is_a_disk_error(arguments: dict[str, Any]) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))  # bytes; the weights have more
    try:
        with pytest.raises(LabtopError, match=r"File too large while writing .*samples_12"):
            train(arguments, EventRecorder().reporter)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list((Path(arguments["ckpt_output_dir"]) / "hf_format").iterdir()) == []


def test_state_is_kept_between_checkpoints(arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(step: int) -> None:
        if step == 7:
            raise KeyboardInterrupt

    monkeypatch.setattr(run, "STATE_SECONDS", 0.0)
    monkeypatch.setattr(run, "STATE_SHARE", 0.0)
    with pytest.raises(KeyboardInterrupt):
        train(arguments, EventRecorder(interrupt).reporter)
    states = [path.name for path in (Path(arguments["ckpt_output_dir"]) / "full_state").iterdir()]
    assert sorted(states) == ["step_5", "step_6"]
    recorder = EventRecorder()
    train(arguments, recorder.reporter)
    assert min(recorder.losses) == 7


def broken_tokenizer(model: Path) -> None:
    (model / "tokenizer.json").write_text("{")


def other_architecture(model: Path) -> None:
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps({**config, "model_type": "unheard-of"}))


def other_tokenizer(model: Path) -> None:
    make_student(
        model.parent / "other", ["entirely different words here"] * 9, seed=1, shape=StudentShape(300, 32, 32, 1)
    )
    for name in ("config.json", "model.safetensors"):
        shutil.copy(model.parent / "other" / name, model / name)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (broken_tokenizer, "cannot be loaded"),
        (other_architecture, "cannot be loaded"),
        (other_tokenizer, "more tokens than the model"),
        (lambda model: (model / "model.safetensors").unlink(), "has no weights"),
    ],
)
def test_broken_model_is_an_error(
    arguments: dict[str, Any], tmp_path: Path, spoil: Callable[[Path], object], message: str
) -> None:
    model = tmp_path / "model"
    shutil.copytree(arguments["model_path"], model)
    spoil(model)
    with pytest.raises(LabtopError, match=message):
        train({**arguments, "model_path": str(model)}, EventRecorder().reporter)


def test_two_trainings_do_not_share_a_folder(arguments: dict[str, Any]) -> None:
    with (
        locked_folder(Path(arguments["ckpt_output_dir"]), "training"),
        pytest.raises(LabtopError, match="is in use"),
    ):
        train(arguments, EventRecorder().reporter)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rat": 1}, "no option learning_rat"),
        ({"effective_batch_size": 0}, "effective_batch_size: .* 0"),
        ({"learning_rate": float("nan")}, "learning_rate: "),
        ({"precision": "int4"}, "precision: "),
        ({"data_path": []}, "data_path: "),
        ({"model_path": "/nowhere"}, "The model /nowhere does not exist"),
    ],
)
def test_invalid_arguments_are_named(arguments: dict[str, Any], change: dict[str, Any], message: str) -> None:
    with pytest.raises(LabtopError, match=message):
        train({**arguments, **change}, EventRecorder().reporter)


@pytest.mark.parametrize(
    "damaged", [None, "{", "[]", '{"samples": 12}', '{"samples": "x", "step": 1, "epoch": 1, "loss": 1}']
)
def test_checkpoint_with_a_damaged_marker_is_backed_up(arguments: dict[str, Any], damaged: str | None) -> None:
    stop_at(arguments, 7)
    marker = Path(arguments["ckpt_output_dir"], "hf_format", "samples_12", MARKER)
    marker.unlink() if damaged is None else marker.write_text(damaged)
    recorder = EventRecorder()
    result = train(arguments, recorder.reporter)
    assert [each["samples"] for each in result["checkpoints"]] == [24, 36]
    assert f"The checkpoint {marker.parent} is damaged: {MARKER} is missing or damaged." in recorder.notes
    assert f"It was moved to {marker.parent}.earlier-1." in recorder.notes


def truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


DAMAGES = [
    (truncate, "model.safetensors", r"has \d+ bytes instead of \d+"),
    (flip_a_bit, "model.safetensors", "has other contents than were written"),
    (Path.unlink, "tokenizer.json", "is missing"),
    (truncate, "tokenizer.json", "is no longer JSON"),
]


@pytest.mark.parametrize(("damage", "name", "message"), DAMAGES)
def test_checkpoint_with_a_damaged_file_is_backed_up(
    arguments: dict[str, Any], damage: Callable[[Path], None], name: str, message: str
) -> None:
    stop_at(arguments, 9)
    first = Path(arguments["ckpt_output_dir"], "hf_format", "samples_12")
    damage(first / name)
    recorder = EventRecorder()
    result = train(arguments, recorder.reporter)
    assert min(recorder.losses) == 10
    assert [each["samples"] for each in result["checkpoints"]] == [24, 36]
    assert re.search(f"The checkpoint {first} is damaged: {name} {message}", recorder.notes)
    assert (first.with_name("samples_12.earlier-1") / MARKER).exists()


def test_finished_run_with_a_damaged_checkpoint_is_trained_again(arguments: dict[str, Any]) -> None:
    first = train(arguments, EventRecorder().reporter)
    damaged = Path(first["checkpoints"][1]["path"])
    before = {name: tensor.clone() for name, tensor in weights(str(damaged)).items()}  # the file is mapped
    flip_a_bit(damaged / "model.safetensors")
    recorder = EventRecorder()
    assert train(arguments, recorder.reporter)["checkpoints"] == first["checkpoints"]
    assert "to write what is missing: samples_24." in recorder.notes
    assert all(torch.equal(before[name], tensor) for name, tensor in weights(str(damaged)).items())


def test_checkpoint_that_a_person_edited_is_kept(arguments: dict[str, Any]) -> None:
    first = train(arguments, EventRecorder().reporter)
    file = Path(first["checkpoints"][1]["path"]) / "generation_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "temperature": 0.5}))
    shutil.copytree(file.parent, file.parent.with_name("copy"), copy_function=shutil.copyfile)
    for folder in (file.parent, file.parent.with_name("copy")):
        assert check_model_folder(folder, contents=True).path == folder
    recorder = EventRecorder()
    assert train(arguments, recorder.reporter) == first
    assert recorder.notes.count("\n") == 0


def test_damaged_run_file_does_not_start_over(arguments: dict[str, Any]) -> None:
    stop_at(arguments, 7)
    Path(arguments["ckpt_output_dir"], RUN_FILE).write_text('{"identity"')
    assert first_step(arguments) == 8


@pytest.mark.parametrize("inside", ["", "hf_format/samples_12"])
def test_model_in_the_output_folder_is_refused(arguments: dict[str, Any], student: Path, inside: str) -> None:
    output = Path(arguments["ckpt_output_dir"])
    model = output / inside
    shutil.copytree(student, model)
    with pytest.raises(LabtopError, match="which the training writes to"):
        train({**arguments, "model_path": str(model)}, EventRecorder().reporter)
    assert sorted(each.name for each in model.iterdir()) == sorted(each.name for each in student.iterdir())


def test_validation_loss_that_is_not_a_number_is_an_error(
    arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trainer, "evaluate", lambda *_: float("nan"))
    with pytest.raises(LabtopError, match="the validation loss is NaN or infinite at step 4"):
        train({**arguments, "validation_split": 0.1}, EventRecorder().reporter)
    assert list_checkpoints(Path(arguments["ckpt_output_dir"])) == []
