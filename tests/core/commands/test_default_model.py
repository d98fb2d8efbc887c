"""Which model is served when none is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import paths
from core.commands.default_model import default_model
from core.errors import LabtopError
from tests.core.overview.jobs import FakeJob, model_folder


def test_default_model_is_the_documents_then_the_newest_trained_one(tmp_path: Path) -> None:
    with pytest.raises(LabtopError) as caught:
        default_model()
    assert "labtop model download granite-3.1-8b-lab-v2.1" in (caught.value.hint or "")

    best = str(model_folder(tmp_path / "phased/phase2/checkpoints/hf_format/samples_10"))
    job = FakeJob("train", 60, {}).stage("train").end(result={"best": best, "score": 0.5, "stderr": 0.1, "n": 9})
    job.write()
    assert default_model().path == best
    assert "newest training" in default_model().why

    older = model_folder(paths.current().models_dir / "Granite-7B-redhat-lab")
    assert default_model().path == str(older)
    newer = model_folder(paths.current().models_dir / "granite-3.1-8b-lab-v2.1")
    assert default_model().path == str(newer)
    assert "release 1.5" in default_model().why
