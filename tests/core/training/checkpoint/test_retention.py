"""Which checkpoints are kept, and a disk that becomes too small."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import paths
from core.errors import LabtopError
from core.models.contents import MARKER, marker_text
from core.serving.plan import ReadyUrl, ServerPlan
from core.serving.registry import ServerRegistry
from core.training import saving
from core.training.arguments import JOURNAL_FILE
from core.training.checkpoint.marker import Checkpoint, adapter_path, checkpoint_path, list_checkpoints
from core.training.checkpoint.retention import Named, delete_leftovers, remove_old_checkpoints, superfluous
from core.training.checkpoint.state import list_states
from core.training.worker import train
from tests.core.training.checkpoint.test_state import stop_at
from tests.core.training.conftest import EventRecorder
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.torch]


def made(output: Path, samples: int, validation_loss: float | None = None, extra: str | None = None) -> Path:
    """A checkpoint with a file of weights."""
    path = checkpoint_path(output, samples)
    path.mkdir(parents=True)
    (path / "model.safetensors").write_bytes(b"weights")
    record = {"samples": samples, "step": samples, "epoch": 1.0, "loss": 0.5, "validation_loss": validation_loss}
    (path / MARKER).write_text(marker_text(record, path))
    adapter = adapter_path(path)
    adapter.mkdir(parents=True)
    (adapter / "adapter_model.safetensors").write_bytes(b"adapter")
    (adapter / MARKER).write_text(marker_text({}, adapter))
    if extra:
        (path / extra).write_text("of a user")
    return path


def adapters(output: Path) -> list[str]:
    return sorted(each.name for each in (output / "adapters").iterdir())


@pytest.mark.parametrize(
    ("losses", "keep", "removed"),
    [
        ([None, None, None, None], 2, [1, 2]),
        ([0.2, 0.1, 0.3, 0.4], 1, [1, 3]),
        ([0.2, 0.1, 0.3, 0.4], 3, [1]),
        ([0.4, 0.3, 0.2, 0.1], 1, [1, 2, 3]),
        ([0.4, 0.3], 2, []),
    ],
)
def test_newest_and_best_are_kept(losses: list[float | None], keep: int, removed: list[int]) -> None:
    checkpoints = [Checkpoint(Path(f"samples_{n}"), n, n, 1.0, 0.1, loss) for n, loss in enumerate(losses, 1)]
    assert [each.samples for each in superfluous(checkpoints, keep)] == removed


def test_foreign_files_stay(tmp_path: Path) -> None:
    made(tmp_path, 1)
    made(tmp_path, 2, extra="notes.txt")
    made(tmp_path, 3)
    removed, stay = remove_old_checkpoints(tmp_path, 1)
    assert [each.samples for each in removed] == [1]
    assert adapters(tmp_path) == ["samples_2", "samples_3"]
    assert stay == {"checkpoint samples_2": "it has files that the training did not write"}
    assert [each.samples for each in list_checkpoints(tmp_path)] == [2, 3]
    assert (checkpoint_path(tmp_path, 2) / "notes.txt").read_text() == "of a user"


def test_checkpoints_of_a_journal_stay(tmp_path: Path) -> None:
    output = tmp_path / "phase1" / "checkpoints"
    for samples in (1, 11, 12):
        made(output, samples)
    (tmp_path / JOURNAL_FILE).write_text("best_checkpoint: /elsewhere/phase1/checkpoints/hf_format/samples_11\n")
    removed, stay = remove_old_checkpoints(output, 1)
    assert [each.samples for each in removed] == [1]
    assert stay == {"checkpoint samples_11": "the journal of the training in phases names it"}


def test_served_checkpoint_stays(tmp_path: Path) -> None:
    served = made(tmp_path, 1)
    made(tmp_path, 2)
    plan = ServerPlan(str(served), (), ReadyUrl(), port=1)
    registry = ServerRegistry()
    record = registry.add(os.getpid(), plan, tmp_path / "log", "serve")
    assert record is not None
    assert remove_old_checkpoints(tmp_path, 1) == ([], {"checkpoint samples_1": "it is being served"})
    registry.remove(record)
    assert [each.samples for each in remove_old_checkpoints(tmp_path, 1)[0]] == [1]


def test_what_a_kill_left_is_deleted(tmp_path: Path) -> None:
    path = made(tmp_path, 1)
    path.rename(path.with_name(".samples_1.removed"))
    for begun in (path.with_name(".samples_2.partial"), tmp_path / "full_state" / ".step_2.partial"):
        begun.mkdir(parents=True)
        (begun / "weights").write_bytes(b"half of")
    (tmp_path / "full_state" / "step_1").mkdir()
    assert list_checkpoints(tmp_path) == []
    delete_leftovers(tmp_path)
    assert list(path.parent.iterdir()) == []
    assert [each.name for each in (tmp_path / "full_state").iterdir()] == ["step_1"]
    assert Named.by_user(tmp_path).why_kept(path) == "it has files that the training did not write"


def test_adapter_that_a_user_named_stays(tmp_path: Path, own_home: Path) -> None:
    for samples in (1, 2, 3, 4, 5):
        made(tmp_path, samples)
    served, linked, written, extended = (tmp_path / "adapters" / f"samples_{number}" for number in (1, 2, 3, 4))
    plan = ServerPlan("/models/base", (), ReadyUrl(), port=1, adapters=(str(served),))
    record = ServerRegistry().add(os.getpid(), plan, tmp_path / "log", "serve")
    assert record is not None and ServerRegistry().read() == [record]
    roots = paths.current()
    roots.models_dir.mkdir(parents=True)
    (roots.models_dir / "birds").symlink_to(linked)
    roots.config_file.parent.mkdir(parents=True, exist_ok=True)
    roots.config_file.write_text(f"serve:\n  lora: [birds={written}]\n")
    (extended / "notes.txt").write_text("of a user")
    removed, stay = remove_old_checkpoints(tmp_path, 1)
    assert [each.samples for each in removed] == [1, 2, 3, 4]
    assert stay == {
        "adapter samples_1": "it is being served",
        "adapter samples_2": "a link in the models folder leads to it",
        "adapter samples_3": "the settings file names it",
        "adapter samples_4": "it has files that the training did not write",
    }
    assert adapters(tmp_path) == [f"samples_{number}" for number in (1, 2, 3, 4, 5)]


def test_training_keeps_as_many_as_asked(arguments: dict[str, Any]) -> None:
    recorder = EventRecorder()
    arguments = {**arguments, "keep_checkpoints": 1}
    result = train(arguments, recorder.reporter)
    assert [each["samples"] for each in result["checkpoints"]] == [36]
    assert result["removed"] == [12, 24]
    assert "The checkpoint samples_12 was removed: --keep-checkpoints is 1." in recorder.notes
    again = EventRecorder()
    assert train({**arguments, "keep_checkpoints": None}, again.reporter) == result
    assert again.losses == {}


def test_retention_may_change_between_attempts(arguments: dict[str, Any]) -> None:
    stop_at(arguments, 9)
    recorder = EventRecorder()
    result = train({**arguments, "keep_checkpoints": 2}, recorder.reporter)
    assert min(recorder.losses) == 10
    assert [each["samples"] for each in result["checkpoints"]] == [24, 36]


def test_too_little_space_stops_before_the_checkpoint(
    arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")

    def fill_up(step: int) -> None:
        if step == 7:
            monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage(10**9, 10**9 - 1000, 1000))

    with pytest.raises(LabtopError, match="too full to save the checkpoint and the state of step 8") as raised:
        train(arguments, EventRecorder(fill_up).reporter)
    assert raised.value.code == "disk-full" and "--keep-checkpoints" in str(raised.value.hint)
    assert [state.name for state in list_states(Path(arguments["ckpt_output_dir"]))] == ["step_4"]
    monkeypatch.undo()
    recorder = EventRecorder()
    assert len(train(arguments, recorder.reporter)["checkpoints"]) == 3
    assert min(recorder.losses) == 5


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, where tests may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a file system cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("foreseen", [True, False])
def test_full_disk_during_training_resumes_when_there_is_space(
    arguments: dict[str, Any], small_disk: Path, monkeypatch: pytest.MonkeyPatch, foreseen: bool
) -> None:
    if not foreseen:  # another program takes the space while it is written
        monkeypatch.setattr(saving.Saver, "_space_error", lambda *_arguments, **_options: None)
        monkeypatch.setattr(saving, "SMALL_BYTES", 0)
    arguments = {**arguments, "ckpt_output_dir": str(small_disk / "out")}

    def fill_up(step: int) -> None:
        if step == 7:
            wait_until(lambda: list_states(small_disk / "out"))  # written in the background, it would take space, too
            (small_disk / "other").write_bytes(bytes(shutil.disk_usage(small_disk).free - 100_000))

    with pytest.raises(LabtopError) as raised:
        train(arguments, EventRecorder(fill_up).reporter)
    assert raised.value.code == "disk-full"
    assert [state.name for state in list_states(small_disk / "out")] == ["step_4"]
    (small_disk / "other").unlink()
    recorder = EventRecorder()
    assert len(train(arguments, recorder.reporter)["checkpoints"]) == 3
    assert min(recorder.losses) == 5
