"""The picture of the Models pane in docs/workbench.md. `make pictures` writes it."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core import paths
from core.jobs.spec import new_spec
from core.models.download.place import Place
from core.models.fit import MachineMemory
from core.serving.argv import embedded_plan
from core.serving.registry import ServerRegistry
from tests.core.jobs.written import write_job
from tests.core.models.download.hub import write_model
from tests.core.overview.jobs import FakeJob
from tests.tui.test_readme import SIZE, shown_in_readme
from tui.app import Workbench

pytestmark = pytest.mark.slow

GB = 10**9
MADE = 1_790_000_000.0
"""Seconds since 1970."""


def large_model(folder: Path, size: int) -> Path:
    """A model whose weights are a hole in their file."""
    write_model(folder, 4)
    (folder / "pytorch_model.bin").unlink()
    header = json.dumps({"w": {"dtype": "BF16", "shape": [size // 2], "data_offsets": [0, size]}}).encode()
    weights = folder / "model.safetensors"
    weights.write_bytes(struct.pack("<Q", len(header)) + header)
    os.truncate(weights, 8 + len(header) + size)
    return folder


@pytest.fixture
def server(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A server of the best checkpoint, on a machine with two GPUs and some models."""
    monkeypatch.setenv("LABTOP_HOME", str(short_path))
    monkeypatch.setattr(
        "core.overview.models.read_machine_memory", lambda: MachineMemory((80 * 2**30,) * 2, 512 * 2**30)
    )
    roots = paths.current()
    base = large_model(roots.models_dir / "granite-7b-starter", 13 * GB)
    large_model(roots.models_dir / "granite-7b-redhat-lab", 13 * GB)
    made = [large_model(roots.phased_dir / f"phase2/checkpoints/hf_format/samples_{n}", 13 * GB) for n in (2246, 4492)]
    for name in ("skills-adapter-v3", "knowledge-adapter-v3"):
        (roots.models_dir / name).mkdir()
        (roots.models_dir / name / "adapter_config.json").write_text("{}")
        (roots.models_dir / name / "adapter_model.safetensors").touch()
        os.truncate(roots.models_dir / name / "adapter_model.safetensors", GB // 3)
    for path in [*roots.cache_dir.rglob("*"), *roots.data_dir.rglob("*")]:
        os.utime(path, (MADE, MADE))
    result = {"best": str(made[1]), "score": 0.81, "stderr": 0.02, "n": 240}
    phases = {"phases": {"model_path": str(base)}}
    FakeJob("train", 9_000, phases).stage("train.phase1").end(result=result).write("train-k3f9x")
    with subprocess.Popen(["sleep", "600"]) as process:
        plan = replace(embedded_plan(str(made[1])), backend="vllm", devices=("0",))
        registry = ServerRegistry()
        record = registry.add(process.pid, plan, Path("/log"), "serve")
        assert record is not None
        registry.set_ready(replace(record, parent_ticks=1), "http://127.0.0.1:8000/v1", ["samples_4492"])
        yield short_path
        process.kill()


def running_download() -> int:
    """A download that is two thirds done; its lock is returned."""
    name = "mixtral-8x7B-instruct-v0-1"
    begun = Place.of(paths.current().models_dir, name).layout
    begun.mkdir(parents=True)
    (begun / "blob").touch()
    os.truncate(begun / "blob", 62 * GB)
    stages = [
        {"id": f"{step}.{name}", "title": f"{step.capitalize()} {name}", "unit": "MB", "expected_seconds": seconds}
        for step, seconds in (("download", 870.0), ("verify", 110.0))
    ]
    job = FakeJob("download", 142, {"sources": [], "models_dir": "/m"})
    job.add("plan", stages=[{**stage, "amount": 87_000.0} for stage in stages]).start(f"download.{name}")
    for second in range(1, 141):
        done = 442.0 * second
        progress = {"done": done, "total": 87_000.0, "unit": "MB", "rate": 442.0, "seconds_left": 197 - second}
        job.add("progress", f"download.{name}", **progress)
    spec = new_spec("download", "none:none", job.options, title="Download mixtral-8x7B")
    return write_job(replace(spec, id="download-q7w2e", created=time.time() - 142), job.events, 142).take_lock()


async def test_pictures_of_models(server: Path) -> None:
    lock = running_download()
    app = Workbench()
    try:
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("7")
            words = ("samples_4492", "vllm GPU 0", "61,880/87,000 MB", "fits 2 GPUs", "81.0%")
            shown_as = (str(server), "/home/le/labtop")
            await shown_in_readme(app, "models", *words, page="docs/workbench.md", shown_as=shown_as)
    finally:
        os.close(lock)
