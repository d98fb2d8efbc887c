"""Multiple choice questions."""

from __future__ import annotations

import re
from collections import Counter

from core.evaluation.guessers import MARGIN, guesses
from core.quickstart.extractive import reply
from core.quickstart.extractive.reading.sentences import facts
from tests.core.quickstart.extractive.prompts import DOCUMENT, section

Choice = tuple[str, str, str, str, str, str]


def choices(seed: int, number: int, document: str = DOCUMENT) -> list[Choice]:
    prompt = section("Document", document) + section("Number", str(number))
    form = "[CHOICE QUESTION] q [A] a [B] b [C] c [D] d [CORRECT] letter [END]"
    said = reply(f"{prompt}\nReply with the questions: {form}", seed)
    pattern = r"\[CHOICE QUESTION\] (.+?) \[A\] (.+?) \[B\] (.+?) \[C\] (.+?) \[D\] (.+?) \[CORRECT\] ([ABCD]) \[END\]"
    return re.findall(pattern, said)


def test_right_choice_is_the_fact() -> None:
    sentences = {fact.sentence for fact in facts(DOCUMENT)}
    made = choices(1, 12)
    kinds: Counter[bool] = Counter()
    for question, *answers, letter in made:
        assert len(set(answers)) == 4
        assert answers.pop("ABCD".index(letter)) in sentences, question
        kinds.update(answer in sentences for answer in answers)
    # Half are true statements, half the right one with another fact.
    assert min(kinds.values()) >= 0.35 * kinds.total()


def test_guessers_are_near_chance() -> None:
    made = choices(1, 30)
    rows = [{"question": row[0], "choices": row[1:5], "answer": "ABCD".index(row[5])} for row in made]
    assert len(rows) >= 20
    found = guesses(rows)
    assert found.best <= found.chance + MARGIN


def test_letters_are_evenly_distributed() -> None:
    one_by_one = Counter(choices(seed, 1)[0][-1] for seed in range(200))
    assert all(30 <= one_by_one[letter] <= 70 for letter in "ABCD")
    together = Counter(choice[-1] for choice in choices(3, 16))
    assert together == Counter("ABCD" * 4)


def test_questions_are_about_different_facts() -> None:
    made = choices(5, 10)
    assert len(made) == 10
    assert len({answers["ABCD".index(letter)] for _, *answers, letter in made}) == 10


def test_wrong_answers_are_about_as_long() -> None:
    ratios = [
        len(answer) / len(answers["ABCD".index(letter)]) for _, *answers, letter in choices(2, 20) for answer in answers
    ]
    assert sum(0.5 <= ratio <= 2 for ratio in ratios) >= 0.9 * len(ratios)


def test_document_with_few_facts_has_no_choices() -> None:
    assert choices(0, 4, "# Guide\n\nThe owl sleeps by day. The fox hunts at night.") == []
