from __future__ import annotations

import pytest

from core.chat.cleaning import ReplyCleaner

SENT = (
    "a\x1b[31mred\x1b[0m\x1b]0;title\x07 b\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ c\r\nd\x9b2J"
    "\x1b(Be\x07\x08\tf\x1bPq\x1b\\🙂\x7f"
)
SHOWN = "ared blink c\nde\tf🙂"


def cleaned(*pieces: str) -> str:
    cleaner = ReplyCleaner()
    return "".join(map(cleaner.take, pieces)) + cleaner.finish()


def test_escape_sequences_are_removed_wherever_the_pieces_end() -> None:
    assert cleaned(SENT) == cleaned(*SENT) == SHOWN
    for place in range(len(SENT)):
        assert cleaned(SENT[:place], SENT[place:]) == SHOWN


@pytest.mark.parametrize("start", ["\x1b]", "\x9d", "\x1b[", "\x1b[1", "\x1b", "\r", "\x1b "])
def test_unfinished_sequences_hold_little_text_back(start: str) -> None:
    assert "end" in cleaned(start * 100_000, "x" * 10_000, "end")
    cleaner = ReplyCleaner()
    assert "later" in cleaner.take(start) + cleaner.take("y" * 5000) + cleaner.take("later")
