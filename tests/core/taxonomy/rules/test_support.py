"""Answers that a context does not bear out, and those that only say it in other words."""

from __future__ import annotations

import pytest

from core.taxonomy.rules.support import Support

CONTEXT = (
    "The stave church of Urnes is a small church of wood that was built in 1130 by craftsmen of the valley. It seats "
    "twelve to sixteen people on each of its 15 benches, and its walls are 63.5 mm thick. It was closed for 28 days "
    "in 1906, when the roof was mended. Norwegians visit it in summer."
)


def lacks(question: str, answer: str, context: str = CONTEXT) -> str | None:
    return Support(context, 0.1).lacks(question, answer)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How long was it closed?", "About four weeks."),
        ("How long was it closed?", "For roughly 30 days."),
        ("How many people sit on a bench?", "12-16 people"),
        ("How many benches are on both sides?", "30 benches"),
        ("How many benches are free if 4 are taken?", "11"),
        ("How thick are the walls?", "6.35 centimetres"),
        ("In which century was it built?", "In the twelfth century."),
        ("How old was it when it was closed?", "It was 776 years old."),
        ("In which decade was it closed?", "In the 1900s."),
        ("How many seats does it have at most?", "240"),
        ("How many days of the year was it not closed, of 365?", "337 days"),
        ("How many of the 540 members, of whom 300 were for it and 180 against, stayed away?", "60 members."),
        ("How many of the 200 corals, of which 29 percent are left, are alive?", "58 corals."),
        ("What share was left when 29 percent were lost?", "71 percent."),
        ("Is it a large building?", "No, hardly bigger than a barn."),
        ("Why was it closed?", "Because rain came through its leaky top."),
        ("Where does it stand?", "In Norway."),
        ("Who goes there?", "Norwegians do."),
        ("Who made it?", "Local people."),
        ("Who made it?", "Carpenters."),
        ("Who is its owner?", "That is not known."),
    ],
)
def test_answers_in_words_of_their_own(question: str, answer: str) -> None:
    assert lacks(question, answer) is None


@pytest.mark.parametrize(
    ("question", "answer", "what"),
    [
        ("When was it built?", "1859", "1859"),
        ("When was it built?", "It was built in 1859.", "1859"),
        ("How long was it closed?", "Up to 365 days.", "365"),
        ("Who built it?", "Christopher Wren", "Christopher Wren"),
        ("Where does it stand?", "In Australia.", "In Australia"),
        ("Why was it closed?", "Ripe bananas hang on tall plants near warm oceans.", ""),
    ],
)
def test_answers_from_elsewhere(question: str, answer: str, what: str) -> None:
    assert lacks(question, answer) == what


@pytest.mark.parametrize(
    ("context", "question", "answer"),
    [
        (
            "Der Hof im Tal wurde 1130 von Bauern gebaut und steht noch.",
            "Wann wurde er gebaut?",
            "Im zwölften Jahrhundert errichteten Landwirte aus der Umgebung das heutige Gehöft.",
        ),
        (
            "De kerk is van hout, en het dak is of was van riet. Het is 28 dagen dicht.",
            "Hoe lang is het dicht?",
            "Wel 365 dagen, zo vertellen oude mensen van het dorp elke zomer.",
        ),
        ("Дом стоит в лесах.", "Где дом?", "Он находится среди деревьев далеко от больших городов страны."),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "What does b hold?", "Every second entry of whatever was measured there."),
    ],
)
def test_what_is_not_english_is_let_be(context: str, question: str, answer: str) -> None:
    assert lacks(question, answer, context) is None
