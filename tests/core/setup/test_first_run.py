"""What is set up, and settings that are written or changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import paths
from core.config.edit import set_settings, with_setting
from core.config.load import load
from core.errors import LabtopError
from core.setup.first_run import (
    chosen_settings,
    remember_created,
    remember_taxonomy,
    use_folder,
    write_settings,
)
from core.setup.profile import fitting_profile
from core.setup.state import read_setup
from core.taxonomy.git.create import create_taxonomy


def test_setup_is_needed_until_something_exists(tmp_path: Path) -> None:
    taxonomy = tmp_path / "taxonomy"
    file = paths.current().config_file
    assert read_setup(taxonomy, file).is_first_run
    taxonomy.mkdir()
    assert read_setup(taxonomy, file).is_first_run
    (taxonomy / "knowledge").mkdir()
    assert not read_setup(taxonomy, file).is_first_run
    write_settings(file, {})
    state = read_setup(tmp_path / "none", file)
    assert (state.has_settings, state.has_taxonomy, state.is_first_run) == (True, False, False)


@pytest.mark.parametrize(
    ("gpus", "profile"),
    [
        ((), None),
        (("NVIDIA A100-SXM4-80GB",) * 8, "A100_H100_x8.yaml"),
        (("NVIDIA H100 80GB HBM3",) * 3, "A100_H100_x2.yaml"),
        (("NVIDIA H200",), None),
        (("NVIDIA L40S",) * 4, "L40_x4.yaml"),
        (("NVIDIA L4",) * 8, "L4_x8.yaml"),
        (("NVIDIA L4", "NVIDIA H100 PCIe"), None),
        (("NVIDIA RTX A1000", None), None),
    ],
)
def test_profile_fits_the_gpus(gpus: tuple[str | None, ...], profile: str | None) -> None:
    assert fitting_profile(gpus) == profile


def test_settings_are_written_once() -> None:
    file = paths.current().config_file
    write_settings(file, chosen_settings(profile="L4_x8", model_path="granite"))
    train = load(file, environment={}).settings.train
    assert (train.profile, train.model_path, train.num_epochs) == ("L4_x8.yaml", "granite", 8)
    assert paths.current().jobs_dir.is_dir()
    with pytest.raises(LabtopError, match="already exists"):
        write_settings(file, {})
    with pytest.raises(LabtopError, match="no training profile"):
        chosen_settings(profile="L4_x9")


def test_settings_file_behind_a_link_is_changed_and_the_link_kept(tmp_path: Path) -> None:
    file, real = paths.current().config_file, tmp_path / "dotfiles/config.yaml"
    file.parent.mkdir(parents=True)
    file.symlink_to(real)
    write_settings(file, {})
    assert "taxonomy_path" in real.read_text()
    set_settings(file, {"generate": {"taxonomy_path": "/mine"}})
    assert file.is_symlink()
    assert "\n  taxonomy_path: /mine\n" in real.read_text()


def test_taxonomy_is_remembered_in_old_and_new_settings(tmp_path: Path) -> None:
    file = paths.current().config_file
    created = create_taxonomy(tmp_path / "mine")
    assert remember_taxonomy(created, file)
    generate = load(file, environment={}).settings.generate
    assert (generate.taxonomy_path, generate.taxonomy_base) == (tmp_path / "mine", "main")
    edited = file.read_text().replace("  # concurrency:", "  concurrency: 7  # mine\n  # concurrency:", 1)
    file.write_text(edited)
    other = tmp_path / "other"
    (other / "knowledge").mkdir(parents=True)
    assert remember_taxonomy(use_folder(other), file)
    generate = load(file, environment={}).settings.generate
    assert (generate.taxonomy_path, generate.taxonomy_base) == (other, "empty")
    kept = edited.replace(str(tmp_path / "mine"), str(other)).replace("taxonomy_base: main", "taxonomy_base: empty")
    assert file.read_text() == kept


def test_created_taxonomy_does_not_replace_another_one(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    mine, other = (create_taxonomy(tmp_path / name) for name in ("mine", "other"))
    assert remember_created(mine, file)
    before = file.read_text()
    assert not remember_created(other, file)
    assert file.read_text() == before
    assert load(file, environment={}).settings.generate.taxonomy_path == mine.folder


def test_a_part_of_a_taxonomy_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match="There is no folder"):
        use_folder(tmp_path / "none")
    leaf = tmp_path / "knowledge/science/birds/qna.yaml"
    leaf.parent.mkdir(parents=True)
    leaf.write_text("version: 3\n")
    with pytest.raises(LabtopError, match="its top folder is"):
        use_folder(tmp_path / "knowledge/science")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "\ntrain:\n  device: cuda\n"),
        ("chat:\n  model: x\n", "chat:\n  model: x\n\ntrain:\n  device: cuda\n"),
        ("train:  # mine\n    num_epochs: 3\n", "train:  # mine\n    device: cuda\n    num_epochs: 3\n"),
        ("train:\n  device: cpu  # cpu, cuda\n", "train:\n  device: cuda  # cpu, cuda\n"),
        ("train:\n  # device: cpu  # cpu, cuda\nchat:\n", "train:\n  device: cuda  # cpu, cuda\nchat:\n"),
        ("train:\n  # device: x\n  device: cpu\n", "train:\n  # device: x\n  device: cuda\n"),
        ("chat:\n  device: a\ntrain:\n", "chat:\n  device: a\ntrain:\n  device: cuda\n"),
    ],
)
def test_one_setting_is_changed(before: str, after: str) -> None:
    assert with_setting(before, "train", "device", "cuda") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("train: {device: cpu}  # mine\n", "train: {device: cuda} # mine\n"),
        ("# mine\ntrain:\n  device: >\n    cpu\n", "# mine\ntrain:\n  device: >-\n    cuda\n"),
        ('chat: {model: "x"}\n"train":\n  device: cpu\n', 'chat: {model: "x"}\n"train":\n  device: cuda\n'),
    ],
)
def test_settings_in_an_unusual_form_are_changed(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(before)
    set_settings(file, {"train": {"device": "cuda"}})
    assert file.read_text() == after


def test_settings_that_share_a_section_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    text = "serve: &same {device: cpu}\ntrain: *same\n"
    file.write_text(text)
    with pytest.raises(LabtopError, match="does not change"):
        set_settings(file, {"train": {"device": "cuda"}})
    assert file.read_text() == text
