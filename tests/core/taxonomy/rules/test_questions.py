"""Which questions of a leaf are reported as repeated, and which are not."""

from __future__ import annotations

import pytest

from tests.core.taxonomy.leaves import edited, knowledge, skill
from tests.core.taxonomy.rules.test_single_leaf import KNOWLEDGE, OPTIONS, SKILL
from tests.core.taxonomy.second_pass import advise


def in_knowledge(one: str, other: str) -> list[str]:
    text = edited(knowledge(), "question: What does bird 0 do 0?", f"question: |-\n          {one}")
    text = edited(text, "question: What does bird 1 do 0?", f"question: |-\n          {other}")
    return [found.code for found in advise(text, KNOWLEDGE, OPTIONS)]


def in_skill(one: str, other: str) -> list[str]:
    text = edited(skill(), "question: What is 0 + 1?", f"question: |-\n      {one}")
    text = edited(text, "question: What is 1 + 1?", f"question: |-\n      {other}")
    return [found.code for found in advise(text, SKILL, OPTIONS)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What do foxes hunt?", "What hunts foxes?"),
        ("How do you turn miles into metres?", "How do you turn metres into miles?"),
        ("Are oaks older than limes?", "Are limes older than oaks?"),
        ("When was Norway ruled by Denmark?", "When was Denmark ruled by Norway?"),
        ("What is a branch?", "What does a branch do?"),
        ("Which planets have moons?", "Which planets are moons?"),
        ("How do whales hunt?", "How are whales hunted?"),
        ("Who is the mayor of Bergen?", "Who was the mayor of Bergen?"),
        ("Who plays for Ajax?", "Who plays with Ajax?"),
        ("What cats eat mice?", "What do cats eat?"),
        ("Who was the painter of the wall?", "Who was on the painted wall?"),
        ("Which port must be open?", "Which port may be open?"),
        ("What is HTTP?", "What is HTTPS?"),
        ("What is a plan?", "What is a plane?"),
        (r"What does \d match?", r"What does \D match?"),
        ("What does . match?", "What does ? match?"),
        ("What does [abc] match?", "What does [^abc] match?"),
        ("What does ls -a list?", "What does ls -A list?"),
        ("What does `Set` hold?", "What does `set` hold?"),
        ("What is x^2?", "What is x_2?"),
        ("Is 3 > 2?", "Is 3 < 2?"),
    ],
)
def test_questions_of_knowledge_that_differ(one: str, other: str) -> None:
    assert in_knowledge(one, other) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sort from short to long: oak, ash", "Sort from long to short: oak, ash"),
        ("Sort by name: oak, ash, elm", "Sort by name: elm, oak, ash"),
        ("Use 'its' in a sentence.", "Use 'it's' in a sentence."),
        ("Use “then” in a sentence.", "Use “than” in a sentence."),
        ("What is the plural of 'leaf'?", "What is the plural of 'leaves'?"),
        ("What is the plural of leaf?", "What is the plural of leafs?"),
        ("Translate into Norwegian: I was late.", "Translate into Norwegian: We were late."),
        ("Write in small letters: THE HILL", "Write in small letters: The Hill"),
        ("Add the full stop: It rains", "Add the full stop: It rains."),
        ("Indent by two:\n      if a:\n        b", "Indent by two:\n      if a:\n           b"),
        ("What comes next?\n\n      one two", "What comes next?\n\n      two one"),
    ],
)
def test_questions_of_a_skill_that_differ(one: str, other: str) -> None:
    assert in_skill(one, other) == []


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        ("What do grey-headed gulls eat?", "What does a grey-headed gull eat?", "similar-question"),
        ("What is a fjord?", "What is the fjord?", "similar-question"),
        ("Which year was it built?", "In what year was it built?", "similar-question"),
        ("How long can gulls fly?", "For how long can the gull fly", "similar-question"),
        ("What are the cities of Norway?", "What is the city of Norway?", "similar-question"),
        ('What does "fjord" mean?', "What does 'fjord' mean?", "similar-question"),
        ("What is a gull's nest?", "What is the gull’s nest?", "similar-question"),
        ("What is  a Fjord?", "what is a fjord", "duplicate-question"),
    ],
)
def test_questions_that_ask_the_same(one: str, other: str, code: str) -> None:
    assert in_knowledge(one, other) == [code]


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        ("Sort by name: oak, ash", "sort by Name:  oak, ash", "duplicate-question"),
        ("Sort by name: oak, ash", "Sort by the name: oak, ash", "similar-question"),
        ("Use 'its' in a sentence.", "Use 'its' in the sentence.", "similar-question"),
    ],
)
def test_a_skill_that_gives_the_same_twice(one: str, other: str, code: str) -> None:
    assert in_skill(one, other) == [code]
