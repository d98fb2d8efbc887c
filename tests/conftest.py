"""Keeps the developer's machine out of the tests."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, settings

from core.jobs.processes import end_processes, wait_gone

pytest_plugins = ["tests.served"]

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: each core has a worker already

for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:  # started with & or nohup, and all that tests start would ignore it
        signal.signal(number, lambda *_: None)

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")  # no test asserts a time


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--torch", choices=("with", "without", "only"), default="with", help="Files marked torch.")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Decide from the text, because importing such a file loads torch."""
    choice = config.getoption("--torch")
    if choice == "with" or not collection_path.match("test_*.py"):
        return None
    text = collection_path.read_text(encoding="utf-8")
    slow = "[pytest.mark.slow, pytest.mark.torch]" in text and config.option.markexpr == "not slow"
    return True if slow or ("pytest.mark.torch" in text) == (choice == "without") else None


def pytest_collection_finish(session: pytest.Session) -> None:
    if session.config.getoption("--torch") == "without" and "torch" in sys.modules:
        raise pytest.UsageError("A file of tests loads torch but is not marked: pytestmark = pytest.mark.torch")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Every folder that the program uses is in a temporary one, and no process may be left at the end."""
    home = tmp_path_factory.mktemp("home")
    for name in (
        "LABTOP_JOB",
        "LABTOP_API_KEY",
        "LABTOP_JUDGE_API_KEY",
        "LABTOP_TLS_CLIENT_PASSWD",
        "OPENAI_API_KEY",
        "SSH_CONNECTION",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.delenv(f"XDG_{name}_HOME", raising=False)
    for name, value in {
        "HOME": str(home),
        "LABTOP_HOME": str(home / "labtop"),
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "TEXTUAL_ANIMATIONS": "none",
    }.items():
        monkeypatch.setenv(name, value)
    (home / "gitconfig").write_text("[user]\nname = Tester\nemail = tester@example.org\n[init]\ndefaultBranch = main\n")
    yield home
    if {each.name for each in home.iterdir()} <= {"gitconfig"}:
        return  # no job was started; looking through all processes takes longer than many a test
    ours = [process for process in psutil.process_iter() if _belongs_to(process, home)]
    left = wait_gone(ours, 60)  # a runner that has reported its end may still be exiting
    names = [" ".join(process.cmdline()) for process in left]
    end_processes(left, 0)
    assert not names, f"processes are still running: {names}"


@pytest.fixture
def locks() -> Iterator[list[int]]:
    """The locks of jobs that count as running until the test ends."""
    held: list[int] = []
    yield held
    for lock in held:
        os.close(lock)


def _belongs_to(process: psutil.Process, home: Path) -> bool:
    try:
        return process.environ().get("LABTOP_JOB", "").startswith(f"{home}/")
    except (psutil.Error, OSError):
        return False
