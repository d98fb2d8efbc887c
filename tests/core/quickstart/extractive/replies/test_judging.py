"""The judges accept what belongs together and reject what does not."""

from __future__ import annotations

import random

from core.quickstart.extractive.replies.judging import faithful as judge_faithful
from core.quickstart.extractive.replies.judging import relevant as judge_relevant
from core.quickstart.extractive.replies.judging import self_contained as judge_self_contained
from tests.core.quickstart.extractive.prompts import DOCUMENT, faithful, questions, relevant, self_contained

OTHER = """# Bats of Corvane

The greater bat hunts moths above the harbour. It sleeps in the belfry from dawn to dusk. A colony of 300 bats moved
into the old ice house in 1986. Owls catch a few of them every summer.
"""


def test_own_pairs_are_accepted() -> None:
    pairs = questions(DOCUMENT)
    assert all(judge_faithful(DOCUMENT, answer).verdict == "YES" for _, answer in pairs[::7])
    assert sum(judge_relevant(*pair).verdict == "2" for pair in pairs) >= 0.95 * len(pairs)
    assert sum(judge_self_contained(question).verdict == "1" for question, _ in pairs) >= 0.95 * len(pairs)


def test_mismatched_pairs_are_rejected() -> None:
    pairs = questions(DOCUMENT)
    rng = random.Random(0)
    answers = sorted({answer for _, answer in pairs})
    wrong = [(question, rng.choice([other for other in answers if other != own])) for question, own in pairs]
    assert sum(judge_relevant(*pair).verdict != "2" for pair in wrong) >= 0.95 * len(wrong)
    foreign = {answer for _, answer in questions(OTHER)}
    assert len(foreign) == 4
    assert all(judge_faithful(DOCUMENT, answer).verdict == "NO" for answer in foreign)


def test_changed_answer_is_not_faithful() -> None:
    assert faithful(DOCUMENT, "A fire destroyed the drying loft on 3 March 1926.") == "YES"
    assert faithful(DOCUMENT, "The drying loft was destroyed by a fire.") == "YES"
    assert faithful(DOCUMENT, "A fire destroyed the drying loft on 3 March 1962.") == "NO"
    assert faithful(DOCUMENT, "A fire did not destroy the drying loft on 3 March 1926.") == "NO"
    assert faithful(DOCUMENT, "A fire destroyed the loft on 3 March 1926. Nobody insured the printer's horses.") == "NO"
    assert faithful(DOCUMENT, "") == "NO"
    assert faithful("| a | b |\n|---|---|", "The mill burnt down.") == "NO"


def test_relevance_has_three_steps() -> None:
    answer = "Jonas Abel died in 1790 and left the mill to his two daughters."
    assert relevant("Who did Jonas Abel leave the mill to?", answer) == "2"
    assert relevant("When was Jonas Abel's press in Oster sold to a bookbinder?", answer) == "1"
    assert relevant("How long is the channel?", answer) == "0"
    assert relevant("How many sheets did the mill sell?", "The mill sold sheets.") == "1", "no number is named"


def test_self_contained_names_what_it_asks_for() -> None:
    assert self_contained("When did the fire destroy the drying loft?") == "1"
    assert self_contained("What does the passage say about the mill?") == "0"
    assert self_contained("When was it sold?") == "0"
    assert self_contained("What is described above?") == "0"
    assert self_contained("Is it true that the mill burnt down?") == "1"
    assert self_contained("???") == "0"
