"""Sentences and the questions that a person would ask of them."""

from __future__ import annotations

import pytest

from core.quickstart.extractive.language.inflection import gerund, past, present, readings, singular, stem
from core.quickstart.extractive.questions.wordings import rule_wordings
from core.quickstart.extractive.reading.sentences import facts

SENTENCES = {
    "The museum opened in 1887.": ["When did the museum open?", "In which year did the museum open?"],
    "Anna Keller painted the ceiling of the chapel in 1903.": [
        "Who painted the ceiling of the chapel?",
        "What did Anna Keller paint?",
    ],
    "The ceiling was painted by Anna Keller in 1903.": ["Who painted the ceiling?", "When was the ceiling painted?"],
    "The tower is 54 metres high.": ["How high is the tower?", "Is the tower 54 metres high?"],
    "The bridge weighs about 300 tonnes.": ["How much does the bridge weigh?"],
    "The library owns 12,000 maps of the coast.": ["How many maps of the coast does the library own?"],
    "Two engineers repaired the clock during the winter.": [
        "How many engineers repaired the clock?",
        "Who repaired the clock?",
    ],
    "Storks build their nests on the roof of the town hall.": ["Where do storks build their nests?"],
    "The river flows from the Lomen Hills to the sea.": ["Where does the river flow?"],
    "The garden is open from May to September.": ["When is the garden open?"],
    "The train stops every forty minutes.": ["How often does the train stop?"],
    "The concert lasted for three hours.": ["How long did the concert last?"],
    "In 1954 a flood destroyed the old bridge.": ["When did the flood destroy the old bridge?"],
    "Because the soil is poor, farmers keep sheep.": ["Why do farmers keep sheep?"],
    "The walls are thick so that the rooms stay cool.": ["Why are the walls thick?"],
    "Visitors can climb the tower on Sundays.": ["What can visitors climb?", "Who can climb the tower?"],
    "The village lies between two lakes.": ["Where does the village lie?"],
    "There are seven islands in the lake.": ["How many islands are there in the lake?"],
    "The windmill, which was built in 1780, grinds wheat.": [
        "What does the windmill grind?",
        "When was the windmill built?",
    ],
    "Dr. Ida Holm, a chemist, discovered the dye in 1921.": ["Who discovered the dye?", "Who was Dr. Ida Holm?"],
    "The bell was cast in Ghent and hung in the north tower.": ["Where was the bell cast?", "Where was the bell hung?"],
    "Cheese from the valley has been sold in Paris since 1890.": ["Since when has cheese from the valley been sold?"],
    "The council will replace the old pump next year.": ["When will the council replace the old pump?"],
    "The stone was carried up the hill by mules.": ["What was carried up the hill?"],
    "Elm Hall is a wooden concert hall near the market.": ["What is Elm Hall?", "Where is Elm Hall?"],
    "The caves do not reach the sea.": ["What do the caves not reach?"],
    "The bees pollinate apples, pears and plums.": ["What do the bees pollinate?"],
    "Salt costs four crowns a sack.": ["How much does salt cost?"],
    "The oldest tree in the park is a lime.": ["What is the oldest tree in the park?"],
    "The canal was dug by hand between 1820 and 1826.": ["How was the canal dug?", "When was the canal dug?"],
    "The school moved to Harrow Street in 1931.": ["Where did the school move?", "When did the school move?"],
    "The glacier has lost half of its ice since 1950.": ["What has the glacier lost?"],
    "Fishermen dry the nets on wooden racks behind the church.": [
        "Where do fishermen dry the nets?",
        "Who dries the nets?",
    ],
    "A merchant named Ilse Marrant founded the school.": ["Who founded the school?"],
    "Twelve oak hammers pound the rags into pulp.": ["What do twelve oak hammers pound the rags into?"],
    "Technicians varnish the hulls every second autumn.": ["What do technicians varnish?"],
    "Located west of the square is Elm Hall.": ["What is located west of the square?"],
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_best_questions_match_those_of_a_person(sentence: str) -> None:
    [fact] = facts(f"# A guide\n\n{sentence}")
    best = rule_wordings(fact, 8)
    assert fact.sentence == sentence
    missing = [question for question in SENTENCES[sentence] if question not in best]
    assert not missing, best


def test_verbs_are_inflected() -> None:
    assert [past(verb) for verb in ("plan", "open", "carry", "buy", "redraw")] == [
        "planned", "opened", "carried", "bought", "redrew",
    ]  # fmt: skip
    assert [present(verb) for verb in ("carry", "watch", "have")] == ["carries", "watches", "has"]
    assert [gerund(verb) for verb in ("tie", "make", "stop", "dye")] == ["tying", "making", "stopping", "dyeing"]
    assert readings("varnished")[0].base == "varnish"


def test_forms_of_one_word_have_one_stem() -> None:
    assert stem("charted") == stem("charting") == stem("charts")
    assert stem("built") == stem("builds")
    assert stem("mill's") == stem("mills")
    assert singular("children") == "child"
