"""Which model is served when none is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core import paths
from core.commands.default_model import default_model
from core.commands.serve import served_model
from core.config.options.serve import ServeOptions
from core.errors import LabtopError
from core.serving.argv import embedded_plan
from core.serving.registry import ServerRegistry
from tests.core.commands.models import make_student
from tests.core.overview.jobs import FakeJob, model_folder


def test_default_model_is_the_documents_then_the_newest_trained_one(tmp_path: Path) -> None:
    with pytest.raises(LabtopError) as caught:
        default_model()
    assert "labtop model download --repository granite-3.1-8b-lab-v2.1" in (caught.value.hint or "")

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


def test_serve_notes_a_server_that_serves_the_model_already() -> None:
    folder = make_student()
    record = ServerRegistry().add(os.getpid(), embedded_plan(folder), Path("/log"), "serve")
    assert record is not None
    notes: list[str] = []
    assert served_model(ServeOptions(model_path="tiny-1.0"), notes.append) == str(folder)
    assert notes == [], "it is not ready"
    ServerRegistry().set_ready(record, "http://127.0.0.1:8055/v1", ["Tiny-1.0"])
    served_model(ServeOptions(model_path="tiny-1.0"), notes.append)
    assert "http://127.0.0.1:8055/v1" in notes[0]
