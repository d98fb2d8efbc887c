import pytest

from core.evaluation.guessers import MARGIN, guesses
from core.evaluation.multiple_choice.distractors import Distractors

DOCUMENT = [
    "The Petrel brings books to eleven islands in the Farrow Sea.",
    "The Petrel rests in the harbour of Dunmara from December to February.",
    "The Petrel travels at nine knots in quiet weather.",
    "Boatbuilders in Dunmara launched the Petrel in 1949 for the herring trade.",
    "The great storm of 1987 soaked books in six cabins of the Petrel.",
    "The engineer brings tools to the islands in the summer.",
    "Brass rails hold the books on the shelves in rough seas.",
    "A bell rings for the evening meal, and a horn for the coal barge.",
]
QUESTION = "To how many islands in the Farrow Sea does the Petrel bring books?"


def test_one_kind_has_another_fact_and_one_is_true() -> None:
    drawn = Distractors(DOCUMENT, "1").draw(QUESTION, DOCUMENT[0])
    assert drawn is not None
    variants = [text for text in drawn.wrong if text not in DOCUMENT]
    assert drawn.stated == 3 - len(variants) and drawn.stated in (1, 2)
    for text in variants:  # only the number that is asked for differs
        start, end = DOCUMENT[0].split("eleven")
        assert text.startswith(start) and text.endswith(end)
        assert text[len(start) : -len(end)] in ("nine", "six")


def test_terms_say_which_fact_is_asked_for() -> None:
    question = "What did the boatbuilders do?"
    for terms, kept in ((["1949"], "herring trade"), (["herring"], "1949")):
        drawn = Distractors(DOCUMENT, "1").draw(question, DOCUMENT[3], terms)
        assert drawn is not None
        variants = [text for text in drawn.wrong if text not in DOCUMENT]
        assert variants and all(kept in text and terms[0] not in text for text in variants)


def test_statements_that_hold_the_fact_are_not_wrong() -> None:
    document = [*DOCUMENT, "Readers on eleven islands wait for the Petrel in the Farrow Sea."]
    for seed in range(20):
        drawn = Distractors(document, str(seed)).draw(QUESTION, document[0], ["eleven"])
        assert drawn is not None and document[-1] not in drawn.wrong


def test_the_draw_depends_on_the_seed_alone() -> None:
    draws = [Distractors(DOCUMENT, seed).draw(QUESTION, DOCUMENT[0]) for seed in ("1", "1", "2", "3", "4")]
    assert draws[0] == draws[1]
    assert any(draw != draws[0] for draw in draws)


def test_both_kinds_get_their_half() -> None:
    subjects = [f"{name} keeps {number} {thing} in room {place}." for name, number, thing, place in zip(
        ("Ida", "Tom", "Ann", "Eve", "Jan", "Lea", "Kim", "Uli"),
        ("two", "three", "four", "five", "six", "seven", "eight", "nine"),
        ("cows", "lamps", "keys", "birds", "bells", "charts", "coins", "masks"),
        range(10, 18), strict=True,
    )]  # fmt: skip
    distractors = Distractors(subjects, "5")
    rows = []
    for sentence in subjects:
        name, _, _, thing, *_ = sentence.split()
        question = f"How many {thing} does {name} keep in the room?"
        drawn = distractors.draw(question, sentence)
        assert drawn is not None and drawn.hides_the_answer
        distractors.keep(drawn)
        rows.append({"question": question, "choices": [sentence, *drawn.wrong], "answer": 0})
    found = guesses(rows)
    assert found.best <= found.chance + MARGIN
    assert distractors.exchanged + distractors.stated == 24
    assert 7 <= distractors.stated <= 14


@pytest.mark.parametrize("document", [[], DOCUMENT[:1], ["Yes.", "No."]])
def test_a_short_document_has_none(document: list[str]) -> None:
    assert Distractors(document, "1").draw("Which?", "It is this.") is None
