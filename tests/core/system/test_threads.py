from __future__ import annotations

import pytest

from core.system.threads import choose_threads, threads_here

M, G = 1_000_000, 1_000_000_000


@pytest.mark.parametrize(
    ("parameters", "tokens", "cores", "limit", "expected"),
    [
        (800_000, 5000, 16, None, 1),  # a tiny model, however much is read at once
        (270 * M, 1, 2, None, 1),  # one stream: measured 6 tokens/s with one thread, 2 with two
        (270 * M, 4, 2, None, 1),  # 14 and 8
        (270 * M, 16, 2, None, 2),  # 36 and 45
        (7 * G, 1, 32, None, 7),
        (7 * G, 4096, 16, None, 16),
        (7 * G, 4096, 16, "4", 4),
        (7 * G, 4096, 2, "4", 2),
        (800_000, 4096, 16, "4", 1),
        (7 * G, 4096, 8, "many", 8),
        (7 * G, 4096, 8, "0", 8),
        (7 * G, 0, 0, None, 1),
    ],
)
def test_choose_threads(parameters: int, tokens: int, cores: int, limit: str | None, expected: int) -> None:
    assert choose_threads(parameters, tokens, cores, limit) == expected


def test_threads_here_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.system.threads.usable_cores", lambda: 8)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert threads_here(7 * G, 4096) == 3
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert threads_here(7 * G, 4096) == 8
