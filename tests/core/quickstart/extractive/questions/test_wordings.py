"""How many wordings a document gives, and what each of them must be."""

from __future__ import annotations

from collections import Counter

import pytest

from core.quickstart.extractive.language.inflection import content_stems
from core.quickstart.extractive.reading.sentences import facts
from tests.core.quickstart.extractive.prompts import DOCUMENT, PHOENIX, questions


def documents() -> list[str]:
    return [DOCUMENT, PHOENIX.read_text(encoding="utf-8")] if PHOENIX.exists() else [DOCUMENT]


@pytest.mark.parametrize("document", documents(), ids=lambda text: text[2:20].strip())
def test_nearly_every_fact_has_enough_wordings(document: str) -> None:
    known = {fact.sentence for fact in facts(document)}
    counts = Counter(answer for _, answer in questions(document))
    assert set(counts) <= known
    enough = sum(counts[sentence] >= 8 for sentence in known)
    assert enough >= 0.95 * len(known), [sentence for sentence in known if counts[sentence] < 8]
    assert sum(counts.values()) >= 14 * len(known)


@pytest.mark.parametrize("document", documents(), ids=lambda text: text[2:20].strip())
def test_wordings_are_questions_about_their_sentence(document: str) -> None:
    pairs = questions(document)
    asked = [question for question, _ in pairs]
    assert len(asked) == len({question.lower() for question in asked})
    for question, answer in pairs:
        assert question.endswith("?") and question.count("?") == 1
        assert question[0].isupper() or not question[0].isalpha()
        assert len(set(content_stems(question)) & set(content_stems(answer))) >= 2, question
        assert answer[0].isupper() or not answer[0].isalpha()
        assert "  " not in question and " ," not in question and " the the " not in question


def test_number_of_wordings_is_that_of_the_prompt() -> None:
    document = "# Guide\n\nThe mill of Oster sold fine paper to painters in Ghent in 1812."
    assert [len(questions(document, number)) for number in (1, 3)] == [2, 6]
    assert len(questions(document)) == 16


def test_first_wordings_are_natural() -> None:
    pairs = questions(DOCUMENT)
    of_the_fire = [question for question, answer in pairs if answer.startswith("A fire destroyed")]
    assert of_the_fire[:3] == [
        "When did the fire destroy the drying loft?",
        "What did the fire destroy?",
        "What destroyed the drying loft?",
    ]
    assert ("Who founded the Lindenmoor paper mill?", pairs[16][1]) in pairs


def test_unparsed_sentence_is_questioned_by_its_words() -> None:
    pairs = questions("# Guide\n\nPaper from Oster: fine sheets, strong and white, never yellow.")
    assert len(pairs) == 8
    assert sum("fine sheets" in question for question, _ in pairs) >= 2


@pytest.mark.skipif(not PHOENIX.exists(), reason="the example document is not next to the checkout")
def test_a_real_document() -> None:
    document = PHOENIX.read_text(encoding="utf-8")
    pairs = questions(document)
    asked = dict(pairs)
    assert asked["When was the Phoenix constellation most visible?".replace("was", "is")].startswith("Phoenix is most")
    assert "How many stars have been found to have planets?" in asked
    assert "What is Robert's Quartet?" in asked
