"""The terms of the sample's questions are fair: no answer without knowledge is right."""

from collections import Counter
from pathlib import Path

import pytest

import profiles
from core.evaluation.facts import WORDS_READ, contains, judge, questions_with_their_terms, read_facts
from core.evaluation.guessers import MARGIN, guesses
from core.evaluation.held_out import HeldOut, QuestionAnswer
from core.evaluation.multiple_choice.held_out_rows import choice_rows

SAMPLE = Path(profiles.__file__).parent / "sample"
FILES = sorted((SAMPLE / "taxonomy").rglob("questions.yaml"))

BABBLER = 0.09
"""What one answer to all questions of a leaf may score. Measured on observatory and ship: the three or four most
frequent terms 0.078 and 0.084, more of them nothing, since they are a list; the best of the document's passages of 64
words 0.070 and 0.076, the first one 0.023 and 0.076; the best single sentence 0.055 and 0.046."""


@pytest.fixture(params=FILES, ids=lambda file: file.parent.name)
def leaf(request: pytest.FixtureRequest) -> HeldOut:
    file: Path = request.param
    return read_facts(file)


def pairs(leaf: HeldOut) -> tuple[QuestionAnswer, ...]:
    return (*leaf.plain, *leaf.free)


def share(answer: str, leaf: HeldOut) -> float:
    """The score of one answer to every question."""
    verdicts = judge([answer] * len(pairs(leaf)), pairs(leaf))
    return sum(verdict.right for verdict in verdicts) / len(verdicts)


def test_every_reference_answer_is_right(leaf: HeldOut) -> None:
    verdicts = judge([pair.answer for pair in pairs(leaf)], pairs(leaf))
    assert [pair for pair, verdict in zip(pairs(leaf), verdicts, strict=True) if not verdict.right] == []


def test_repeating_the_question_is_wrong_for_every_question(leaf: HeldOut) -> None:
    assert questions_with_their_terms(pairs(leaf)) == []


def test_reference_answers_negated_are_wrong(leaf: HeldOut) -> None:
    wrong = [pair for pair in pairs(leaf) if not contains(f"It is not true that {pair.answer}", pair.terms)]
    # One answer goes on after a comma, where a new clause starts.
    assert len(pairs(leaf)) - len(wrong) <= 1


def test_repeating_the_document_scores_little(leaf: HeldOut, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.id
    document = (SAMPLE / "documents" / f"{name}.md").read_text(encoding="utf-8").split()
    for start in range(0, len(document), WORDS_READ):
        assert share(" ".join(document[start : start + WORDS_READ]), leaf) <= BABBLER, start


def test_a_wrong_sentence_is_hardly_ever_right(leaf: HeldOut) -> None:
    sentences = {pair.answer for file in FILES for pair in pairs(read_facts(file))}
    asked = [(sentence, pair) for pair in pairs(leaf) for sentence in sentences - {pair.answer}]
    assert sum(contains(sentence, pair.terms) for sentence, pair in asked) < 0.01 * len(asked)


def test_babblers_score_little(leaf: HeldOut) -> None:
    frequent = Counter(variant for pair in pairs(leaf) for group in pair.terms for variant in group)
    lists = [", ".join(term for term, _ in frequent.most_common(count)) for count in range(1, 12)]
    sentences = dict.fromkeys(pair.answer for pair in pairs(leaf))
    for answer in (*lists, *sentences, "Yes.", "No.", "I do not know.", "yes no one two three four"):
        assert share(answer, leaf) <= BABBLER, answer


def test_multiple_choice_on_the_same_questions_needs_knowledge(leaf: HeldOut) -> None:
    rows = choice_rows(leaf, 42)
    assert min(map(len, rows.values())) > 50
    for asked in rows.values():
        found = guesses(asked)
        assert found.best <= found.chance + MARGIN
