from __future__ import annotations

import pytest

from core.training.prepare.progress import TokenisingProgress


def test_sentences_say_what_is_left_and_become_rarer(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 0.0
    monkeypatch.setattr("core.training.prepare.progress.time.monotonic", lambda: seconds)
    sentences: list[str] = []
    counter = TokenisingProgress(100_000, sentences.append)
    for _ in range(100):
        seconds += 1.0
        counter.advance(1_000)
    assert sentences[0] == "Tokenised 2,000 of 100,000 samples, 1:38 left."
    assert len(sentences) == 6


def test_short_preparation_is_silent() -> None:
    sentences: list[str] = []
    TokenisingProgress(10, sentences.append).advance(10)
    assert sentences == []
