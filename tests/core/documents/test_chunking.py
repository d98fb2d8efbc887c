"""Cutting Markdown into chunks."""

from __future__ import annotations

from functools import partial

import pytest

from core.documents.chunking import chunk_document
from core.tokens import count_tokens
from tests.counted import with_calls

MOST_CALLS = 5_000_000
"""Of functions, for a document of 200 KB."""

TEXT = """\
---
layout: page
---
Preface of [two words](Two_(words) "wikilink") and
a second line.

The Title
=========

Intro with *emphasis*.

## Part one ##

- item one
- item two
  with more

  and more

1. numbered

### Detail

| a | b |
|---|---|
| 1 | [x](y "wikilink") |

```python
# not a heading

[kept](as "it is")
```

***

## Part two

Second part.
"""


def test_chunk_keeps_blocks_below_their_headings() -> None:
    (chunk,) = chunk_document("doc.md", TEXT)
    assert chunk.title == "The Title"
    assert chunk.text == (
        "Preface of two words and a second line.\n\n"
        "# The Title\n\nIntro with *emphasis*.\n\n"
        "## Part one\n\n- item one\n- item two\n  with more\n\n  and more\n\n1. numbered\n\n"
        "### Detail\n\n| a | b |\n|---|---|\n| 1 | x |\n\n"
        '```python\n# not a heading\n\n[kept](as "it is")\n```\n\n'
        "## Part two\n\nSecond part."
    )
    assert chunk.prose[-1] == "Second part." and len(chunk.prose) == 4


def test_chunk_begins_with_its_headings() -> None:
    text = "# Top\n\n" + "\n\n".join(f"## Part {number}\n\n### Deep\n\n{'word ' * 60}" for number in range(3))
    chunks = chunk_document("doc.md", text, max_tokens=100)
    assert [chunk.text.split("\n\n")[0] for chunk in chunks] == [f"# Top\n## Part {n}\n### Deep" for n in range(3)]


def test_small_sections_share_a_chunk() -> None:
    text = "\n\n".join(f"# S{number}\n\n{'word ' * words}" for number, words in enumerate((20, 20, 60, 200, 10)))
    chunks = chunk_document("doc.md", text, max_tokens=100)
    heads = [[line for line in chunk.text.splitlines() if line.startswith("#")] for chunk in chunks]
    assert heads == [["# S0", "# S1"], ["# S2"], ["# S3"], ["# S3"], ["# S3", "# S4"]]


@pytest.mark.parametrize(
    "text",
    [
        "One sentence is here. " * 300,
        "word " * 3000,
        "x" * 9000,
        "日本語の文。" * 900,
        "- item of a list\n" * 400,
        "| a | b |\n|---|---|\n" + "| one | two |\n" * 400,
        "```\n" + "code line\n" * 800,
    ],
)
def test_long_blocks_are_cut_without_loss(text: str) -> None:
    chunks = chunk_document("doc.md", text, max_tokens=100)
    assert all(count_tokens(chunk.text) <= 101 for chunk in chunks)
    joined = "".join("".join(chunk.text.split()) for chunk in chunks)
    assert joined.replace("|a|b||---|---|", "") == "".join(text.split()).replace("|a|b||---|---|", "")


@pytest.mark.parametrize(
    "text",
    [
        "|a" * 5000 + "|\n" + "|-" * 5000 + "|\n" + ("|c" * 5000 + "|\n") * 3,
        "# " + "h " * 10_000 + "\n\n" + ("word " * 80 + "\n\n") * 200,
        "h " * 10_000 + "\n---\n\n" + ("word " * 80 + "\n\n") * 200,
    ],
    ids=["table", "heading", "underlined heading"],
)
def test_what_is_repeated_at_the_top_of_chunks_is_short(text: str) -> None:
    chunks = chunk_document("doc.md", text, max_tokens=100)
    assert sum(len(chunk.text) for chunk in chunks) < 1.5 * len(text)


def test_title_of_a_document_without_headings() -> None:
    assert chunk_document("a/b_c.md", " \n\n# Only a heading\n") == []
    assert chunk_document("a/b_c.md", "Text.")[0].title == "b c"


@pytest.mark.parametrize(
    "text",
    [
        "[a](b " * 50_000,
        "[" * 50_000,
        "*a " * 50_000,
        "# " + "*a " * 20_000,
        "`" * 50_000,
        f"a|b\n{' ' * 50_000}|x",
        f"# a{' ' * 50_000}x",
        "[a](b " * 50_000 + ")",
        "[a](" * 50_000 + ")",
        "![" * 50_000 + "](b)",
        "> " * 50_000,
        "- " * 50_000,
    ],
)
def test_hostile_text_needs_few_calls(text: str) -> None:
    _, calls = with_calls(partial(chunk_document, "doc.md", text))
    assert calls < MOST_CALLS
