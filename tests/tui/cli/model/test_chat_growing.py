"""An answer that is drawn while it grows: what remains on the terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tui.cli.model.chat.growing import MAX_CHARACTERS, MAX_LINES, GrowingAnswer

SAMPLES = {
    "blocks": "# Title\n\nSome *text*\nwith `code`.\n\nA [link](http://x/).\n\n---\n\n> quoted\n> twice\n\nEnd.",
    "lists": "Before:\n- one\n- two\n\n  with a paragraph\n- three\n\n1. first\n2. second\n\nAfter.",
    "code": "Look:\n\n```python\ndef f():\n\n    return '''\n# no title\n'''\n```\n\nAnd\n\n~~~\n- no list\n~~~\nend",
    "table": "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\nDone.",
    "unclosed": "```\nx = 1\n\ny = 2",
    "wide": "日本語" * 40 + "\n\n" + "word " * 60,
}


def remaining(pieces: list[str], width: int = 60, figures: tuple[str, ...] = ()) -> list[str]:
    """The lines that are left after drawing the pieces in turn. Without a terminal only these are written."""
    file = io.StringIO()
    answer = GrowingAnswer(Console(file=file, width=width, height=12, force_terminal=False), "model")
    answer.start()
    for piece in pieces:
        answer.add(piece)
        answer.draw()
    answer.finish(figures)
    return file.getvalue().splitlines()


@pytest.mark.parametrize("name", SAMPLES)
def test_answer_looks_the_same_however_it_arrived(name: str) -> None:
    text = SAMPLES[name]
    whole = remaining([text])
    assert whole[0].startswith("╭─ model ─") and whole[-1].startswith("╰─")
    assert all(line[0] + line[-1] == "││" for line in whole[1:-1])
    assert remaining(list(text)) == whole
    assert remaining([text[: len(text) // 2], text[len(text) // 2 :]]) == whole


def test_figures_that_do_not_fit_are_left_out() -> None:
    figures = ("elapsed 1.000 seconds", "20 tokens", "19.0 tokens/s")
    assert "elapsed 1.000 seconds · 20 tokens · 19.0 tokens/s" in remaining(["Hi"], 60, figures)[-1]
    assert remaining(["Hi"], 40, figures)[-1] == "╰── elapsed 1.000 seconds · 20 tokens ─╯"
    assert remaining(["Hi"], 20, figures)[-1] == "╰" + "─" * 18 + "╯"
    assert remaining([], 60, figures) == []


@pytest.mark.parametrize("text", ["x" * (MAX_CHARACTERS + 1), "- a\n" * (MAX_LINES + 1)], ids=["line", "lines"])
def test_huge_block_is_plain_text(text: str) -> None:
    lines = remaining([text])
    shown = "".join(line[2:-2].rstrip() for line in lines[1:-1])
    assert shown == text.replace("\n", "")
