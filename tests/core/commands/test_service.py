"""The unit of a service from the options of `model serve`."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.commands.service import service_unit
from core.config.options.serve import ServeOptions
from core.errors import LabtopError, UsageError
from core.serving.names import BUILTIN_TEACHER
from core.serving.service.unit import unit_text

SECRET = "sk-not-in-the-unit"


def test_options_given_are_in_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are absolute, since a service starts in another folder; other options stay those of the settings."""
    monkeypatch.chdir(tmp_path)
    options = ServeOptions(model_path=BUILTIN_TEACHER, port=8001, host="::1", log_file=Path("server.log"))
    unit, secrets = service_unit("x", options, {"model_path", "port", "log_file"}, config_file=Path("c.yaml"))
    program, *words = unit.command
    assert program.startswith("/")
    assert words[-10:] == [
        *("--config", str(tmp_path / "c.yaml"), "model", "serve"),
        *("--model-path", BUILTIN_TEACHER, "--port", "8001", "--log-file", str(tmp_path / "server.log")),
    ]
    assert secrets == {} and unit.environment_file is None


def test_variables_of_a_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environment = {
        "LABTOP_HOME": "here",
        "LABTOP_API_KEY": SECRET,
        "LABTOP_SERVE_PORT": "8002",
        "LABTOP_SERVE_API_KEY_FILE": "key",
        "LABTOP_TRAIN_NUM_EPOCHS": "3",
        "CUDA_VISIBLE_DEVICES": "1",
        "HF_TOKEN": SECRET,
        "VLLM_API_KEY": SECRET,
        "VLLM_CPU_KVCACHE_SPACE": "4",
    }
    options = ServeOptions(model_path=BUILTIN_TEACHER)
    unit, secrets = service_unit("x", options, {"model_path"}, environment=environment)
    assert dict(unit.environment) == {
        "CUDA_VISIBLE_DEVICES": "1",
        "LABTOP_HOME": str(tmp_path / "here"),
        "LABTOP_SERVE_API_KEY_FILE": str(tmp_path / "key"),
        "LABTOP_SERVE_PORT": "8002",
        "VLLM_CPU_KVCACHE_SPACE": "4",
    }
    assert secrets == {"LABTOP_API_KEY": SECRET}
    assert SECRET not in unit_text(unit) and unit.environment_file is not None


def test_options_that_a_service_cannot_have() -> None:
    options = ServeOptions(model_path=BUILTIN_TEACHER, detached=True)
    with pytest.raises(UsageError, match="--detached cannot be used for a service"):
        service_unit("x", options, {"model_path", "detached"})
    with pytest.raises(UsageError, match="Arguments after -- are for vLLM"):
        service_unit("x", ServeOptions(model_path=BUILTIN_TEACHER), {"model_path"}, extra=("--seed", "1"))
    with pytest.raises(LabtopError, match="no model nowhere"):
        service_unit("x", ServeOptions(model_path="nowhere"), {"model_path"})
