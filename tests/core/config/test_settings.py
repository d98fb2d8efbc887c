"""Where settings come from, and what happens when they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import paths
from core.config.load import load
from core.config.profiles import MENU, read_profile
from core.config.save import render, write_new
from core.config.settings import Settings
from core.errors import LabtopError


def write(text: str) -> Path:
    file = paths.current().config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_load_without_a_file_gives_defaults() -> None:
    resolved = load(environment={})
    assert resolved.settings == Settings()
    assert resolved.origins == {}


def test_precedence_of_environment_file_and_profile() -> None:
    write("train:\n  profile: L40_x4\n  num_epochs: 3\n")
    resolved = load(environment={"LABTOP_TRAIN_WARMUP_STEPS": "7"})
    train = resolved.settings.train
    assert (train.warmup_steps, train.num_epochs, train.max_batch_len) == (7, 3, 30000)
    assert train.max_seq_len == 4096
    assert resolved.origins["train.warmup_steps"] == "LABTOP_TRAIN_WARMUP_STEPS"
    assert resolved.origins["train.num_epochs"] == "config.yaml:3"
    assert resolved.origins["train.max_batch_len"] == "profile L40_x4"
    assert "num_epochs: 3" in render(resolved)
    assert "# config.yaml:3" in render(resolved)


@pytest.mark.parametrize("name", MENU)
def test_every_profile_is_valid(name: str) -> None:
    assert Settings.model_validate(read_profile(name)).train.nproc_per_node > 1


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("train:\n  num_epoch: 3\n", "config.yaml:2: train.num_epoch is not a setting.", "Did you mean num_epochs?"),
        (
            "generate:\n  seed: 3\n",
            "config.yaml:2: generate.seed is not a setting.",
            "Use it on the command line: --seed.",
        ),
        ("trian: {}\n", "config.yaml:1: trian is not a setting.", "Did you mean train?"),
        (
            "train:\n  num_epochs: many\n",
            "config.yaml:2: train.num_epochs: input should be a valid integer, not 'many'.",
            None,
        ),
        (
            "generate:\n  endpoint_url: 3\n",
            "config.yaml:2: generate.endpoint_url: input should be a list of texts, not 3.",
            None,
        ),
        ("train:\n  num_epochs: 0\n", "config.yaml:2: train.num_epochs: input should be greater than 0", None),
        ("train: [1\n", "config.yaml:2:1: did not find expected ',' or ']'.", "Fix it with: labtop config edit"),
        ("chat: {}\nchat: {}\n", "config.yaml:2:1: the key 'chat' occurs twice.", "Fix it with: labtop config edit"),
        ("train: 5\n", "config.yaml:1: train must contain settings as 'name: value'.", None),
        ("chat: {}\ntrain: [1]\n", "config.yaml:2: train must contain settings as 'name: value'.", None),
        ("- a\n", "must contain sections of settings", None),
        ("chat: {}\ntrain: {null: 2}\n", "config.yaml:2: train.None is not a setting.", None),
        ("chat: {}\nyes: 2\n", "config.yaml:1: True is not a setting.", None),
        ("chat: {}\ntrain: {<<: {zzz: 1}}\n", "config.yaml:2: train.zzz is not a setting.", None),
        ("<<: {train: 5}\n", "config.yaml:1: train must contain settings as 'name: value'.", None),
        (f"train:\n  profile: {'long' * 100}\n", f"There is no training profile {'long' * 25}.", None),
        ("train:\n  profile: ../secret\n", "There is no training profile ../secret.", None),
    ],
)
def test_invalid_file_is_reported_with_its_line(text: str, message: str, hint: str | None) -> None:
    write(text)
    with pytest.raises(LabtopError) as caught:
        load(environment={})
    assert message in caught.value.message
    assert hint is None or caught.value.hint == hint


def test_new_file_lists_every_setting_and_loads(tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    write_new(file, {"train": {"profile": "L4_x8.yaml"}, "generate": {"taxonomy_path": "/some where/taxonomy: 1"}})
    resolved = load(file, environment={})
    assert resolved.settings.generate.taxonomy_path == Path("/some where/taxonomy: 1")
    assert resolved.settings.train.nproc_per_node == 8
    assert "  # learning_rate: 2.0e-05" in file.read_text()


def test_unknown_environment_variable_is_an_error() -> None:
    with pytest.raises(LabtopError, match="LABTOP_TRAIN_NUM_EPOCH does not match any setting") as caught:
        load(environment={"LABTOP_TRAIN_NUM_EPOCH": "3"})
    assert caught.value.hint == "Did you mean LABTOP_TRAIN_NUM_EPOCHS?"
    with pytest.raises(LabtopError) as caught:
        load(environment={"LABTOP_TRAIN_NUM_EPOCHS": "many"})
    assert caught.value.hint == "Correct or unset LABTOP_TRAIN_NUM_EPOCHS."
    load(environment={"LABTOP_HOME": "/x", "LABTOP_API_KEY": "k"})


def test_short_variable_of_the_vllm_interpreter() -> None:
    resolved = load(environment={"LABTOP_VLLM_PYTHON": "/a/python"})
    assert str(resolved.settings.serve.vllm_python) == "/a/python"
    assert resolved.origins["serve.vllm_python"] == "LABTOP_VLLM_PYTHON"
    both = {"LABTOP_VLLM_PYTHON": "/a/python", "LABTOP_SERVE_VLLM_PYTHON": "/b/python"}
    assert str(load(environment=both).settings.serve.vllm_python) == "/b/python"
