"""Markdown that grows: the same lines as when it is read at once, for any text."""

from __future__ import annotations

import pytest
from textual.content import Content
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions

from widgets.chat.growing_markdown import MAX_TAIL, GrowingMarkdown
from widgets.chat.markdown_pieces import Block, Signs, read_blocks

DOCUMENT = """\
# Purring

Cats **purr** when they *breathe*: see [a page](http://a.example/x) or <http://b.example>.

- comfort, with a sentence that is too long for one line
- hunger
  1. loud
  2. soft

> quoted
> - listed

```python
def purr():
    return "r"
```

| sound | what it means to a person |
|---|---|
| `25 Hz` | content |

---
1. loose

   again
2. <b>html</b> ![alt](http://c.example)
"""

LINES = """\
Purring

Cats purr when they breathe: see a page
(http://a.example/x) or
http://b.example.

• comfort, with a sentence that is too
  long for one line
• hunger
  1. loud
  2. soft

▌ quoted
▌
▌ • listed

  def purr():
      return "r"

sound  what it means to a person
-----  -------------------------
25 Hz  content

----------------------------------------

1. loose

   again

2. <b>html</b> [alt] (http://c.example)"""


def draw(content: Content, width: int) -> list[Strip]:
    return content.render_strips(width, None, Style(), RenderOptions(lambda _: Style(), {}))


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of the texts that are parsed."""
    lengths: list[int] = []

    def counted(text: str, signs: Signs) -> list[Block]:
        lengths.append(len(text))
        return read_blocks(text, signs)

    monkeypatch.setattr("widgets.chat.growing_markdown.read_blocks", counted)
    return lengths


def lines(document: GrowingMarkdown, width: int = 40) -> str:
    return "\n".join(strip.text.rstrip() for strip in document.strips(width, draw))


@pytest.mark.parametrize("step", [1, 7, len(DOCUMENT)])
def test_markdown_is_the_same_in_pieces(step: int) -> None:
    document = GrowingMarkdown(Signs())
    for at in range(0, len(DOCUMENT), step):
        document.append(DOCUMENT[at : at + step])
        document.strips(40, draw)
    assert lines(document) == LINES


def test_markdown_is_drawn_again_for_another_width() -> None:
    document = GrowingMarkdown(Signs(), indent=2)
    document.append("one two three\n\nfour")
    assert lines(document) == "  one two three\n\n  four"
    assert lines(document, 9) == "  one two\n  three\n\n  four"


def test_markdown_parses_only_the_last_block_again(parsed: list[int]) -> None:
    document = GrowingMarkdown(Signs())
    for _ in range(200):
        document.append("A paragraph of some words.\n\n")
        document.strips(40, draw)
    assert max(parsed) < 100


@pytest.mark.parametrize(
    "text", ["a" * 50_000, "[" * 30_000, "- a\n" * 9_000, "> " * 20_000, "|a" * 9_000, "`" * 30_000]
)
def test_markdown_of_any_length_is_parsed_in_parts(text: str, parsed: list[int]) -> None:
    document = GrowingMarkdown(Signs())
    document.append(text)
    shown = lines(document)
    assert max(parsed) <= MAX_TAIL
    assert shown.count("a") == text.count("a")


def test_markdown_code_that_is_divided_stays_code() -> None:
    document = GrowingMarkdown(Signs())
    document.append("```\n" + "# not a heading\n" * 2_000 + "```\n\nend")
    shown = lines(document).splitlines()
    assert shown.count("  # not a heading") == 2_000
    assert shown[-1] == "end"
