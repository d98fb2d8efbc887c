"""Skills by swapping the spans that seed examples share with their answers."""

from __future__ import annotations

import itertools

from core.quickstart.extractive import reply
from tests.core.quickstart.extractive.prompts import listed, section, verdict

FREEFORM = [
    ("Write a label for this jar: plum jam, cooked by Hanna, 250 g.", "Plum jam (250 g), made by Hanna"),
    ("Make a jar label: Jonte cooked 400 g of apple butter.", "Apple butter (400 g), made by Jonte"),
    ("Label please. Cook: Merete. Content: 120 g of quince jelly.", "Quince jelly (120 g), made by Merete"),
]
GROUNDED = [
    (
        "A red kite hangs in the old pear tree.\nIts owner, Tove, is nine.",
        "Where is Tove's kite?",
        "In the old pear tree.",
    ),
    (
        "A grey scarf lies on the wooden bench.\nIts owner, Arne, is eleven.",
        "Where is Arne's scarf?",
        "On the wooden bench.",
    ),
    ("A lost drum stands in the empty barn.\nIts owner, Ylva, is ten.", "Where is Ylva's drum?", "In the empty barn."),
]


def freeform() -> str:
    return section("Task", "Write labels.") + "".join(
        section("Example Question", question) + section("Example Answer", answer) for question, answer in FREEFORM
    )


def grounded(*, answered: bool = True) -> str:
    return section("Task", "Say where it is.") + "".join(
        section("Example Context", context)
        + (section("Example Question", question) + section("Example Answer", answer) if answered else "")
        for context, question, answer in GROUNDED
    )


def new_questions(inputs: str, number: int) -> list[str]:
    said = reply(inputs + section("Number", str(number)) + "\n[Start of New Question] x [End of New Question]", 4)
    return listed(said, "New Question")


def answered(inputs: str) -> str:
    [answer] = listed(reply(inputs + "\nReply with [Start of Response] x [End of Response]", 0), "Response")
    return answer


def test_freeform_skill_is_questioned_and_answered() -> None:
    made = new_questions(freeform(), 30)
    assert len(made) == len(set(made)) == 30
    assert not {question for question, _ in FREEFORM} & set(made)
    things, weights, cooks = (
        ("plum jam", "apple butter", "quince jelly"),
        ("250", "400", "120"),
        ("Hanna", "Jonte", "Merete"),
    )
    right = {
        f"{thing.capitalize()} ({weight} g), made by {cook}": (thing, weight, cook)
        for thing, weight, cook in itertools.product(things, weights, cooks)
    }
    for question in made:
        answer = answered(freeform() + section("Question", question))
        assert all(span.lower() in question.lower() for span in right[answer]), (question, answer)
        assert (
            verdict(section("Task", "x") + section("Question", question) + section("Answer", answer), "Score") in "23"
        )


def test_question_of_unknown_form_is_not_answered() -> None:
    answer = answered(freeform() + section("Question", "How do I cook plum jam?"))
    assert "knows no rule" in answer
    inputs = section("Task", "x") + section("Question", "How do I cook plum jam?") + section("Answer", answer)
    assert verdict(inputs, "Score") == "1"


def test_seeds_without_a_common_rule_give_none() -> None:
    inputs = section("Task", "Synonyms.")
    for word, synonym in (("glad", "happy"), ("huge", "vast"), ("quick", "fast")):
        inputs += section("Example Question", f"Give a synonym of {word}.")
        inputs += section("Example Answer", f"A synonym of {word} is {synonym}.")
    assert new_questions(inputs, 5) == []


def test_grounded_skill_has_contexts_questions_and_answers() -> None:
    rows = []
    grounds = "Lost and found."
    seeds = [
        (
            f"{who} left a {thing} in the {place}, which closes at {hour}.",
            f"Where is the {thing}?",
            f"In the {place}, until {hour}.",
        )
        for who, thing, place, hour in (
            ("Someone", "green umbrella", "ticket office", "18:00"),
            ("A child", "leather glove", "village bakery", "17:30"),
            ("My aunt", "silver whistle", "town museum", "20:45"),
        )
    ]  # fmt: skip
    contexts = section("Task", grounds) + "".join(section("Example Context", context) for context, _, _ in seeds)
    said = reply(contexts + section("Number", "12") + "\n[Start of New Context] x [End of New Context]", 1)
    made = listed(said, "New Context")
    assert len(made) == len(set(made)) == 12
    assert not {context for context, _, _ in seeds} & set(made)
    full = section("Task", grounds) + "".join(
        section("Example Context", context) + section("Example Question", question) + section("Example Answer", answer)
        for context, question, answer in seeds
    )
    for context in made:
        for question in new_questions(full + section("Context", context), 3):
            answer = answered(full + section("Context", context) + section("Question", question))
            rows.append((context, question, answer))
            place, hour = answer.removeprefix("In the ").removesuffix(".").split(", until ")
            assert f"in the {place}, which closes at {hour}." in context
            assert question.removeprefix("Where is the ").removesuffix("?") in context
    assert len(rows) >= 12


def test_pair_is_judged_by_its_request() -> None:
    def score(question: str, answer: str) -> str:
        return verdict(section("Task", "x") + section("Question", question) + section("Answer", answer), "Score")

    assert score("Label: 250 g of plum jam by Hanna.", "Plum jam, 250 g, by Hanna") == "3"
    assert score("Label: 250 g of plum jam by Hanna.", "Plum jam, 350 g, by Hanna") == "1"
    assert score("Label: 250 g of plum jam by Hanna.", "I cannot say anything about that at all.") == "1"
