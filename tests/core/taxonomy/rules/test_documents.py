"""Contexts that are copies of a document, though the two are not written letter by letter alike."""

from __future__ import annotations

import unicodedata

import pytest

from core.taxonomy.documents.fetch import Document
from core.taxonomy.rules.documents import DocumentText

SENTENCE = "Öfter hört man über die Größe der Käfer Märchen; natürlich können Bäume höher wachsen."


@pytest.mark.parametrize(
    ("context", "document"),
    [
        (SENTENCE, unicodedata.normalize("NFD", SENTENCE)),
        (unicodedata.normalize("NFD", SENTENCE), SENTENCE),
        ("the nonmigratory gulls inhabit harbours", "the nonmi-\ngratory gulls in-\nhabit har-\n  bours"),
        ("the nonmi-\ngratory gulls in-\nhabit har-\nbours", "the nonmi-\ngratory gulls in-\nhabit har-\nbours"),
        ("the grey-headed gulls of the ice-free coast", "the grey-\nheaded gulls of the ice-\nfree coast"),
        ("the nonmigratory gulls inhabit harbours", "the nonmi\u00adgratory gulls in\u00adhabit har\u00adbours"),
        ("B&B < R&D, and Q&A too", "B&amp;B &lt; R&amp;D, and Q&#38;A too"),
        ("the small gull of the coast eats fish", "the small [gull][1] of the [coast][wood] eats [fish][f 2]"),
        ("the small gulls of the coast eat fish", "the small [[gull|gulls]] of the [[coast]] eat fish"),
        ("the small gull [...] eats fish (…) in winter", "the small gull of the coast eats fish and crabs in winter"),
    ],
)
def test_copies(context: str, document: str) -> None:
    assert DocumentText([Document("a.md", document)]).share_of(context) == 1


def test_text_in_no_document() -> None:
    document = Document("a.md", "the nonmi-\ngratory gulls in-\nhabit har-\nbours &amp; [cliffs][1]")
    assert DocumentText([document]).share_of("the wise owls inhabit [...] old towers and barns") == 0
