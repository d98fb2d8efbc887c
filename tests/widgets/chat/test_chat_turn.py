"""The line of figures below a reply."""

from __future__ import annotations

import pytest

from widgets.chat.chat_turn import figures_text


@pytest.mark.parametrize(
    ("seconds", "tokens", "rate", "ended", "text"),
    [
        (0.31, 0, None, "", "0.3 s"),
        (0.31, 1, None, "", "0.3 s, 1 token"),
        (75.0, 1200, 16.2, "stopped", "1:15, 1,200 tokens, 16 tokens/s, stopped"),
        (2.0, 5, 2.5, "", "2.0 s, 5 tokens, 2.5 tokens/s"),
    ],
)
def test_figures_text(seconds: float, tokens: int, rate: float | None, ended: str, text: str) -> None:
    assert figures_text(seconds, tokens, rate, ended) == text
