"""Markdown to facts."""

from __future__ import annotations

from core.quickstart.extractive.reading.markdown import clean, paragraphs
from core.quickstart.extractive.reading.sentences import facts
from tests.core.quickstart.extractive.prompts import DOCUMENT


def sentences(text: str) -> list[str]:
    return [fact.sentence for fact in facts(text)]


def test_clean_removes_markup() -> None:
    text = (
        'The **[paper mill](Paper_mill "wikilink")** of *[Oster](Oster_(town) "wikilink")*[^1] <b>burns</b> `peat`[2].'
    )
    assert clean(text) == "The paper mill of Oster burns peat."
    assert clean("10<sup>8</sup> &amp; more\\*") == "108 & more*"


def test_only_prose_is_kept() -> None:
    text = (
        "# Guide\n\n| a | b |\n|---|---|\n| The cat sat there. | x |\n\n```\nThe code ran here once.\n```\n\n"
        "> The quoted owl sleeps by day.\n\n- The listed fox hunts at night.\n\n![The image shows nothing.](x.png)\n\n"
        "[1]: http://example.org The link is dead.\n[^2]: The note says nothing at all.\n    The note goes on.\n\n"
        "## References\n\nThe reference names a book.\n\n## Later\n\nThe badger digs deep holes.\n"
    )
    assert sentences(text) == [
        "The quoted owl sleeps by day.",
        "The listed fox hunts at night.",
        "The badger digs deep holes.",
    ]


def test_headings_give_the_path() -> None:
    [first, second] = list(paragraphs("# A\n\n## B\n\nOne thing here.\n\n# C\n\nAnother thing.\n"))
    assert (first.headings, second.headings) == (("A", "B"), ("C",))


def test_leading_pronouns_are_resolved() -> None:
    found = sentences(DOCUMENT)
    assert "Lindenmoor was founded in 1764 by the printer Jonas Abel, who needed good paper for his almanacs." in found
    assert "Today the mill belongs to a trust and is open to visitors from April to October." in found
    assert "Jonas Abel's two daughters bought a second vat and doubled the number of workers." in found
    assert "The second forger spent two years in the prison at Oster." in found
    assert "It is not easy to reach the mill by car." in found, "an empty subject has no referent"


def test_leading_phrase_and_names_are_kept() -> None:
    text = "# Ankaa (star)\n\nAnkaa is a giant. Lying far away, it shines in orange. This star has a faint companion."
    assert sentences(text)[1:] == ["Lying far away, Ankaa shines in orange.", "The star has a faint companion."]


def test_title_gives_aliases() -> None:
    [first, second] = facts(
        "# Phoenix (constellation)\n\nPhoenix lies in the south. The constellation has ten systems."
    )
    assert ("Phoenix", "the Phoenix constellation") in first.aliases
    assert ("the constellation", "the Phoenix constellation") in second.aliases
    [fact] = facts("The mill burnt down.", "Alder Paper Mill")
    assert fact.aliases == (("the mill", "the Alder Paper Mill"),)
