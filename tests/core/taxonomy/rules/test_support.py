"""Answers that a context does not support, and answers that use other words."""

from __future__ import annotations

import pytest

from core.taxonomy.rules.support import Support

CONTEXT = (
    "The stave church of Urnes is a small church of wood that was built in 1130 by craftsmen of the valley. It seats "
    "twelve to sixteen people on each of its 15 benches, and its walls are 63.5 mm thick. It was closed for 28 days "
    "in 1906, when the roof was repaired. Norwegians visit it in summer."
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How long was it closed?", "About four weeks."),
        ("When was it built?", "It was built in 1859."),
        ("Who built it?", "Christopher Wren"),
        ("Is it a large building?", "No, hardly bigger than a barn."),
        ("Why was it closed?", "Because rain came through its leaky top."),
        ("Who made it?", "Carpenters."),
        ("Who is its owner?", "That is not known."),
    ],
)
def test_short_answers_may_use_other_words(question: str, answer: str) -> None:
    assert not Support(CONTEXT, 0.1).is_unsupported(question, answer)


@pytest.mark.parametrize(("share", "unsupported"), [(0.1, True), (0.0, False)])
def test_long_answers_need_words_of_the_context(share: float, unsupported: bool) -> None:
    answer = "Ripe bananas hang on tall plants near warm oceans."
    assert Support(CONTEXT, share).is_unsupported("Why was it closed?", answer) is unsupported


def test_words_of_the_question_count() -> None:
    answer = "Ripe bananas hang on tall plants near warm oceans."
    assert not Support(CONTEXT, 0.1).is_unsupported("Where do ripe bananas hang?", answer)


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
def test_contexts_in_other_languages_are_not_checked(context: str, question: str, answer: str) -> None:
    assert not Support(context, 0.1).is_unsupported(question, answer)
