"""Activation checkpointing: chosen by the memory, without a change of the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.system.host import Memory
from core.training.worker import train
from tests.core.training.conftest import EventRecorder

pytestmark = [pytest.mark.slow, pytest.mark.torch]

NOTE = "Activations are computed again in the backward pass"


def trained(arguments: dict[str, Any], folder: Path, **options: Any) -> EventRecorder:
    recorder = EventRecorder()
    train({**arguments, "ckpt_output_dir": str(folder), **options}, recorder.reporter)
    return recorder


def test_losses_are_the_same_with_and_without(arguments: dict[str, Any], tmp_path: Path) -> None:
    off = trained(arguments, tmp_path / "off", activation_checkpointing="off")
    on = trained(arguments, tmp_path / "on", activation_checkpointing="on")
    assert on.losses == off.losses
    assert NOTE in on.notes and NOTE not in off.notes


def test_auto_depends_on_the_memory(arguments: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert NOTE not in trained(arguments, tmp_path / "much").notes
    monkeypatch.setattr("core.training.engine.memory.read_memory", lambda: Memory(150_000_000, 150_000_000, 0, 0))
    assert NOTE in trained(arguments, tmp_path / "little").notes
