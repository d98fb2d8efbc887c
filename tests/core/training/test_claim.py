"""Whose an output folder is, when taking it over is interrupted."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.files import back_up
from core.training import claim as module
from core.training.claim import WRITTEN, claim
from tests.core.training.conftest import EventRecorder

pytestmark = [pytest.mark.slow, pytest.mark.torch]

OURS, OTHERS = "a" * 64, "b" * 64


def write(output: Path, text: str) -> None:
    for name in WRITTEN:
        (output / name).mkdir(parents=True)
        (output / name / "file").write_text(text)


def contents(output: Path) -> set[str]:
    return {(output / name / "file").read_text() for name in WRITTEN}


def taken_over(output: Path, identity: str) -> None:
    claim(output, identity, [], EventRecorder().reporter)


def stop_at(call: int, monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> None:
    """Interrupt a function at one of its calls, as a kill does."""
    calls = 0
    original = getattr(owner, name)

    def counted(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(owner, name, counted)


@pytest.mark.parametrize("call", [1, 2, 4])
def test_killed_back_up_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int) -> None:
    taken_over(tmp_path, OURS)
    write(tmp_path, "ours")
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        stop_at(call, patched, module, back_up.__name__)
        taken_over(tmp_path, OTHERS)
    taken_over(tmp_path, OTHERS)
    write(tmp_path, "others")
    taken_over(tmp_path, OURS)
    assert contents(tmp_path) == {"ours"}


@pytest.mark.parametrize("call", [1, 2, 4])
def test_killed_restoring_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int) -> None:
    taken_over(tmp_path, OURS)
    write(tmp_path, "ours")
    taken_over(tmp_path, OTHERS)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        stop_at(call, patched, Path, "rename")
        taken_over(tmp_path, OURS)
    taken_over(tmp_path, OURS)
    assert contents(tmp_path) == {"ours"}
