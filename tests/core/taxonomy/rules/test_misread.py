"""Texts that YAML reads otherwise than they seem to be written, and what only looks like one."""

from __future__ import annotations

import pytest

from core.taxonomy.format.reader import parse
from core.taxonomy.repair.fix import fix_one, fixable_alone
from tests.core.taxonomy.leaves import edited, knowledge, skill
from tests.core.taxonomy.rules.test_single_leaf import KNOWLEDGE, OPTIONS, SKILL
from tests.core.taxonomy.second_pass import advise

BELOW = "What does rule\n          #1 say?"


def codes(text: str) -> list[str]:
    assert not hasattr(parse(text), "message")
    return [found.code for found in advise(text, KNOWLEDGE, OPTIONS)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("        answer: It sings 0.", "        # who sings\n        answer: It sings 0."),
        ("        answer: It sings 0.", "  # who sings\n        answer: It sings 0."),
        ("    questions_and_answers:", "    # Three pairs\n    questions_and_answers:"),
        ("    questions_and_answers:", "# questions: none\n    questions_and_answers:"),
        ("    questions_and_answers:", "#    - question: Who?\n    questions_and_answers:"),
        ("document_outline:", "# The documents\ndocument_outline:"),
        ("  - context: |\n      Bird 1", "# The second bird\n  - context: |\n      Bird 1"),
        ("answer: It sings 0.", "answer: |\n          It sings 0.\n      # the next pair"),
        ("answer: It sings 0.", 'answer: "It sings\n          # 0."'),
    ],
)
def test_ordinary_comments(old: str, new: str) -> None:
    assert codes(edited(knowledge(), old, new)) == []


@pytest.mark.parametrize(
    "context",
    [
        "      Bird 0 sings.\n\n## Loud birds\n\n# It is loud.",
        "      Bird 0 sings.\n## Loud birds",
        "      Bird 0 sings.\n     # It is loud.",
    ],
)
def test_comment_below_a_context(context: str) -> None:
    text = edited(knowledge(), "      Bird 0 sings.\n\n      # It is loud.", context)
    (found,) = advise(text, KNOWLEDGE, OPTIONS)
    assert (found.code, found.message) == ("comment-in-text", "this is a comment, not a part of the text above")
    assert fix_one(text, KNOWLEDGE, found) is None


def test_fix_of_a_comment_below() -> None:
    text = edited(skill(), "What is 2 + 1?", BELOW)
    (found,) = advise(text, SKILL, OPTIONS)
    assert fix_one(text, SKILL, found) == edited(text, BELOW, f'"{BELOW}"')


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("domain: birds", "domain: &birds birds\nlater: *birds"),
        ("domain: birds", "domain: !!str birds"),
        ("domain: birds", "domain: &birds 'birds'"),
        ("It sings 0.", '"It sings\\t0,\\r\\nand \\"loudly\\"\\u00e9"'),
        ("It sings 0.", "'\\alpha sings'"),
        ("It sings 0.", "\\alpha & ! sings"),
    ],
)
def test_intended_anchors_and_tags(old: str, new: str) -> None:
    assert codes(edited(knowledge(), old, new)) == []


@pytest.mark.slow
def test_many_anchors_are_cheap() -> None:
    lines = "".join(f"  - {{question: &a{number} Why {number}, answer: b}}\n" for number in range(9_000))
    assert "garbled-text" in codes(f"seed_examples:\n{lines}")


def test_garbled_text_has_no_fix() -> None:
    text = edited(skill(), "What is 2 + 1?", "&What is 2 + 1?")
    (found,) = advise(text, SKILL, OPTIONS)
    assert (fixable_alone(found), fix_one(text, SKILL, found)) == (False, None)
