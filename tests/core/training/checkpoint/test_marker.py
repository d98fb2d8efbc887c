"""Checkpoints on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.models.contents import MARKER
from core.training.checkpoint.marker import Checkpoint, checkpoint_path, list_checkpoints

pytestmark = pytest.mark.torch


def test_marker_of_a_newer_version_is_read(tmp_path: Path) -> None:
    path = checkpoint_path(tmp_path, 8)
    path.mkdir(parents=True)
    record = {"samples": 8, "step": 2, "epoch": 1.0, "loss": 0.5}
    (path / MARKER).write_text(json.dumps({**record, "perplexity": 1.6, "path": "/elsewhere"}))
    assert list_checkpoints(tmp_path) == [Checkpoint(path, 8, 2, 1.0, 0.5)]
