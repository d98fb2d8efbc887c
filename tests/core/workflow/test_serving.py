"""The serve stage starts a real job of its own, which outlives the run."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.options.train import TrainingOptions
from core.errors import LabtopError
from core.jobs.control import cancel
from core.jobs.folder import JobStore
from core.jobs.observe import ENDED, observe
from core.jobs.spec import new_spec
from core.sdg.options import GenerateSource
from core.serving.arguments import ServeJob
from core.serving.client import list_models
from core.serving.listening import free_port
from core.workflow.engine import Results
from core.workflow.options import ServeOptions, WorkflowOptions
from core.workflow.serving import serve_stage
from tests.core.workflow.context import InProcess

pytestmark = pytest.mark.slow


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield int(taken.getsockname()[1])


def options(student: Path, port: int = 0) -> WorkflowOptions:
    source = GenerateSource(model="builtin:extractive")
    serve = ServeOptions(port=port)
    training = TrainingOptions()
    return WorkflowOptions(
        folder=Path("/unused"), generate=source, phase1=training, phase2=training, student=str(student), serve=serve
    )


def test_server_gets_a_free_port_and_is_used_again(student: Path, busy_port: int) -> None:
    trained: Results = {"train": {"best": str(student)}}
    context = InProcess()
    stage = serve_stage(context, options(student, busy_port))
    try:
        first = stage.run(trained, 0)
        assert list_models(first["url"]) == [first["model"], str(student)]
        assert f"Port {busy_port} is in use" in context.recorder.notes
        assert stage.run(trained, 0) == first
        jobs = [job for job in JobStore().list() if job.spec.kind == "serve"]
        assert [job.id for job in jobs] == [first["job"]]
        assert first["stop"] == f"labtop process cancel {first['job']}"
    finally:
        for job in JobStore().list():
            cancel(job, now=True)


def test_job_whose_launch_was_killed_is_not_used_again(student: Path) -> None:
    """Between its folder and its runner, a new job is queued without anything that will ever start it."""
    work = ServeJob(model=str(student), host="127.0.0.1", port=free_port("127.0.0.1", 0))
    never_started = JobStore().create(new_spec("serve", "core.serving.job:run", work.to_data(), title="Serve"))
    try:
        served = serve_stage(InProcess(), options(student)).run({"train": {"best": str(student)}}, 0)
        assert served["job"] != never_started.id
        assert list_models(served["url"])
    finally:
        for job in JobStore().list():
            cancel(job, now=True)


def test_model_that_cannot_be_served_is_an_error_and_leaves_no_server(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama"}))
    with pytest.raises(LabtopError, match="tokenizer"):
        serve_stage(InProcess(), options(tmp_path)).run({"train": {"best": str(tmp_path)}}, 0)
    assert all(observe(job).status in ENDED for job in JobStore().list())


def test_free_port_prefers_the_wanted_one(busy_port: int) -> None:
    assert free_port("127.0.0.1", busy_port) not in (0, busy_port)
    free = free_port("127.0.0.1", 0)
    assert free_port("127.0.0.1", free) == free
