"""Reading Markdown as CommonMark has it."""

from __future__ import annotations

import pytest

from core.documents.markdown import Block, Heading, Section, plain, read_sections


def blocks(text: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for section in read_sections(text) for block in section.blocks]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("See [the mill](Mill_(town) 'a title') and ![a map](map.png).", "See the mill and a map."),
        ("See [the\nmill](mill.md) now.", "See the mill now."),
        ("A [![badge](b.png)](c.html) here.", "A badge here."),
        ("See [the mill][m] and [m].\n\n[m]: http://example.org", "See the mill and m."),
        ("Not a link: `[a](b)`, \\[a](b), [a] (b), [^1].", "Not a link: `[a](b)`, \\[a](b), [a] (b), [^1]."),
        ("Hard  \nbreak *stays*,\nsoft one goes.", "Hard\nbreak *stays*, soft one goes."),
    ],
)
def test_paragraph_is_one_line_and_links_are_their_text(source: str, shown: str) -> None:
    assert blocks(source) == [("paragraph", shown)]


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("list", "1. one\n   - two\n\n   ```\n   code\n   ```\n2. three"),
        ("quote", "> one\n> two\nlazy"),
        ("code", "    indented\n      more"),
        ("html", "<table>\n  <tr><td>a</td></tr>\n</table>"),
        ("table", "| a | b\\|c |\n|---|---|\n| d | e |"),
    ],
)
def test_other_blocks_keep_their_lines(kind: str, source: str) -> None:
    assert blocks(f"Before.\n\n{source}\n\nAfter.")[1:-1] == [(kind, source)]


def test_links_in_lists_quotes_and_tables_are_their_text() -> None:
    text = "- [a](b)\n  - c [d](e\n    'f')\n\n> [g](h)\n\n| [i](j) | [k](l) |\n|---|---|\n| [i](j) | x |"
    assert [shown for _, shown in blocks(text)] == [
        "- a\n  - c d",
        "> g",
        "| i | k |\n|---|---|\n| i | x |",
    ]


def test_heading_is_plain_text_and_number_signs_in_code_are_none() -> None:
    sections = list(read_sections("Top [a](b) *c*\n===\n\nText.\n\n## `d` & e\\_f ##\n\n```\n# no\n```"))
    assert [section.path[-1] for section in sections] == [Heading(1, "Top a c"), Heading(2, "d & e_f")]


@pytest.mark.parametrize("text", ["One line\nand [another](a)\n---", "word " * 100 + "\n===", "# " + "word " * 100])
def test_paragraph_above_dashes_and_a_long_heading_are_paragraphs(text: str) -> None:
    shown = text.removeprefix("# ").rstrip("-=").replace("[another](a)", "another").replace("\n", " ")
    marker = "# " if text.startswith("#") else ""
    assert list(read_sections(text)) == [Section((), (Block("paragraph", marker + shown.strip()),))]


def test_plain_text_has_no_markup_and_keeps_its_lines() -> None:
    text = "# A\n\n- **b** [c](d)\n    - `e` f_g_h\n\n*i\n\nj* &amp; \\*k\\*"
    assert plain(text) == "# A\n\n- b c\n    - e f_g_h\n\n*i\n\nj* & *k*"
