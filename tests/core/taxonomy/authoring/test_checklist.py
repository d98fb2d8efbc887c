"""How far a leaf has come, also while its text is half written."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.taxonomy.authoring.checklist import Amount, Checklist, checklist, estimated_tokens
from core.taxonomy.authoring.scaffold import leaf_text
from core.taxonomy.rules.options import AdviceOptions
from tests.core.taxonomy.leaves import edited, knowledge, skill
from tests.core.taxonomy.test_lint import HOSTILE

K = Path("knowledge/birds/qna.yaml")
S = Path("compositional_skills/adding/qna.yaml")
PHOENIX = Path(__file__).parents[4].parent / "shared" / "data" / "phoenix" / "qna.yaml"


def summary_of(done: Checklist) -> str:
    parts = [] if done.contexts is None else [f"{done.contexts.has} of {done.contexts.needs} contexts"]
    parts.append(f"{done.pairs.has} of {done.pairs.needs} pairs")
    parts += [f"to write: {', '.join(done.missing)}"] if done.missing else []
    return ", ".join(parts)


def test_new_leaf_is_not_done() -> None:
    done = checklist(leaf_text("knowledge", "me"), K)
    assert summary_of(done) == (
        "0 of 5 contexts, 0 of 15 pairs, to write: domain, document_outline, repo, commit, patterns"
    )
    assert (len(done.seeds), done.done) == (5, False)
    assert checklist(leaf_text("grounded-skill", "me"), S).contexts == Amount(0, 5)
    assert summary_of(checklist(leaf_text("skill", "me"), S)) == "0 of 5 pairs, to write: task_description"


def test_complete_leaf_is_done() -> None:
    done = checklist(knowledge(), K)
    assert (summary_of(done), done.done) == ("5 of 5 contexts, 15 of 15 pairs", True)
    assert checklist(skill(), S).done
    assert summary_of(checklist(skill(context=True), S)) == "5 of 5 contexts, 5 of 5 pairs"


def test_extra_pair_does_not_replace_a_missing_one() -> None:
    pair = "      - question: What does bird 0 do 2?\n        answer: It sings 2.\n"
    text = edited(knowledge(), pair, "")
    more = edited(text, "      - question: What does bird 1 do 2?", "      - question: x\n        answer: y\n" + pair)
    assert checklist(more, K).pairs == Amount(14, 15)


def test_lengths_have_the_lines_of_their_texts() -> None:
    text = edited(knowledge(), "Bird 0 sings.", "word " * 501)
    done = checklist(text, K)
    context = done.length_at(7)
    assert context is not None
    assert (context.what, context.line, context.end_line, context.words, context.over) == ("context", 5, 8, 505, True)
    assert not done.done
    assert checklist(text, K, AdviceOptions(max_context_words=600)).seeds[0].context is not None
    assert checklist(text, K, AdviceOptions(max_context_words=600)).done
    answer = done.length_at(11)
    assert answer is not None
    assert (answer.what, answer.words) == ("answer", 3)
    assert done.length_at(1) is None


@pytest.mark.skipif(not PHOENIX.is_file(), reason="the documents' example is not on this machine")
def test_estimated_tokens_against_granite() -> None:
    """431 and 735 are what Granite's own tokenizer makes of the shortest and the longest of its seed examples."""
    tokens = [seed.tokens for seed in checklist(PHOENIX.read_text(), K).seeds]
    assert min(tokens) == pytest.approx(431, rel=0.05)
    assert max(tokens) == pytest.approx(735, rel=0.05)
    assert estimated_tokens("") == 0


BROKEN = {
    "an open quote": ("answer: It sings 1.", 'answer: "It sings', "5 of 5 contexts, 14 of 15 pairs"),
    "a colon": ("question: What does bird 2 do 2?", "question: What: does", "5 of 5 contexts, 14 of 15 pairs"),
    "half a key": ("        answer: It sings 1.", "        answ", "5 of 5 contexts, 14 of 15 pairs"),
    "a quote at the top": (
        "domain: birds",
        "domain: 'birds",
        "5 of 5 contexts, 15 of 15 pairs, to write: domain",
    ),
    "a seed example that is begun": (
        "  - context: |\n      Bird 3",
        "  - con\n  - context: |\n      Bird 3",
        "5 of 5 contexts, 15 of 15 pairs",
    ),
    "a merge": (
        "document_outline: All",
        "<<<<<<< ours\ndocument_outline: All",
        "5 of 5 contexts, 15 of 15 pairs",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_part_does_not_hide_the_others(name: str) -> None:
    old, new, summary = BROKEN[name]
    text = edited(knowledge(), old, new)
    done = checklist(text, K)
    assert summary_of(done) == summary
    lines = [number for number, line in enumerate(text.split("\n"), 1) if line.startswith("  - context")]
    assert [seed.line for seed in done.seeds] == lines


def test_every_prefix_of_a_leaf() -> None:
    text = knowledge()
    before = 0
    for end in range(0, len(text), 7):
        done = checklist(text[:end], K)
        assert done.pairs.has >= before - 1, text[:end]
        before = done.pairs.has
    assert before >= 14


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_only_text(name: str) -> None:
    assert not checklist("version: 3\n" + HOSTILE[name], K).done
