"""What labtop's processes are called."""

from __future__ import annotations

import pytest

from core.monitor.roles import Role, role_of, stage_words

JOB = {"LABTOP_JOB": "/home/lena/jobs/train-k3f9x"}
PYTHON = "/usr/bin/python3.11"


@pytest.mark.parametrize(
    ("argv", "environment", "role"),
    [
        ([PYTHON, "-m", "core.jobs.runner", "/jobs/train-k3f9x", "3"], JOB, Role("runner", "runner")),
        ([PYTHON, "-m", "core.jobs.workers.process", "/jobs/t", "2"], JOB, Role("worker", "worker 2", 2)),
        (
            [PYTHON, "-u", "-m", "core.jobs.workers.process", "/jobs/t", "0", "--distributed"],
            {**JOB, "RANK": "5"},
            Role("worker", "worker 0, rank 5", 0),
        ),
        ([PYTHON, "-m", "core.jobs.workers.torchrun", "/j", "0", "0"], JOB, Role("agent", "torchrun of worker 0")),
        (
            [PYTHON, "-m", "core.serving.embedded", "--model-path", "/m/samples_44", "--port", "8055"],
            {},
            Role("server", "server samples_44 :8055"),
        ),
        (
            [PYTHON, "-m", "core.serving.tied", PYTHON, "-m", "vllm.entrypoints.cli.main", "--model=/m/granite"],
            JOB,
            Role("server", "vLLM server granite"),
        ),
        (
            [PYTHON, "-m", "core.quickstart.extractive", "--host", "127.0.0.1", "--port", "0"],
            JOB,
            Role("server", "rule-based teacher"),
        ),
        ([PYTHON, "/venv/bin/labtop"], {}, Role("workbench", "workbench")),
        (
            [PYTHON, "/venv/bin/labtop", "--config", "mine.yaml", "--theme", "light", "--ascii"],
            {},
            Role("workbench", "workbench"),
        ),
        (["labtop", "-v", "model", "serve", "--port", "8000"], {}, Role("command", "labtop model serve")),
        ([PYTHON, "-m", "tui.cli.main", "lint", "/some/file"], {}, Role("command", "labtop lint")),
        (["/usr/bin/git", "gc"], JOB, Role("other", "git")),
        (["/usr/bin/git", "gc"], {}, None),
        ([PYTHON, "train.py", "-m", "core.jobs.runner"], {}, None),
        (["tail", "-f", "labtop"], {}, None),
        ([], JOB, None),
    ],
)
def test_role_of_a_command_line(argv: list[str], environment: dict[str, str], role: Role | None) -> None:
    assert role_of(argv, environment) == role


def test_stage_in_words() -> None:
    assert [stage_words(stage) for stage in ("train.phase2", "train", "evaluate.choices")] == [
        "train phase 2",
        "train",
        "evaluate choices",
    ]
