"""Finding passages in a document."""

from __future__ import annotations

from core.taxonomy.authoring.passages import PassageIndex, only_headings, paragraph

TEXT = "# Cats\nThey purr.\n\nThey sleep\n  a lot.\n\n\n## Food\n\nFish."


def test_passage_is_found_regardless_of_white_space() -> None:
    index = PassageIndex(TEXT)
    assert index.lines_of("They sleep a lot.") == range(3, 5)
    assert index.lines_of("They purr.\n\nThey\nsleep\n") == range(1, 4)
    assert index.lines_of("Fish.") == range(9, 10)
    assert len(index.lines_of("Dogs")) == 0
    assert len(index.lines_of(" \n")) == 0


def test_paragraph_ends_at_blank_line_and_includes_heading() -> None:
    lines = TEXT.split("\n")
    assert paragraph(lines, 0) == (0, 1)
    assert paragraph(lines, 1) == (1, 1)
    assert paragraph(lines, 2) == (3, 4)
    assert paragraph(lines, 4) == (3, 4)
    assert paragraph(lines, 5) == (7, 9)
    assert paragraph(["# A", "", "## B", "text", "more", "", "other"], 0) == (0, 4)
    assert paragraph(["# A", ""], 0) == (0, 0)
    assert paragraph(["a", ""], 1) is None


def test_only_headings() -> None:
    assert only_headings("# Cats")
    assert only_headings("# Cats\n\n## Food\n")
    assert not only_headings("# Cats\nThey purr.")
    assert not only_headings("\n")
