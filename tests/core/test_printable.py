"""What may reach a terminal."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from core.errors import LabtopError
from core.printable import printable, printable_lines

JOINERS = "\u200c\u200d"
VISIBLE = {"\u0600", "\u0601", "\u0602", "\u0603", "\u0604", "\u0605", "\u06dd", "\u070f", "\u0890", "\u0891", "\u08e2"}
VISIBLE |= {"\U000110bd", "\U000110cd"}
"""Signs that are written before numbers in Arabic, Syriac and Kaithi: format characters by name, but they show."""


def test_every_control_and_format_character_is_escaped() -> None:
    for code in range(sys.maxunicode + 1):
        sign = chr(code)
        if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") and sign not in VISIBLE | set(JOINERS):
            assert printable(sign) != sign, hex(code)


@pytest.mark.parametrize("text", ["plain", "naïve café", "👩\u200d👧", "می\u200cخواهم", "a\u00a0b", "日本", "\ue0b0"])
def test_ordinary_text_stays(text: str) -> None:
    assert printable(text) == text


def test_escapes_name_the_character() -> None:
    assert printable("a\x1b[2Jb\u202e\n") == "a\\u001b[2Jb\\u202e\\u000a"
    assert printable_lines("a\tb\n\x9b\r") == "a\tb\n\\u009b\\u000d"
    assert printable("\U000e0041") == "\\U000e0041"


def test_errors_are_escaped() -> None:
    error = LabtopError("no model \u202egpt\x1b]0;x\x07\nsecond line", "see \u2066here")
    assert error.message == "no model \\u202egpt\\u001b]0;x\\u0007\nsecond line"
    assert error.hint == "see \\u2066here"
