"""The sample is sound: what its questions promise of the documents, and what a taxonomy checker says to its leaves."""

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest
import yaml

import profiles

SAMPLE = Path(profiles.__file__).parent / "sample"
TAXONOMY = SAMPLE / "taxonomy"
KNOWLEDGE = sorted((TAXONOMY / "knowledge").rglob("qna.yaml"))
SKILLS = sorted((TAXONOMY / "compositional_skills").rglob("qna.yaml"))
LEAVES = KNOWLEDGE + SKILLS

ALIKE = 0.9
"""Similarity of two questions (difflib's ratio) from which on they count as the same question."""

FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a about after all also an and any are as at away be before been but by can could did do does down each every "
        "for from get had has have he her his how i if in into is it its just keep kind long many may me might much "
        "must my need no not of off on one or out over really she should some so such than that the their them then "
        "there these they this those to too under up was we were what when where which while who whom whose why will "
        "with without would you your",
    )
)
"""Words that carry no subject: sharing them does not tie a question to a sentence."""


def read(path: Path) -> dict[str, Any]:
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def flat(text: str) -> str:
    return " ".join(text.split())


def document_text(leaf: Path) -> str:
    (name,) = read(leaf)["document"]["patterns"]
    return (SAMPLE / "documents" / str(name)).read_text(encoding="utf-8")


def paragraphs(text: str) -> list[str]:
    return [flat(block) for block in text.split("\n\n") if not block.startswith("#")]


def sentences(text: str) -> list[str]:
    return [sentence for paragraph in paragraphs(text) for sentence in re.split(r"(?<=\.) ", paragraph)]


def pairs(leaf: Path, kind: str) -> list[dict[str, str]]:
    loaded = read(leaf.with_name("questions.yaml"))[kind]
    assert isinstance(loaded, list)
    return loaded


def stems(text: str) -> set[str]:
    """Content words with their commonest English endings cut off."""
    words = re.findall(r"[a-z0-9][a-z0-9,-]*[a-z0-9]|[a-z0-9]", text.lower().replace("'s", ""))
    return {re.sub(r"(ing|ied|ies|ed|es|s|e|y)$", "", word) or word for word in words if word not in FUNCTION_WORDS}


def alike(one: str, other: str) -> bool:
    matcher = SequenceMatcher(None, one.lower(), other.lower(), autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def evaluation_questions() -> Iterator[str]:
    for leaf, kind in itertools.product(KNOWLEDGE, ("plain", "free")):
        for pair in pairs(leaf, kind):
            yield pair["question"]


def test_sample_has_two_knowledge_leaves_and_two_skills() -> None:
    assert len(KNOWLEDGE) == 2
    assert [bool(seed.get("context")) for leaf in SKILLS for seed in read(leaf)["seed_examples"]] == [True] * 6 + [
        False
    ] * 6


@pytest.mark.parametrize("leaf", KNOWLEDGE, ids=lambda leaf: leaf.parent.name)
class TestKnowledgeLeaf:
    def test_document_is_short_and_made_of_short_sentences(self, leaf: Path) -> None:
        found = sentences(document_text(leaf))
        lengths = [len(sentence.split()) for sentence in found]
        assert 62 <= len(found) == len(set(found)) <= 72
        assert 750 <= sum(lengths) <= 850
        assert all(8 <= length <= 16 for length in lengths)

    def test_seed_contexts_are_paragraphs_and_their_answers_sentences(self, leaf: Path) -> None:
        known = paragraphs(document_text(leaf))
        seeds = read(leaf)["seed_examples"]
        assert len({seed["context"] for seed in seeds}) == 6
        for seed in seeds:
            assert flat(seed["context"]) in known
            assert len(seed["questions_and_answers"]) == 3
            for pair in seed["questions_and_answers"]:
                assert pair["answer"] in sentences(seed["context"].strip())

    def test_there_are_enough_questions(self, leaf: Path) -> None:
        assert len(pairs(leaf, "plain")) >= 56
        assert len(pairs(leaf, "free")) >= 24

    @pytest.mark.parametrize("kind", ["plain", "free"])
    def test_each_answer_is_a_sentence_of_its_own_that_names_its_subject(self, leaf: Path, kind: str) -> None:
        answers = [pair["answer"] for pair in pairs(leaf, kind)]
        assert len(set(answers)) == len(answers)
        assert set(answers) <= set(sentences(document_text(leaf)))
        assert not [answer for answer in answers if answer.split()[0] in {"It", "Its", "They", "Their"}]

    def test_plain_questions_share_words_with_their_answer(self, leaf: Path) -> None:
        for pair in pairs(leaf, "plain"):
            assert len(stems(pair["question"]) & stems(pair["answer"])) >= 2, pair["question"]

    def test_free_questions_share_few_words_with_their_answer(self, leaf: Path) -> None:
        for pair in pairs(leaf, "free"):
            assert len(stems(pair["question"]) & stems(pair["answer"])) <= 2, pair["question"]

    def test_no_seed_question_is_an_evaluation_question(self, leaf: Path) -> None:
        seeds = read(leaf)["seed_examples"]
        asked = [pair["question"] for seed in seeds for pair in seed["questions_and_answers"]]
        assert not [pair for pair in itertools.product(asked, evaluation_questions()) if alike(*pair)]


def test_no_two_evaluation_questions_are_alike() -> None:
    assert not [pair for pair in itertools.combinations(evaluation_questions(), 2) if alike(*pair)]


@pytest.mark.parametrize(
    ("folder", "answer_form"),
    [
        ("duty_roster", r"(?P<name>\w+): (?P<task>[a-z ]+), due (?P<time>\d\d:\d\d)\."),
        ("lost_property", r"The (?P<thing>[a-z ]+) is at the (?P<place>[a-z ]+) until (?P<time>\d\d:\d\d)\."),
    ],
)
def test_skill_answers_put_unique_spans_of_the_prompt_into_one_form(folder: str, answer_form: str) -> None:
    """Then a span may be exchanged for the same one of another seed, throughout, and the example stays right."""
    (leaf,) = (leaf for leaf in SKILLS if leaf.parent.name == folder)
    seeds = read(leaf)["seed_examples"]
    spans = []
    for seed in seeds:
        matched = re.fullmatch(answer_form, flat(seed["answer"]))
        assert matched is not None, seed["answer"]
        for part in ("question", "context"):
            for span in matched.groups():
                assert flat(seed.get(part, "")).count(span) <= 1
        assert all(span in flat(seed["question"] + seed.get("context", "")) for span in matched.groups())
        spans.append(matched.groups())
    assert all(len(set(column)) == 6 for column in zip(*spans, strict=True))


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.parent.name)
def test_instructlab_schema_accepts_the_leaf(leaf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from instructlab.schema.taxonomy import TaxonomyMessageFormat, TaxonomyParser

    # The parser runs the yamllint command, which is next to this interpreter.
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    text = leaf.read_text(encoding="utf-8").replace("@REPO@", "file:///documents").replace("@COMMIT@", "0" * 40)
    filled = tmp_path / leaf.relative_to(TAXONOMY)
    filled.parent.mkdir(parents=True)
    filled.write_text(text, encoding="utf-8")
    parser = TaxonomyParser(schema_version=0, message_format=TaxonomyMessageFormat.LOGGING, yamllint_strict=True)
    result = parser.parse(filled)
    assert (result.errors, result.warnings) == (0, 0)


def test_style_of_all_yaml_files_is_clean() -> None:
    style = "{extends: relaxed, rules: {line-length: {max: 120}}}"
    files = [str(path) for path in sorted(TAXONOMY.rglob("*.yaml"))]
    command = [sys.executable, "-m", "yamllint", "--strict", "--config-data", style, *files]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize("leaf", KNOWLEDGE, ids=lambda leaf: leaf.parent.name)
def test_question_files_hold_what_they_say_and_nothing_else(leaf: Path) -> None:
    loaded = read(leaf.with_name("questions.yaml"))
    assert list(loaded) == ["about", "plain", "free"]
    assert all(list(pair) == ["question", "answer", "terms"] for kind in ("plain", "free") for pair in loaded[kind])


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.parent.name)
def test_each_leaf_names_its_source_and_licence(leaf: Path) -> None:
    lines = leaf.with_name("attribution.txt").read_text(encoding="utf-8").splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "Title of work",
        "Link to work",
        "Revision",
        "License of the work",
        "Creator names",
    ]
