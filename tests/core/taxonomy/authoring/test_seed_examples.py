"""Contexts and pairs put into a leaf's text."""

from __future__ import annotations

from pathlib import Path

import yaml

from core.taxonomy.authoring.seed_examples import example_at, with_context, with_pair
from core.taxonomy.lint import lint_text

LEAF = """version: 3
created_by: tester
domain: cats
seed_examples:
  # the first
  - context: |
      Cats purr.

      They sleep: a lot.
    questions_and_answers:
      - question: What do cats do?
        answer: They purr.
      - question:
        answer:

# where it comes from
document_outline: About cats
document:
  repo: https://example.org/cats.git
  commit: 0123456789012345678901234567890123456789
  patterns:
    - "*.md"
"""


def test_with_context_adds_example_with_empty_pairs() -> None:
    text, row = with_context(LEAF, "\nDogs bark: # loudly.\n  They run.\n\n")
    value = yaml.safe_load(text)
    assert value["seed_examples"][1]["context"] == "Dogs bark: # loudly.\n  They run.\n"
    assert value["seed_examples"][1]["questions_and_answers"] == [{"question": None, "answer": None}] * 3
    assert text.split("\n")[row] == "      - question:"
    assert [line for line in text.split("\n") if line not in LEAF] == [
        "  - context: |",
        "      Dogs bark: # loudly.",
        "        They run.",
    ][1:]
    assert text.index("Dogs bark") < text.index("# where it comes from")
    found = lint_text(text, Path("knowledge/cats/qna.yaml"))
    assert {one.code for one in found} == {"type", "too-few"}


def test_with_context_fills_first_empty_context() -> None:
    empty = "version: 3\nseed_examples:\n- context: |\n  questions_and_answers:\n  - question:\n    answer:\nx: 1\n"
    text, row = with_context(empty, "A passage.")
    value = yaml.safe_load(text)
    assert value["seed_examples"] == [
        {"context": "A passage.\n", "questions_and_answers": [{"question": None, "answer": None}]}
    ]
    assert text.split("\n")[row] == "  - question:"
    text, _ = with_context(text, "Another.")
    assert [seed["context"] for seed in yaml.safe_load(text)["seed_examples"]] == ["A passage.\n", "Another.\n"]
    assert not [one for one in lint_text(text, Path("knowledge/cats/qna.yaml")) if one.code == "indentation"]


def test_with_context_adds_seed_examples() -> None:
    for text in ("version: 3\n", "version: 3\nseed_examples:\n", "version: 3\nseed_examples: []\n", ""):
        found, _ = with_context(text, "A passage.")
        assert yaml.safe_load(found)["seed_examples"][0]["context"] == "A passage.\n"
        assert found.endswith("\n")


def test_with_pair_fills_empty_pair_then_appends() -> None:
    row = LEAF.split("\n").index("      Cats purr.")
    text = with_pair(LEAF, row, "Do cats sleep: ever?", "They # sleep\na lot.")
    assert text is not None
    pairs = yaml.safe_load(text)["seed_examples"][0]["questions_and_answers"]
    assert pairs[1] == {"question": "Do cats sleep: ever?", "answer": "They # sleep\na lot."}
    text = with_pair(text, row, "More?", "Yes.")
    assert text is not None
    pairs = yaml.safe_load(text)["seed_examples"][0]["questions_and_answers"]
    assert len(pairs) == 3
    assert pairs[2] == {"question": "More?", "answer": "Yes."}
    assert "# where it comes from\ndocument_outline" in text
    assert not [one for one in lint_text(text, Path("knowledge/cats/qna.yaml")) if one.code == "indentation"]


def test_with_pair_needs_seed_example() -> None:
    lines = LEAF.split("\n")
    assert example_at(lines, 0) is None
    assert example_at(lines, lines.index("document:")) is None
    assert with_pair(LEAF, lines.index("document:"), "q", "a") is None
