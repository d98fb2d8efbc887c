"""Markdown that is found in contexts, and what only looks like it."""

from __future__ import annotations

import pytest

from core.taxonomy.rules.markdown import unsupported_markdown


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("See ![the roof](roof.png).", "image"),
        ("See ![the [old] roof][r].", None),
        ("See ![the roof].\n\n[The roof]: roof.png", "image"),
        ("See ![the roof][r].", "image"),
        ("See [[File:roof.jpg|thumb|The roof]].", "image"),
        ("See ![[roof.png]].", "image"),
        ('<img src="roof.png">', "image"),
        ('<svg width="1"></svg>', "image"),
        ('<object data="roof.png"></object>', "image"),
        ("It is old.[^1]", "footnote"),
        ("It is old[^note].\n\n[^note]: Very.", "footnote"),
        ("It is old.^[So they say.]", "footnote"),
        ('<table class="a"><tr>', "table"),
        ("<table>\n<tr><td>a</td></tr>", "table"),
        ("<tr><td>a</td></tr>", "table"),
    ],
)
def test_unsupported_markdown(text: str, kind: str | None) -> None:
    assert [found.kind for found in unsupported_markdown(text)] == ([kind] if kind else [])


@pytest.mark.parametrize(
    "text",
    [
        "The class [^abc] takes any other letter, [^0-9] any other sign.",
        "A <table> holds <tr> and <td>; an <img> shows a picture.",
        "~~~html\n<table><tr><td>a</td></tr></table>\n~~~\n",
        "````\n```\n![a](b.png)\n```\n````\n",
        "```html\n![a](b.png)\nwithout an end",
        "So:\n\n    <table><tr><td>\n\n    ![a](b.png)\n\nIt is code.",
        "Write ``![`a`](b.png)`` for it.",
        r"Write \![a](b.png), \[^1] and \<tr><td> for it.",
        'In Rust `x`, vec![1](0) and println!["x"][0] are macros.',
        "The <!-- <tr><td> --> is left out.",
        "It is 2^[a] or 2 ^[a b].",
        "See [[birds]] and [a][b].",
    ],
)
def test_supported_markdown(text: str) -> None:
    assert unsupported_markdown(text) == []


def test_code_ends_where_its_fence_does() -> None:
    text = "```one line```\n\n~~~\n```\n~~~\n![a](b.png)\n    ![c](d.png) goes on"
    (found,) = unsupported_markdown(text)
    assert text[found.start : found.end] == "![a]("
