from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest

from core.errors import LabtopError
from core.evaluation.held_out import HeldOut, QuestionAnswer, find_similar, read_held_out
from core.evaluation.multiple_choice.held_out_rows import choice_rows
from core.evaluation.tasks import task_from_file
from core.sdg.datasets.jsonl import write_lines

PLACES = ("harbour", "dome", "lighthouse", "quarry", "mill", "orchard", "bridge", "chapel", "tower", "well")
WORDS = tuple(f"{place}{ending}" for place in PLACES for ending in ("", "s", "ing", "like", "less"))


def leaf() -> HeldOut:
    pairs = [(place, f"{place.title()} stands since {1800 + n}") for n, place in enumerate(PLACES)]
    return HeldOut(
        about="places",
        plain=tuple(QuestionAnswer(f"When was the {place} built?", answer) for place, answer in pairs),
        free=tuple(QuestionAnswer(f"How old is that {place}?", answer) for place, answer in pairs[:6]),
    )


def test_choice_rows_depend_on_the_seed_alone() -> None:
    held_out = leaf()
    assert choice_rows(held_out, 7) == choice_rows(held_out, 7)
    assert choice_rows(held_out, 7) != choice_rows(held_out, 8)


def test_wrong_choices_are_close_to_the_right_one() -> None:
    held_out = leaf()
    rows = choice_rows(held_out, 7)
    answers = {pair.question: pair.answer for pair in (*held_out.plain, *held_out.free)}
    assert {kind: len(found) for kind, found in rows.items()} == {"plain": 10, "free": 6}
    for row in (*rows["plain"], *rows["free"]):
        assert len(set(row["choices"])) == 4
        assert row["choices"][row["answer"]] == answers[row["question"]]
        for wrong in row["choices"]:  # another place's year, or the same place with another year
            assert wrong in answers.values() or wrong.split()[0] == answers[row["question"]].split()[0]


def test_right_choice_is_equally_often_at_each_position() -> None:
    counts = Counter(row["answer"] for row in choice_rows(leaf(), 3)["plain"])
    assert sorted(counts.values()) == [2, 2, 3, 3]


def test_similar_answers_are_not_wrong_choices() -> None:
    pairs = (
        QuestionAnswer("Who keeps it?", "The keeper keeps the light at night."),
        QuestionAnswer("Who keeps it?", "At night the keeper keeps the light burning."),
        *(QuestionAnswer(f"Which {place}?", f"The guard at {place} keeps {n} keys.") for n, place in enumerate(PLACES)),
    )
    for seed in range(20):
        rows = choice_rows(HeldOut("light", pairs), seed)["plain"]
        for one, other in (pairs[:2], pairs[1::-1]):
            offered = [row["choices"] for row in rows if row["choices"][row["answer"]] == one.answer]
            assert offered and other.answer not in offered[0]


def test_too_few_different_answers_are_an_error() -> None:
    with pytest.raises(LabtopError, match="too few other answers"):
        choice_rows(HeldOut("one", (QuestionAnswer("Where?", "Here."),)), 0)


def test_file_is_read_and_its_rows_make_a_task(tmp_path: Path) -> None:
    file = tmp_path / "questions.yaml"
    file.write_text(
        "about: birds\nplain:\n"
        + "".join(f"- {{question: 'Which {p}?', answer: 'The {p} {n}'}}\n" for n, p in enumerate(PLACES))
    )
    held_out = read_held_out(file)
    assert (held_out.about, len(held_out.plain), held_out.free) == ("birds", 10, ())
    write_lines(tmp_path / "plain.jsonl", choice_rows(held_out, 1)["plain"])
    assert len(task_from_file("plain", tmp_path / "plain.jsonl").questions) == 10


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("plain:\n- {question: Where?}\n", "entry 1 of plain"),
        ("free: Where?\n", "entry 1 of free"),
        ("- a\n", "mapping"),
        ("plain: [\n", "line 2"),
    ],
)
def test_invalid_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "questions.yaml").write_text(text)
    with pytest.raises(LabtopError, match=words) as caught:
        read_held_out(tmp_path / "questions.yaml")
    assert "questions.yaml" in caught.value.message


def message(content: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": content}, {"role": "assistant", "content": "It is so."}]}


def test_similar_questions_in_training_data_are_found() -> None:
    rows = [
        message("The harbour lies north.\n\nWhen was the  harbour built?"),
        message("It is old. How old is that large dome over there, do you think? It matters."),
        message("Something else altogether."),
    ]
    questions = [
        "When was the harbour built?",
        "How old is that big dome over there, do you think?",
        "Who keeps the lighthouse at night?",
    ]
    found = find_similar(questions, rows)
    assert [hit.question for hit in found] == questions[:2]
    assert found[0].ratio == 1
    assert 0.9 <= found[1].ratio < 1
    assert found[1].found == "how old is that large dome over there, do you think?"
    assert [hit.question for hit in find_similar(questions, rows, ratio=0.99)] == questions[:1]


def sentence(number: int) -> str:
    words = [PLACES[(number * step * step + number // 7 + step) % len(PLACES)] for step in range(2, 9)]
    return f"What do {' '.join(words)} share in {1000 + number % 900}?"


def test_fast_comparison_finds_the_same() -> None:
    trained = [sentence(number) for number in range(100)]
    asked = [sentence(number).replace("share", "have" * (number % 4)) for number in range(60, 160)]

    def ratio(one: str, other: str) -> float:
        return SequenceMatcher(None, " ".join(one.split()), other, autojunk=False).ratio()

    near = {one for one in asked if max(ratio(one.casefold(), other.casefold()) for other in trained) >= 0.95}
    assert 10 < len(near) < 90
    assert {hit.question for hit in find_similar(asked, map(message, trained), ratio=0.95)} == near


def test_one_trained_question_is_found_among_many() -> None:
    asked = [
        *(f"Why is the {WORDS[n % 50]} {WORDS[n % 47]} so {WORDS[n % 43]}, if {n}?" for n in range(99)),
        sentence(7),
    ]
    rows = (message(f"{WORDS[n % 50]} {WORDS[n % 49]} is {WORDS[n % 47]} in {n}. {sentence(n)}") for n in range(2_000))
    assert [hit.question for hit in find_similar(asked, rows)] == asked[-1:]
