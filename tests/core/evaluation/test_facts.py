from pathlib import Path

import pytest

from core.errors import LabtopError
from core.evaluation.facts import (
    OTHER_FACTS,
    OTHER_SHARE,
    WORDS_READ,
    contains,
    judge,
    questions_with_their_terms,
    read_facts,
)
from core.evaluation.held_out import QuestionAnswer

TERMS = (("eleven", "nearly a dozen"),)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("The Petrel brings books to eleven islands.", True),
        ("11", True),
        ("ELEVEN!", True),
        ("Nearly a\n dozen.", True),
        ("nearly half a dozen", False),
        ("elevenses", False),
        ("one hundred and eleven", False),
        ("111", False),
        ("", False),
        ("Not eleven.", False),
        ("It does not bring books to eleven islands.", False),
        ("It isn't eleven islands", False),
        ("twelve, never eleven", False),
        ("not twelve but eleven", True),
        ("No, eleven.", True),
        ("no fewer than eleven", True),
        ("not only eleven", True),
        ("It is not ten, it is eleven", True),
    ],
)
def test_contains_finds_whole_words_that_are_not_negated(answer: str, right: bool) -> None:
    assert contains(answer, TERMS) is right


def test_contains_needs_every_group() -> None:
    terms = (("March",), ("1974",))
    assert contains("in March of 1974", terms)
    assert not contains("in March", terms)


def test_contains_takes_a_term_that_begins_with_a_negation() -> None:
    assert contains("The library charges no fines.", (("no fines",),))
    assert not contains("It is not true that there are no fines", (("no fines",),))


def test_contains_reads_a_bounded_answer() -> None:
    assert contains("so " * (WORDS_READ - 1) + "eleven", TERMS)
    assert not contains("so " * WORDS_READ + "eleven", TERMS)


def test_judge_takes_a_list_of_candidates_for_wrong() -> None:
    names = ["oak", "ash", "elm", "fir", "yew", "box", "may", "bay"]
    questions = [
        QuestionAnswer(f"Which tree is number {n}?", f"It is {name}.", ((name,),)) for n, name in enumerate(names)
    ]
    some, many = " ".join(names[: OTHER_FACTS + 1]), " ".join(names)
    verdicts = judge([some, many, "ash", "", *["oak"] * 4], questions)
    assert [verdict.reason for verdict in verdicts] == ["", "list", "missing", "empty", *["missing"] * 4]


def test_judge_allows_terms_that_facts_share() -> None:
    shared = [QuestionAnswer(f"Question {n}?", f"Number {n} has three.", (("three",),)) for n in range(2 * OTHER_FACTS)]
    assert all(verdict.right for verdict in judge(["three"] * len(shared), shared))


def test_judge_allows_a_share_of_the_facts_of_a_large_file() -> None:
    names = [f"w{n}" for n in range(300)]
    questions = [QuestionAnswer(f"Which is {name}?", f"It is {name}.", ((name,),)) for name in names]
    allowed = int(OTHER_SHARE * len(names))
    few, many = (" ".join(names[: count + 1]) for count in (allowed, allowed + 1))
    assert [judge([answer, *[""] * 299], questions)[0].reason for answer in (few, many)] == ["", "list"]


def test_judge_counts_a_fact_once_however_often_it_is_asked() -> None:
    questions = [QuestionAnswer(f"Question {n}?", "It is oak.", (("oak",),)) for n in range(3 * OTHER_FACTS)]
    assert all(verdict.right for verdict in judge(["oak"] * len(questions), questions))


def test_questions_with_their_terms() -> None:
    fair = QuestionAnswer("How many?", "Eleven.", TERMS)
    assert questions_with_their_terms([fair, QuestionAnswer("Is it eleven?", "Yes, eleven.", TERMS)]) == [
        "Is it eleven?"
    ]


ENTRY = "- question: How many?\n  answer: Eleven islands.\n"


@pytest.mark.parametrize(
    ("terms", "read"),
    [
        ("eleven", (("eleven",),)),
        ("11", (("11",),)),
        ("[eleven, islands]", (("eleven",), ("islands",))),
        ("[[eleven, twelve], islands]", (("eleven", "twelve"), ("islands",))),
    ],
)
def test_read_facts_takes_the_short_forms(tmp_path: Path, terms: str, read: object) -> None:
    file = tmp_path / "questions.yaml"
    file.write_text(f"plain:\n{ENTRY}  terms: {terms}\n")
    assert read_facts(file).plain[0].terms == read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "mapping"),
        ("about: nothing\n", "contains no questions"),
        ("plain: []\n", "contains no questions"),
        (f"plane:\n{ENTRY}  terms: eleven\n", "'plane' is an unknown key"),
        (f"plain:\n{ENTRY}", "entry 1 of plain has no terms"),
        (f"free:\n{ENTRY}  terms: []\n", "entry 1 of free has no terms"),
        (f"plain:\n{ENTRY}  terms: [[]]\n", "entry 1 of plain: one of its lists of terms is empty"),
        (f"plain:\n{ENTRY}  terms: ''\n", "the term '' contains no word"),
        (f"plain:\n{ENTRY}  terms: [eleven, '!']\n", "the term '!' contains no word"),
        (f"plain:\n{ENTRY}  terms: yes\n", "True is not a term"),
        (f"plain:\n{ENTRY}  terms: {{a: b}}\n", "is not a term"),
        (f"plain:\n{ENTRY}  terms: [[[eleven]]]\n", "is not a term"),
        (f"plain:\n{ENTRY}  terms: twelve\n", "own answer does not contain its terms"),
        (f"plain:\n{ENTRY}  term: eleven\n", "'term' is an unknown key"),
        ("plain:\n- question: How many?\n  terms: eleven\n", "entry 1 of plain needs a question and an answer"),
        ("plain:\n- {question: How many?, answer: 11, terms: 11}\n", "entry 1 of plain needs"),
        ("plain: [\n", "line 2"),
        ("\x00", "is not YAML"),
    ],
)
def test_read_facts_names_file_entry_and_mistake(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "questions.yaml"
    file.write_text(text)
    with pytest.raises(LabtopError) as caught:
        read_facts(file)
    assert str(file) in caught.value.message
    assert words in caught.value.message
    assert caught.value.hint


def test_read_facts_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match="cannot be read"):
        read_facts(tmp_path / "questions.yaml")
