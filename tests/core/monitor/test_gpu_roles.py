"""The GPU plan of teacher, student and judge."""

from __future__ import annotations

import json
from pathlib import Path

from core import paths
from core.config.options.generate import GenerateOptions
from core.config.settings import Settings
from core.monitor.gpu_roles import plan_roles
from core.system.gpu import Gpu, GpuProcess, GpuReading
from tui.cli.system import gpu_plan_rows

GIB = 2**30


def gpus(count: int, used: int = 1) -> GpuReading:
    state = (80 * GIB, used * GIB, 0.0, 30, 70.0, 700.0)
    process = GpuProcess(2**30, used * GIB)  # no process has such an id
    return GpuReading(tuple(Gpu(at, "H100", f"GPU-{at}", *state, (process,) if at == 0 else ()) for at in range(count)))


def make_model(name: str) -> Path:
    folder = paths.current().models_dir / name
    folder.mkdir(parents=True)
    config = {"model_type": "granite", "num_attention_heads": 32, "num_key_value_heads": 8}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    return folder


def test_plan_roles() -> None:
    settings = Settings()
    assert plan_roles(settings, gpus(4), {}) is None, "no model is here"
    for name in ("mixtral-8x7B-instruct-v0-1", "prometheus-8x7b-v2.0", "granite-7b-starter"):
        make_model(name)
    plan = plan_roles(settings, gpus(4), {})
    assert plan is not None
    assert {each.need.role: each.need.name for each in plan.assignments} == {
        "teacher": "mixtral-8x7B-instruct-v0-1",
        "student": "granite-7b-starter",
        "judge": "prometheus-8x7b-v2.0",
    }
    assert len({each.ids for each in plan.assignments}) == 3
    rows = dict(gpu_plan_rows(plan.to_data()))
    assert rows["teacher"].startswith("mixtral-8x7B-instruct-v0-1 (teacher) on GPU ")
    assert rows["in use"].startswith("GPU 0 is also used by a process outside this container")
    assert plan_roles(settings, gpus(4), {"CUDA_VISIBLE_DEVICES": ""}) is None

    full = plan_roles(settings, gpus(1, used=79), {})
    assert full is not None
    assert "does not fit" in (full.problem or "")
    away = Settings(generate=GenerateOptions(endpoint_url=("http://127.0.0.1:9/v1",)))
    elsewhere = plan_roles(away, gpus(4), {})
    assert elsewhere is not None
    assert [each.need.role for each in elsewhere.assignments] == ["student", "judge"]
