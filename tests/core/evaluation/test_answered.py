"""The cache of answered questions, also after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.evaluation.answered import AnswerCache, answer_key
from core.jobs.processes import child_environment

ROOT = Path(__file__).parents[3]

KILLED = """
import os, signal, sys
from pathlib import Path
from core.evaluation.answered import AnswerCache
with AnswerCache(Path(sys.argv[1]), b"m" * 32) as cache:
    for number in range(50):
        cache.add(f"key {number}", {"score": number})
    cache._stream.write(b'["key 50", {"sc')
    cache._stream.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_answers_survive_a_kill_and_an_incomplete_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], env=child_environment({"PYTHONPATH": str(ROOT)}), timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    with AnswerCache(tmp_path, b"m" * 32) as cache:
        assert len(cache) == 50
        assert cache.get("key 49") == {"score": 49}
        assert cache.get("key 50") is None
        cache.add("key 50", "ü")
    with AnswerCache(tmp_path, b"m" * 32) as cache:
        assert (len(cache), cache.get("key 50")) == (51, "ü")


def test_models_and_parameters_have_answers_of_their_own(tmp_path: Path) -> None:
    with AnswerCache(tmp_path, b"1" * 32) as cache:
        cache.add(answer_key("How many?", {"temperature": 0}), [1.5, None])
    with AnswerCache(tmp_path, b"1" * 32) as cache, AnswerCache(tmp_path, "an endpoint") as other:
        assert cache.get(answer_key("How many?", {"temperature": 0})) == [1.5, None]
        assert cache.get(answer_key("How many?", {"temperature": 1})) is None
        assert len(other) == 0


def test_two_writers_keep_each_others_lines(tmp_path: Path) -> None:
    with AnswerCache(tmp_path, "m") as one, AnswerCache(tmp_path, "m") as other:
        for number in range(20):
            one.add(f"a{number}", "x" * 10_000)
            other.add(f"b{number}", "y" * 10_000)
    with AnswerCache(tmp_path, "m") as cache:
        assert len(cache) == 40


def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    with AnswerCache(tmp_path, "m") as cache:
        cache._stream.close()
        cache._stream = Path("/dev/full").open("ab+", buffering=0)  # type: ignore[assignment]  # noqa: SIM115
        with pytest.raises(LabtopError, match="disk is full"):
            cache.add("key", 1)
        assert cache.get("key") is None
        cache._stream.close()
        cache._stream = cache.file.open("ab+")  # closed at the end of the block


def test_a_file_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("")
    with pytest.raises(LabtopError, match="opening"), AnswerCache(tmp_path / "answers", "m"):
        pass
